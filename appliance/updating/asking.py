"""What the daemon asks root to do with an update."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from appliance.foundation import request_file
from appliance.updating import trouble
from appliance.updating.places import Places
from appliance.updating.trouble import Trouble

What = Literal["install", "back", "call off", "restart"]


@dataclass(frozen=True)
class Request:
    """by: who asks. file: of the bundle that is to be installed. older: that one older than what runs is wanted."""

    id: str
    what: What
    by: str
    file: str = ""
    older: bool = False


def ask(places: Places, request: Request) -> None:
    """Leave `request` for root. Raises Trouble while another lies there, OSError."""
    if places.request.exists():
        raise Trouble(trouble.BUSY)
    request_file.leave(places.request, asdict(request))


def take(places: Places) -> Request | None:
    """What was left, which is gone then; None where it cannot be read."""
    try:
        request = Request(**(request_file.take(places.request) or {}))
    except TypeError:
        return None
    plain = all(isinstance(part, str) for part in (request.id, request.by, request.file))
    return request if plain and request.what in get_args(What) else None


def within(places: Places, file: str) -> Path:
    """`file`, which is an upload or lies on a stick. Raises Trouble."""
    named = Path(file)
    real = named.resolve()
    on_stick = real.parent.parent == places.usb.resolve()
    if real != places.home.resolve() / places.upload.name and not on_stick:
        raise Trouble(trouble.NOT_THERE, file=named.name)
    if not real.is_file():
        raise Trouble(trouble.NO_FILE, file=named.name)
    return real
