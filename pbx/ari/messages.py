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
    caller, caller_name: what the other side says of itself, whether or not it may be shown.
    """

    id: str
    name: str
    state: str
    context: str = ""
    exten: str = ""
    steered: bool = False
    caller: str = ""
    caller_name: str = ""

    def __repr__(self) -> str:
        return f"Channel({self.id}, {self.name}, {self.state})"

    @property
    def endpoint(self) -> str:
        """Whose leg it is by its proven name, whatever the caller's number claims."""
        return endpoint_of(self.name)


def endpoint_of(name: str) -> str:
    """Of a channel's name, `PJSIP/8001-0000002a`, the endpoint: `8001`."""
    return name.partition("/")[2].rpartition("-")[0]


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
class Created(Event):
    """A channel came to be: state Ring where somebody calls us, Down where we are about to call."""

    channel: Channel


@dataclass(frozen=True)
class Destroyed(Event):
    """A channel is gone. cause: Q.850. reply: the far end's last SIP status, 0 where there was none."""

    channel: Channel
    cause: int
    reply: int = 0


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
class Recorded(Event):
    """A recording is over; seconds: how long it is, None when nothing could be recorded."""

    name: str
    seconds: float | None


@dataclass(frozen=True)
class Talking(Event):
    """Somebody on a channel with TALK_DETECT began to talk, or stopped."""

    channel: Channel
    begins: bool


@dataclass(frozen=True)
class FaxTold(Event):
    """What the fax machine at a channel says of itself: FAXSTATUS, FAXPAGES, FAXMODE, REMOTESTATIONID, …"""

    channel: Channel
    variable: str
    value: str


@dataclass(frozen=True)
class Referred(Event):
    """A phone hands the other party on (SIP REFER).

    destination: a number, empty where `other` says it. other: the phone's second call, to whose party the first is to
    be connected (REFER with Replaces); None for a number.
    """

    channel: Channel
    destination: str
    other: Channel | None


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
    contact: str = ""


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
    plan, caller = body.get("dialplan") or {}, body.get("caller") or {}
    return Channel(
        body["id"],
        body["name"],
        body["state"],
        plan.get("context", ""),
        plan.get("exten", ""),
        plan.get("app_name") == "Stasis",
        caller.get("number", ""),
        caller.get("name", ""),
    )


def moment(text: str) -> datetime:
    """`2026-03-02T09:00:00.123+0800` in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _set(at: datetime, message: Mapping[str, Any]) -> FaxTold | None:
    # Every other variable is the engine's own business, or ours; some hold what was dialled.
    told, by = str(message["variable"]), message.get("channel")
    return FaxTold(at, channel(by), told, str(message["value"])) if by and told in FAX_TOLD else None


def _referred(at: datetime, by: Mapping[str, Any], to: Mapping[str, Any]) -> Referred:
    other = to.get("destination_channel")
    number = to["requested_destination"].get("destination") or ""
    return Referred(at, channel(by["source_channel"]), number, channel(other) if other else None)


_Build = Callable[[datetime, Mapping[str, Any]], Event | None]
FAX_TOLD = frozenset({"FAXSTATUS", "FAXERROR", "FAXSTATUSSTRING", "FAXPAGES", "FAXMODE", "REMOTESTATIONID"})

_EVENTS: dict[str, _Build] = {
    "StasisStart": lambda at, m: Entered(at, channel(m["channel"]), tuple(m["args"])),
    "ChannelStateChange": lambda at, m: Changed(at, channel(m["channel"])),
    "Dial": lambda at, m: Dialled(at, channel(m["peer"]), m["dialstatus"]),
    "ChannelCreated": lambda at, m: Created(at, channel(m["channel"])),
    "ChannelDestroyed": lambda at, m: Destroyed(
        at, channel(m["channel"]), int(m["cause"]), int(m.get("tech_cause") or 0)
    ),
    "ChannelDtmfReceived": lambda at, m: Keyed(at, channel(m["channel"]), m["digit"]),
    "PlaybackFinished": lambda at, m: Played(at, m["playback"]["id"], m["playback"]["state"] == "done"),
    "RecordingFinished": lambda at, m: Recorded(at, m["recording"]["name"], float(m["recording"].get("duration") or 0)),
    "RecordingFailed": lambda at, m: Recorded(at, m["recording"]["name"], None),
    "ChannelTalkingStarted": lambda at, m: Talking(at, channel(m["channel"]), True),
    "ChannelTalkingFinished": lambda at, m: Talking(at, channel(m["channel"]), False),
    "ChannelVarset": _set,
    "ChannelTransfer": lambda at, m: _referred(at, m["referred_by"], m["refer_to"]),
    "PeerStatusChange": lambda at, m: EndpointChanged(
        at, m["endpoint"]["resource"], m["endpoint"]["state"] == "online"
    ),
    "ContactStatusChange": lambda at, m: ContactChanged(
        at, m["endpoint"]["resource"], m["contact_info"]["contact_status"], m["contact_info"].get("uri", "")
    ),
}
