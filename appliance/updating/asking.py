"""What the daemon asks root to do: one small file, which systemd waits for. Root believes nothing of it unlooked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from appliance.updating import trouble
from appliance.updating.places import Places
from appliance.updating.record import replace_file
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
    places.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(places.request, json.dumps(asdict(request)), 0o600)


def take(places: Places) -> Request | None:
    """What was left, which is gone then; None where it cannot be read."""
    try:
        text = places.request.read_text("utf-8")
    except OSError:
        return None
    places.request.unlink()
    try:
        found: dict[str, Any] = json.loads(text)
        request = Request(**found)
        plain = all(isinstance(part, str) for part in (request.id, request.by, request.file))
    except (ValueError, TypeError):
        return None
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
