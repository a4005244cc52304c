"""Bundles that lie on this box: the one that was sent, and those on sticks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from appliance.updating.places import Places
from web.updates import Found

ENDING = ".raucb"


def bundles(places: Places) -> Iterator[tuple[Path, Found]]:
    """Each with its file; the upload first. Its id is that of place, size and time: another file there is another."""
    here = [(places.upload, "")] if places.upload.is_file() else []
    with suppress(OSError):
        here += [(file, file.parent.name) for file in sorted(places.usb.glob(f"*/*{ENDING}"))]
    for file, stick in here:
        with suppress(OSError):  # the stick is pulled at this moment
            stat = file.stat()
            identity = hashlib.sha256(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()).hexdigest()[:16]
            yield file, Found(identity, file.name, stick, stat.st_size)
