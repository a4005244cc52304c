"""What is made ready before the processes of a box start."""

from __future__ import annotations

from pathlib import Path

from appliance.foundation.config import parse
from appliance.programs import write_configuration
from appliance.settings import Settings


def test_every_directory_that_processes_write_into_is_there(tmp_path: Path) -> None:
    """And nobody else's to look into."""
    settings = parse("", Settings).model_copy(update={"directory": tmp_path / "box"})
    assert write_configuration(settings, tmp_path / "nightbell.toml").exists()
    for directory in (settings.sockets, settings.logs, settings.devices, settings.sounds, settings.scratch):
        assert directory.stat().st_mode & 0o777 == 0o700, directory
