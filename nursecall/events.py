"""What happens on a ward, as told to the rest of the house and written to the journal."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class CallEvent(Event):
    """Something in the life of one nurse call. `call` is its id, `ward` and `call_type` plan ids, `bed` a label."""

    call: str
    ward: str
    bed: str
    call_type: str


@dataclass(frozen=True, kw_only=True)
class CallRaised(CallEvent):
    """A press at a bed that had no such call open. `line` is the plan id of the wire it came by."""

    line: str
    priority: int


@dataclass(frozen=True, kw_only=True)
class CallRepeated(CallEvent):
    """The same bed pressed again; `presses` counts all."""

    presses: int


@dataclass(frozen=True, kw_only=True)
class CallAcknowledged(CallEvent):
    """Somebody at a screen took the call: it is no longer spoken, but stays on the screen."""

    by: str


@dataclass(frozen=True, kw_only=True)
class CallEscalated(CallEvent):
    """Nobody came within the ward's patience; `step` counts from 1; told are names and mobiles on duty."""

    step: int
    nurses: tuple[str, ...]
    mobiles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CallReset(CallEvent):
    """Ended at the bedside, `waited` seconds after it was raised."""

    waited: float


@dataclass(frozen=True, kw_only=True)
class CallNotStored(CallEvent):
    """The call is shown and rung, but could not be written down. Published only, never journalled."""

    why: str
