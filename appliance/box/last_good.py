"""Which file counts: the one on the boot partition if it is sound, else the last that was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.box.file import BoxFile, read
from appliance.foundation import durable
from appliance.foundation.config import Fault, Faulty

MISSING = Fault("", None, "the file is not there")


@dataclass(frozen=True)
class InForce:
    """What the box goes by. source: `disk`, `kept` or `default`; faults: why it is not the file on the disk."""

    file: BoxFile
    source: str
    faults: tuple[Fault, ...] = ()


def choose(on_disk: bytes | None, kept: Path) -> InForce:
    """The file to go by; a sound one is kept in `kept` for the day it is not. on_disk: None when it cannot be read."""
    faults: tuple[Fault, ...] = (MISSING,)
    if on_disk is not None:
        try:
            found = read(on_disk)
        except Faulty as why:
            faults = tuple(why.faults)
        else:
            _keep(on_disk, kept)
            return InForce(found, "disk")
    try:
        return InForce(read(kept.read_bytes()), "kept", faults)
    except (OSError, Faulty):
        return InForce(BoxFile(), "default", faults)


def _keep(content: bytes, kept: Path) -> None:
    if kept.is_file() and kept.read_bytes() == content:
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    durable.write(kept, content)
