"""What of the daemon's settings follows a new address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from appliance.foundation.config import parse
from appliance.network.following import follow
from appliance.network.record import Change
from appliance.network.table import NetworkTable
from appliance.settings import Settings
from tests.appliance.network.box_in_a_directory import MORNING, NEW, OLD

CHANGE = Change("c1", "lin", NEW, OLD, ("10.9.0.2",), "confirmed", MORNING, 0, "first")
TEXT = '# IT\n[provisioning]  # phones\naddress = "0.0.0.0"\nhost = "{host}"  # as phones see it\n'


def settings(directory: Path, host: str) -> Path:
    file = directory / "nightbell.toml"
    file.write_text(TEXT.format(host=host))
    file.chmod(0o600)
    return file


def test_telephones_are_told_the_new_address(tmp_path: Path) -> None:
    """Everything else in the file stays, and who may read it; a second time nothing follows."""
    file = settings(tmp_path, "10.9.0.2")
    assert follow(file, CHANGE, ["10.9.0.3"]) == "10.9.0.3"
    assert file.read_text() == TEXT.format(host="10.9.0.3")
    assert file.stat().st_mode & 0o777 == 0o600
    assert follow(file, CHANGE, ["10.9.0.3"]) == ""


def test_what_somebody_has_said_otherwise_stays(tmp_path: Path) -> None:
    """A name, or an address that was never the box's, or that it still has."""
    for host, own in (("nightbell.example", ["10.9.0.3"]), ("10.7.7.7", ["10.9.0.3"]), ("10.9.0.2", ["10.9.0.2"])):
        assert follow(settings(tmp_path, host), CHANGE, own) == ""
        assert f'"{host}"' in (tmp_path / "nightbell.toml").read_text()


def test_by_dhcp_it_is_the_one_that_was_given(tmp_path: Path) -> None:
    """Where there is none yet, the old one stays."""
    by_dhcp = replace(CHANGE, wanted=NetworkTable())
    assert follow(settings(tmp_path, "10.9.0.2"), by_dhcp, []) == ""
    assert follow(settings(tmp_path, "10.9.0.2"), by_dhcp, ["10.9.0.77"]) == "10.9.0.77"


def test_without_telephones_nothing_follows(tmp_path: Path) -> None:
    """Settings that have no such table."""
    file = tmp_path / "nightbell.toml"
    file.write_text('language = "en"\n')
    assert follow(file, CHANGE, ["10.9.0.3"]) == ""
    assert parse(file.read_text(), Settings).provisioning is None
