"""GRUB itself, in a machine, chooses the slot: two tries without the box's word that it works, then the other one.

The slots hold a kernel that says what it was given and resets the machine, so that start follows start.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.imaging.saying_kernel import kernel
from tests.imaging.small_disk import Memory, copy, pack, put_together, start


@pytest.fixture(name="slot", scope="module")
def _slot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("slot")
    (directory / "root").mkdir()
    (directory / "root" / "vmlinuz").write_bytes(kernel())
    (directory / "root" / "initrd.img").write_bytes(bytes(512))
    pack(directory / "root", directory / "root.squashfs")
    return directory / "root.squashfs"


@pytest.fixture(name="image", scope="module")
def _image(tmp_path_factory: pytest.TempPathFactory, slot: Path) -> Path:
    return put_together(tmp_path_factory.mktemp("disk"), slot)


def chosen(disk: Path, directory: Path) -> str:
    """The slot whose kernel a start came to; empty where it came to none and the machine was restarted."""
    found = re.search(r"nightbell\.slot=([AB])", start(disk, directory))
    return found[1] if found else ""


def test_a_new_box_has_one_slot(image: Path, tmp_path: Path) -> None:
    """It is tried twice, and then from the beginning: better than to stand still."""
    disk = copy(image, tmp_path)
    memory = Memory(disk, tmp_path)
    assert (memory.read()["A_OK"], memory.read()["B_OK"]) == ("1", "0")
    for count in ("1", "2", "0"):
        assert chosen(disk, tmp_path) == "A"
        assert memory.read()["A_TRY"] == count


def test_a_slot_that_is_never_confirmed_gives_way(image: Path, slot: Path, tmp_path: Path) -> None:
    """To the other one, which is confirmed in its turn; confirming the first again brings it back."""
    disk = copy(image, tmp_path, root_b=slot.read_bytes())
    memory = Memory(disk, tmp_path)
    memory.set(B_OK=1)
    assert [chosen(disk, tmp_path) for _ in range(3)] == ["A", "A", "B"]
    assert (memory.read()["A_TRY"], memory.read()["B_TRY"]) == ("2", "1")
    memory.set(B_TRY=0)
    assert chosen(disk, tmp_path) == "B"
    memory.set(A_TRY=0)
    assert chosen(disk, tmp_path) == "A"


def test_a_slot_that_cannot_be_read_restarts_the_machine(image: Path, slot: Path, tmp_path: Path) -> None:
    """Nobody stands before a box to press a key: an unreadable one is used up by itself, and the other one taken."""
    disk = copy(image, tmp_path, root_a=bytes(65536), root_b=slot.read_bytes())
    Memory(disk, tmp_path).set(B_OK=1)
    assert [chosen(disk, tmp_path) for _ in range(3)] == ["", "", "B"]
    assert "root=PARTUUID=4e494748-5442-454c-4c00-00000000000b " in start(disk, tmp_path)
