"""What the daemon asks root to do with the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from appliance.foundation import request_file
from appliance.network.places import Places
from appliance.network.table import NetworkTable

What = Literal["try", "confirm", "back"]
CONSOLE = "console"
"""Whoever sits at the machine itself reaches it at no address, and cannot be locked out of it."""


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
    wanted = request.wanted.model_dump(mode="json") if request.wanted else None
    request_file.leave(places.request, {**request.__dict__, "wanted": wanted})


def lying(places: Places) -> Request | None:
    """What lies there and was not taken yet; None for nothing, or nothing that can be read."""
    return _request(request_file.read(places.request))


def take(places: Places) -> Request | None:
    """What was left, which is gone then; None where nothing is, or nothing that can be read."""
    return _request(request_file.take(places.request))


def _request(said: dict[str, Any] | None) -> Request | None:
    try:
        found = said or {}
        wanted = NetworkTable.model_validate(found["wanted"]) if found["wanted"] is not None else None
        request = Request(found["id"], found["what"], found["by"], wanted, found["reached_at"])
    except (ValueError, KeyError, TypeError):  # pydantic's ValidationError is a ValueError
        return None
    plain = all(isinstance(part, str) for part in (request.id, request.by, request.reached_at))
    whole = request.what in get_args(What) and (request.what != "try" or wanted is not None)
    return request if plain and whole else None
