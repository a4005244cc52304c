"""The image's own first script makes the data partition at a box's first start, and keeps it at every other one."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.imaging.small_disk import copy, put_together, start
from tests.imaging.small_system import slot

GIGA = 2**30


def said(console: str) -> dict[str, str]:
    """What the small system says of itself, by the first word; of what is said twice, the last."""
    return dict(re.findall(r"SAID (\w+) (.*?)\r?\n", console))


@pytest.fixture(name="image", scope="module")
def _image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("system")
    return put_together(directory, slot(directory))


def test_the_data_partition_is_made_once_grows_with_the_disk_and_keeps_what_it_holds(
    image: Path, tmp_path: Path
) -> None:
    """And with it the box's id. The second start finds the disk of a box whose plug was pulled, and more room on it."""
    disk = copy(image, tmp_path)
    os.truncate(disk, 6 * GIGA)
    console = start(disk, tmp_path)
    first = said(console)
    assert "SAID kernel making the data partition" in console
    assert (first["slot"], first["starts"]) == ("A", "0")
    assert 1.5 * GIGA < int(first["size"]) * 1024 < 2 * GIGA
    assert re.fullmatch(r"[0-9a-f]{32}", first["id"])
    assert "Read-only file system" in first["root"]

    os.truncate(disk, 8 * GIGA)
    console = start(disk, tmp_path)
    second = said(console)
    assert "making the data partition" not in console
    assert (second["slot"], second["starts"], second["id"]) == ("A", "1", first["id"])
    assert int(second["size"]) - int(first["size"]) > 1.8 * GIGA / 1024
