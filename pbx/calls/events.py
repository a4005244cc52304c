"""What happens to a call, as the journal has it. Never what was dialled for a billed call: it holds a PIN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from appliance.foundation.journal import Event

Direction = Literal["internal", "service", "out", "in", "emergency"]
"""Between telephones of the house; to something the box itself does (a menu, 600, a room); to outside; from outside; to
an emergency number."""


@dataclass(frozen=True, kw_only=True)
class CallBegan(Event):
    """caller: an extension, or who calls from outside, empty where withheld. leg: the exchange's name of the caller's
    leg. trunk: over which a call comes in. grown_from: the call in which it began, for a call that was handed on."""

    call: str
    caller: str
    leg: str
    trunk: str = ""
    grown_from: str = ""


@dataclass(frozen=True, kw_only=True)
class CallDirected(Event):
    """What the call is. called: an extension, an outside number (E.164 without +), or the number of a service."""

    call: str
    direction: Direction
    called: str


@dataclass(frozen=True, kw_only=True)
class EmergencyDialled(Event):
    """An extension called 120 or the like. at: when, which may be long ago where nobody listened then."""

    call: str
    extension: str
    number: str


@dataclass(frozen=True, kw_only=True)
class CallStep(Event):
    """One step of a decision, or something that happened. reason: a `pbx.reason.Reason` as it is kept."""

    call: str
    reason: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CallAnswered(Event):
    """Both talk now. by: the extension or trunk that answered."""

    call: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """It is over. outcome: a key of `OUTCOMES`."""

    call: str
    outcome: str
    talked_seconds: float


@dataclass(frozen=True, kw_only=True)
class CallSupervised(Event):
    """A supervisor is with it. mode: listen, whisper, join. extension: at which telephone; by: who, logged in."""

    call: str
    mode: str
    extension: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallReleased(Event):
    """A supervisor ended it."""

    call: str
    by: str


OUTCOMES = {
    "answered": "answered",
    "busy": "busy",
    "no-answer": "nobody answered",
    "congestion": "no line free",
    "unreachable": "not reachable",
    "no-such-number": "there is no such number",
    "refused": "refused",
    "caller-left": "the caller hung up before",
    "lost": "lost when the exchange ended",
}
"""What a call came to, in words."""
