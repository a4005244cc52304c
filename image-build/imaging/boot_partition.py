"""Puts files on the boot partition of a disk, as IT does on a laptop: with mtools, from the root of the tools."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

SECTOR = 512
START, LENGTH = 4096 * SECTOR, 131072 * SECTOR
"""Where disk/table.sfdisk has it."""


def put(disk: Path, tools: Path, files: Mapping[str, bytes]) -> None:
    """Write `files`, by name, over what is there."""
    scratch = tools / "boot-files"
    scratch.mkdir(exist_ok=True)
    with disk.open("r+b") as whole:
        whole.seek(START)
        (scratch / "partition").write_bytes(whole.read(LENGTH))
        for name, content in files.items():
            (scratch / name).write_bytes(content)
            copied = [
                "chroot",
                str(tools),
                "mcopy",
                "-D",
                "o",
                "-i",
                "/boot-files/partition",
                f"/boot-files/{name}",
                f"::/{name}",
            ]
            subprocess.run(copied, check=True, env={"MTOOLS_SKIP_CHECK": "1", "PATH": "/usr/sbin:/usr/bin"})
        whole.seek(START)
        whole.write((scratch / "partition").read_bytes())
    for file in scratch.iterdir():
        file.unlink()
    scratch.rmdir()
