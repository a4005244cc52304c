"""What runs before the box does, on real file systems: which disk is the root's, resets, sticks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from imaging.build import HOUSE

ROOT = HOUSE / "image-build" / "root"
CHOICE = ROOT / "etc/initramfs-tools/scripts/nightbell-root"
SCRIPTS = ROOT / "usr/lib/nightbell-box"
START = "2026-11-30-22-5-9"
LINE = f"quiet root=PARTUUID=x nightbell.slot=B nightbell.start={START} ro"


def machine(at: Path, **starts: str) -> None:
    """A sysfs and devices with those disks, each with this image: what GRUB wrote at the last start of each."""
    for disk, start in starts.items():
        for number, label in enumerate(("bios", "boot", "env", "root-a", "root-b"), 1):
            part = at / "devices" / disk / f"{disk}{number}"
            part.mkdir(parents=True)
            (part / "uevent").write_text(f"DEVNAME={disk}{number}\nPARTN={number}\nPARTNAME=nightbell-{label}\n")
            (at / "block").mkdir(exist_ok=True)
            (at / "block" / f"{disk}{number}").symlink_to(part)
        (at / "dev").mkdir(exist_ok=True)
        block = f"# GRUB Environment Block\nORDER=A B\nSTART={start}\n"
        (at / "dev" / f"{disk}3").write_bytes(bytes(4096) + block.encode().ljust(1024, b"#") + bytes(4096))


def chosen(at: Path, function: str = "started_from", line: str = LINE) -> str:
    """The partition of the root that it says."""
    script = f'. "{CHOICE}"; {function} "$1" "$2" "$3"'
    words = ["sh", "-c", script, "sh", str(at / "block"), str(at / "dev"), line]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def test_the_root_is_on_the_disk_that_grub_was_started_from(tmp_path: Path) -> None:
    """Whichever disk is found first, and though both hold the same image with the same ids."""
    machine(tmp_path, sda="2026-11-30-22-5-10", sdb=START, nvme0n1p="2025-1-1-1-1-1")
    assert chosen(tmp_path) == f"{tmp_path}/dev/sdb5"
    assert chosen(tmp_path, line=LINE.replace("slot=B", "slot=A")) == f"{tmp_path}/dev/sdb4"


def test_a_disk_that_cannot_be_told_is_not_guessed(tmp_path: Path) -> None:
    """A clock that stands still, or a stick that GRUB could not write to: only a disk that is alone will do."""
    machine(tmp_path, sda=START, sdb=START)
    assert chosen(tmp_path) == ""
    assert chosen(tmp_path, "only_one") == ""
    assert chosen(tmp_path, line=LINE.replace("5-9", "5-11")) == ""
    machine(tmp_path / "one", sda="")
    assert chosen(tmp_path / "one") == ""
    assert chosen(tmp_path / "one", "only_one") == f"{tmp_path}/one/dev/sda5"


def test_grub_says_what_the_initial_ram_disk_looks_for() -> None:
    """One word for both, saved before it is passed on."""
    grub = (HOUSE / "image-build" / "disk" / "grub.cfg").read_text()
    assert grub.index("save_env -f ($disk,gpt3)/grubenv A_OK A_TRY B_OK B_TRY ORDER START") < grub.index(
        "nightbell.start=$START"
    )
    for task in ("install", "restore", "reset"):
        assert f"{{ task {task} }}" in grub
    assert "datehook" in (HOUSE / "image-build" / "disk" / "put-together.sh").read_text()


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that must succeed."""
    path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MTOOLS_SKIP_CHECK": "1"}
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=True, env=path | environment
    )


@pytest.fixture(name="box")
def _box(tmp_path: Path) -> Path:
    """A directory with the partitions of a box that was lived in."""
    held = tmp_path / "held"
    for name in ("nightbell/records", "system/machine-id", "log/journal"):
        file = held / name
        file.parent.mkdir(parents=True)
        file.write_text(name)
    sized(tmp_path / "data", 16)
    run("mke2fs", "-q", "-t", "ext4", "-d", held, tmp_path / "data")
    sized(tmp_path / "boot", 64)
    run("mkfs.vfat", "-F", "32", tmp_path / "boot")
    for name in ("nightbell.toml", "plan.toml"):
        (tmp_path / name).write_text("edited")
        run("mcopy", "-i", tmp_path / "boot", tmp_path / name, f"::/{name}")
    (tmp_path / "shipped").write_text("as shipped")
    return tmp_path


def sized(file: Path, megabytes: int) -> None:
    """A file of holes."""
    with file.open("wb") as out:
        out.truncate(megabytes << 20)


def asked(box: Path, reset: str) -> str:
    """Start the box with that in GRUB's memory; what is there afterwards."""
    env = box / "envdir"
    env.mkdir(exist_ok=True)
    (env / "grubenv").write_bytes(b"# GRUB Environment Block\nA_OK=1\n".ljust(1024, b"#"))
    run("grub-editenv", env / "grubenv", "set", *([f"RESET={reset}"] if reset else ["X=1"]))
    sized(box / "env", 8)
    run("mke2fs", "-q", "-t", "ext2", "-d", env, box / "env")
    start(box)
    return run("debugfs", "-R", "cat grubenv", box / "env").stdout


def start(box: Path) -> None:
    """As early does, before it mounts the data partition."""
    words = [SCRIPTS / "erase-asked", box / "env", box / "data", box / "boot"]
    run(*words, NIGHTBELL_RUN=str(box / "run"), NIGHTBELL_SHIPPED=str(box / "shipped"))


def data(box: Path) -> set[str]:
    """The files of the data partition."""
    out = box / "out"
    run("rm", "-rf", out)
    out.mkdir()
    run("debugfs", "-R", f"rdump / {out}", box / "data")
    return {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}


def on_boot(box: Path, name: str) -> str:
    """What that file of the boot partition holds; empty where it is not there."""
    words = ["mtype", "-i", str(box / "boot"), f"::/{name}"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def test_a_start_that_nobody_asked_anything_of_erases_nothing(box: Path) -> None:
    """The usual one."""
    assert "A_OK=1" in asked(box, "")
    assert data(box) == {"nightbell/records", "system/machine-id", "log/journal"}


def test_the_network_can_stay(box: Path) -> None:
    """The box's id and file; the rest goes, the next start erases nothing, and the journal will know."""
    assert "RESET" not in asked(box, "network")
    assert data(box) == {"nightbell/was-reset", "system/machine-id"}
    assert (on_boot(box, "nightbell.toml"), on_boot(box, "plan.toml")) == ("edited", "edited")
    start(box)
    assert data(box) == {"nightbell/was-reset", "system/machine-id"}


def test_everything_can_go(box: Path) -> None:
    """The file on the boot partition, too."""
    assert "RESET" not in asked(box, "everything")
    assert data(box) == {"nightbell/was-reset"}
    assert (on_boot(box, "nightbell.toml"), on_boot(box, "plan.toml")) == ("as shipped", "")


def test_a_reset_that_was_broken_off_is_done_at_the_next_start(box: Path) -> None:
    """It is asked for until it is done."""
    (box / "shipped").unlink()
    with pytest.raises(subprocess.CalledProcessError):
        asked(box, "everything")
    assert "RESET=everything" in run("debugfs", "-R", "cat grubenv", box / "env").stdout
    (box / "shipped").write_text("as shipped")
    start(box)
    assert on_boot(box, "nightbell.toml") == "as shipped"
    assert "RESET" not in run("debugfs", "-R", "cat grubenv", box / "env").stdout


def stick(at: Path, verb: str, name: str) -> subprocess.CompletedProcess[str]:
    """As udev's unit does; the devices are files."""
    (at / "nightbell").mkdir(exist_ok=True)
    (at / "nightbell" / "disk").write_text(f"DISK={at}/sda\n")
    return run(SCRIPTS / "stick", verb, name, NIGHTBELL_RUN=str(at), NIGHTBELL_DEVICES=str(at), NIGHTBELL_GROUP="games")


def test_a_stick_is_there_for_the_daemons_group_until_it_is_pulled(tmp_path: Path) -> None:
    """Nothing on it can be run or is a device; after it is gone, nothing is left to write into."""
    sized(tmp_path / "sdb1", 16)
    run("mke2fs", "-q", "-t", "ext4", tmp_path / "sdb1")
    at = tmp_path / "nightbell-usb" / "sdb1"
    assert "(ext4) is at" in stick(tmp_path, "mount", "sdb1").stdout
    try:
        assert (at.stat().st_mode & 0o070, at.group()) == (0o070, "games")
        options = next(line for line in Path("/proc/mounts").read_text().splitlines() if str(at) in line)
        assert all(word in options for word in ("nosuid", "nodev", "noexec"))
        with (at / "being-written").open("w") as file:
            stick(tmp_path, "unmount", "sdb1")
            assert not at.exists()
            file.write("ends somewhere")
    finally:
        subprocess.run(["umount", "-l", str(at)], capture_output=True, check=False)


def test_the_boxs_own_disk_is_no_stick(tmp_path: Path) -> None:
    """By its name; another disk whose name only begins alike is one."""
    for name in ("sda1", "sdaa1"):
        sized(tmp_path / name, 16)
        run("mke2fs", "-q", "-t", "ext4", tmp_path / name)
    assert "the box runs from" in stick(tmp_path, "mount", "sda1").stdout
    assert not (tmp_path / "nightbell-usb").exists()
    assert "is at" in stick(tmp_path, "mount", "sdaa1").stdout
    stick(tmp_path, "unmount", "sdaa1")
    assert os.listdir(tmp_path / "nightbell-usb") == []  # noqa: PTH208 - names only
