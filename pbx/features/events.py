"""What is done with telephones' features."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class LinesChanged(Event):
    """A telephone began to ring, to talk, or was left; not on record, for screens."""


@dataclass(frozen=True, kw_only=True)
class WishChanged(Event):
    """An extension wants something else done with its calls.

    wish: a field of `pbx.features.following.Wishes`. value: on, off, or the numbers; empty for none.
    by: a log-in of the panel, or an extension.
    """

    extension: str
    wish: str
    value: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallPickedUp(Event):
    """Somebody took a call that rang elsewhere. extension: where it rang."""

    extension: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallParked(Event):
    """Somebody was put down to be taken up at another telephone. by: the extension that did it."""

    slot: str
    call: str
    by: str


@dataclass(frozen=True, kw_only=True)
class ParkedTaken(Event):
    """A parked caller talks with somebody again. how: taken, back (to who parked them), operator, left."""

    slot: str
    call: str
    by: str
    how: str


@dataclass(frozen=True, kw_only=True)
class ConsoleActed(Event):
    """An operator did something at the panel. act: dial, hand-on, hang-up. extension: the operator's own."""

    act: str
    extension: str
    number: str
    by: str
