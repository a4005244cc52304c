"""What was confirmed becomes what the next start goes by: in `nightbell.toml` on the boot partition, IT's own file.

python -m appliance.box.network.keeping DIRECTORY < table.json     as root; DIRECTORY: where that partition is mounted
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from appliance.box import places as box
from appliance.box.file import read
from appliance.foundation import durable
from appliance.foundation.config import Fault, Faulty
from appliance.foundation.toml_edit import OTHERWISE, with_value
from appliance.network.places import Places
from appliance.network.table import NetworkTable

KEYS = ("interface", "address", "gateway", "dns", "ntp")
"""Those that are changed here; the box's name is not."""
READABLE = 0o644


def rewritten(content: bytes, wanted: NetworkTable) -> bytes:
    """IT's file with `wanted` in it; comments, order and line ends stay. Raises Faulty where it is not sound, or is
    written in a way that cannot be changed.
    """
    before = read(content).network
    text = content.decode("utf-8")
    windows = "\r\n" in text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for key in KEYS:
        value = getattr(wanted, key)
        if value != getattr(before, key):
            plain = list(value) if isinstance(value, tuple) else value
            text = with_value(text, ("network", key), plain or None)
    after = (text.replace("\n", "\r\n") if windows else text).encode()
    found = read(after).network
    if any(getattr(found, key) != getattr(wanted, key) for key in KEYS):
        raise Faulty([Fault("network", None, OTHERWISE)])
    return after


def keep(wanted: NetworkTable, directory: Path, places: Places) -> None:
    """Durably: a power cut leaves the file as it was or as it will be.

    Raises OSError, Faulty; then it is as it was.
    """
    file = directory / box.NAME_ON_DISK
    after = rewritten(file.read_bytes(), wanted)
    # The box's own copy first: where the file cannot be written after it, the next start makes it from that again.
    durable.write(places.kept / box.LAST_GOOD.name, after)
    durable.write(file, after, READABLE)
    _hold(places.box, wanted)


def _hold(file: Path, wanted: NetworkTable) -> None:
    """For whoever asks what the box goes by; its owner and mode stay."""
    was = file.stat()
    said: Mapping[str, object] = json.loads(file.read_text("utf-8"))
    table = wanted.model_dump(mode="json")
    fresh = file.with_name(f".{file.name}.new")
    durable.write(fresh, json.dumps({**said, "network": table}, ensure_ascii=False).encode(), was.st_mode & 0o777)
    os.chown(fresh, was.st_uid, was.st_gid)
    fresh.replace(file)


def main() -> None:
    """Keep what stands on standard input."""
    try:
        keep(NetworkTable.model_validate_json(sys.stdin.read()), Path(sys.argv[1]), Places())
    except (OSError, ValueError, Faulty) as why:
        sys.exit(str(why))


if __name__ == "__main__":
    main()
