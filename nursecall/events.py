"""What happens on a ward, as told to the rest of the house and written to the journal."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event
from appliance.foundation.values import Language


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
class BedUnknown(CallEvent):
    """A bed that is not in the plan calls: its call is held in the ward of `line` all the same."""

    line: str


@dataclass(frozen=True, kw_only=True)
class CallRepeated(CallEvent):
    """The same bed pressed again; `presses` counts all. A call that was acknowledged waits anew."""

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
class CallContinued(CallEvent):
    """A call from before a restart whose bed pressed again before it could be read back: it goes on as `successor`."""

    successor: str


@dataclass(frozen=True, kw_only=True)
class CallPatientChanged(CallEvent):
    """Another patient, or another care grade, at the bed of an open call. Names stay out of the journal."""

    care_grade: int | None


@dataclass(frozen=True, kw_only=True)
class PatientsChanged(Event):
    """Who lies where was read anew for `wards`; `patients` counts them."""

    wards: tuple[str, ...]
    patients: int


@dataclass(frozen=True, kw_only=True)
class AnnouncementDue(Event):
    """An open call is to be spoken in its ward now. Published only, never journalled.

    care_grade: 0 to 3, None where nobody is known to lie there.
    priority: 1 is the most urgent.
    round: 1 for the first time this call is spoken, then counting.
    """

    call: str
    ward: str
    bed: str
    call_type: str
    care_grade: int | None
    language: Language
    priority: int
    round: int


@dataclass(frozen=True, kw_only=True)
class CallNotStored(CallEvent):
    """The call is shown and rung, but could not be written down. Published only, never journalled."""

    why: str
