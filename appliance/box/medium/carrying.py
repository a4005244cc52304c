"""`nightbell.toml` and `plan.toml` on a boot partition: read and written without mounting it (mtools)."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from appliance.box import places
from appliance.box.medium.programs import PATH, run

CARRIED = (places.NAME_ON_DISK, places.BROUGHT_PLAN.name)


def read(disk: Path, offset: int) -> dict[str, bytes]:
    """The files IT put there, by name. offset: of the partition, in octets."""
    found = {}
    for name in CARRIED:
        answer = subprocess.run(
            ["mtype", "-i", f"{disk}@@{offset}", f"::/{name}"],
            capture_output=True, check=False, env={"PATH": PATH, "MTOOLS_SKIP_CHECK": "1"},
        )  # fmt: skip
        if answer.returncode == 0:
            found[name] = answer.stdout
    return found


def write(disk: Path, offset: int, files: Mapping[str, bytes]) -> None:
    """Put them there; of CARRIED, what is not among them goes. Raises Trouble."""
    there = read(disk, offset)
    at = f"{disk}@@{offset}"
    with tempfile.TemporaryDirectory() as scratch:
        for name in CARRIED:
            if name in files:
                (Path(scratch) / name).write_bytes(files[name])
                run("mcopy", "-D", "o", "-i", at, Path(scratch) / name, f"::/{name}")
            elif name in there:
                run("mdel", "-i", at, f"::/{name}")


def chosen(stick: Mapping[str, bytes], disk: Mapping[str, bytes], shipped: bytes) -> Mapping[str, bytes]:
    """Whose files count where a disk's data stay: the stick's if somebody edited them, else the disk's own."""
    edited = stick.get(places.NAME_ON_DISK, shipped).split() != shipped.split() or places.BROUGHT_PLAN.name in stick
    return stick if edited or places.NAME_ON_DISK not in disk else disk
