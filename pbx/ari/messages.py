"""What Asterisk says over its REST interface's WebSocket, as values. Unknown messages are no fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Channel:
    """One leg of a call as Asterisk described it.

    name: `PJSIP/<endpoint>-<serial>`. exten: what was dialled; it may hold a PIN, so it is not shown.
    state: Down, Ring, Ringing, Up, …  steered: it waits for our word, not the dialplan's.
    """

    id: str
    name: str
    state: str
    context: str = ""
    exten: str = ""
    steered: bool = False

    def __repr__(self) -> str:
        return f"Channel({self.id}, {self.name}, {self.state})"

    @property
    def endpoint(self) -> str:
        """Whose leg it is by its proven name, whatever the caller's number claims."""
        return self.name.partition("/")[2].rpartition("-")[0]


@dataclass(frozen=True)
class Event:
    """Something happened; `at` is the exchange's own time, aware, in UTC."""

    at: datetime


@dataclass(frozen=True)
class Entered(Event):
    """A channel is ours to steer now (StasisStart)."""

    channel: Channel
    args: tuple[str, ...]


@dataclass(frozen=True)
class Changed(Event):
    """A channel's state changed: Ringing, Up."""

    channel: Channel


@dataclass(frozen=True)
class Dialled(Event):
    """How an outgoing leg goes on: "" (begun), RINGING, PROGRESS, ANSWER, BUSY, …"""

    channel: Channel
    status: str


@dataclass(frozen=True)
class Destroyed(Event):
    """A channel is gone. cause: Q.850."""

    channel: Channel
    cause: int


@dataclass(frozen=True)
class Keyed(Event):
    """Someone pressed a key: 0-9, *, #, A-D. Not shown: it may be of a PIN."""

    channel: Channel
    digit: str

    def __repr__(self) -> str:
        return f"Keyed({self.at}, {self.channel})"


@dataclass(frozen=True)
class Played(Event):
    """A playback is over; `done` is false when it could not be played."""

    playback: str
    done: bool


@dataclass(frozen=True)
class EndpointChanged(Event):
    """A SIP endpoint came or went."""

    endpoint: str
    online: bool


@dataclass(frozen=True)
class ContactChanged(Event):
    """What a qualifying probe of an endpoint's address found: Reachable, Unreachable, NonQualified, Removed, …"""

    endpoint: str
    status: str


@dataclass(frozen=True)
class Reply:
    """The answer to a request. body: JSON value, None when there is none."""

    request: str
    status: int
    reason: str
    body: Any


def event(message: Mapping[str, Any]) -> Event | None:
    """A decoded message as an event, None for one that tells us nothing. Raises ValueError for nonsense."""
    build = _EVENTS.get(str(message.get("type")))
    if build is None:
        return None
    try:
        return build(moment(message["timestamp"]), message)
    except (KeyError, TypeError, AttributeError) as why:
        raise ValueError(f"{message['type']} without {why}") from why


def channel(body: Mapping[str, Any]) -> Channel:
    """A channel's JSON as a value."""
    plan = body.get("dialplan") or {}
    return Channel(
        body["id"],
        body["name"],
        body["state"],
        plan.get("context", ""),
        plan.get("exten", ""),
        plan.get("app_name") == "Stasis",
    )


def moment(text: str) -> datetime:
    """`2026-03-02T09:00:00.123+0800` in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


_Build = Callable[[datetime, Mapping[str, Any]], Event]

_EVENTS: dict[str, _Build] = {
    "StasisStart": lambda at, m: Entered(at, channel(m["channel"]), tuple(m["args"])),
    "ChannelStateChange": lambda at, m: Changed(at, channel(m["channel"])),
    "Dial": lambda at, m: Dialled(at, channel(m["peer"]), m["dialstatus"]),
    "ChannelDestroyed": lambda at, m: Destroyed(at, channel(m["channel"]), int(m["cause"])),
    "ChannelDtmfReceived": lambda at, m: Keyed(at, channel(m["channel"]), m["digit"]),
    "PlaybackFinished": lambda at, m: Played(at, m["playback"]["id"], m["playback"]["state"] == "done"),
    "PeerStatusChange": lambda at, m: EndpointChanged(
        at, m["endpoint"]["resource"], m["endpoint"]["state"] == "online"
    ),
    "ContactStatusChange": lambda at, m: ContactChanged(
        at, m["endpoint"]["resource"], m["contact_info"]["contact_status"]
    ),
}
