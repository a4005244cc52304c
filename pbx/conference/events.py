"""What happens in conference rooms."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class ConferenceChanged(Event):
    """Anything about a room is different; not on record, for screens."""

    room: str


@dataclass(frozen=True, kw_only=True)
class ConferenceEntered(Event):
    """Somebody takes part. chairman: whether they chair."""

    room: str
    number: str
    chairman: bool


@dataclass(frozen=True, kw_only=True)
class ConferenceLeft(Event):
    """Somebody no longer takes part."""

    room: str
    number: str


@dataclass(frozen=True, kw_only=True)
class ConferenceRefused(Event):
    """Somebody was not let in. why: an English message id."""

    room: str
    number: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ConferenceActed(Event):
    """Somebody did something to a room or to one of its members.

    act: lock, unlock, mute, unmute, mute-all, unmute-all, remove, invite, end. member: whom; empty for all.
    by: a log-in of the panel, or the telephone of the chairman.
    """

    room: str
    act: str
    member: str
    by: str


@dataclass(frozen=True, kw_only=True)
class ConferencePinMade(Event):
    """A room has a new PIN. kind: member, chairman."""

    room: str
    kind: str
    by: str
