"""What the daemon asks root to do: one small file, which systemd waits for. Root believes nothing of it unlooked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from appliance.foundation import durable
from appliance.network.places import Places
from appliance.network.table import NetworkTable

What = Literal["try", "confirm", "back"]
CONSOLE = "console"
"""Whoever sits at the machine itself reaches it at no address, and cannot be locked out of it."""
LARGEST = 16 * 1024
"""Bytes."""


@dataclass(frozen=True)
class Request:
    """by: who asks. wanted: what is to be tried. reached_at: the box's address at which whoever confirms reaches it."""

    id: str
    what: What
    by: str
    wanted: NetworkTable | None = None
    reached_at: str = ""


def ask(places: Places, request: Request) -> None:
    """Leave `request` for root; it takes the place of one that was not taken yet. Raises OSError."""
    places.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = request.wanted.model_dump(mode="json") if request.wanted else None
    durable.write(places.request, json.dumps({**request.__dict__, "wanted": wanted}).encode())


def lying(places: Places) -> Request | None:
    """What lies there and was not taken yet; None for nothing, or nothing that can be read."""
    return _read(places.request)


def take(places: Places) -> Request | None:
    """What was left, which is gone then; None where nothing is, or nothing that can be read."""
    found = _read(places.request)
    places.request.unlink(missing_ok=True)
    return found


def _read(file: Path) -> Request | None:
    try:
        with file.open("rb") as opened:
            said = json.loads(opened.read(LARGEST))
        wanted = NetworkTable.model_validate(said["wanted"]) if said["wanted"] is not None else None
        request = Request(said["id"], said["what"], said["by"], wanted, said["reached_at"])
        plain = all(isinstance(part, str) for part in (request.id, request.by, request.reached_at))
    except (OSError, ValueError, KeyError, TypeError):  # pydantic's ValidationError is a ValueError
        return None
    whole = request.what in get_args(What) and (request.what != "try" or wanted is not None)
    return request if plain and whole else None
