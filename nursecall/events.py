"""What happens on a ward, as told to the rest of the house and written to the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.foundation.journal import Event
from appliance.foundation.values import Language
from nursecall.plan_escalation import By

Outcome = Literal["delivered", "accepted", "declined", "failed", "no-answer"]
"""What became of telling somebody: the device has it; the person comes, will not, could not be told, did not answer."""


@dataclass(frozen=True, kw_only=True)
class CallEvent(Event):
    """Something in the life of one nurse call. `call` is its id, `ward` and `call_type` plan ids, `bed` a label."""

    call: str
    ward: str
    bed: str
    call_type: str


@dataclass(frozen=True, kw_only=True)
class CallRaised(CallEvent):
    """A press at a bed that had no such call open. `line` is the plan id of the wire it came by, empty for none.

    heard_as: the type the wire named, where the call is another (an emergency) because a nurse was present.
    by: who made it at a screen; empty where somebody pressed.
    """

    line: str
    priority: int
    care_grade: int | None = None
    heard_as: str | None = None
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class BedUnknown(CallEvent):
    """A bed that is not in the plan calls: its call is held in the ward of `line` all the same."""

    line: str


@dataclass(frozen=True, kw_only=True)
class CallRepeated(CallEvent):
    """The same bed pressed again; `presses` counts all. A call that was acknowledged waits anew."""

    presses: int


@dataclass(frozen=True, kw_only=True)
class CallUpgraded(CallEvent):
    """Pressed while a nurse is present: what was a call of type `was` is now `call_type`, and waits anew."""

    was: str
    priority: int


@dataclass(frozen=True, kw_only=True)
class CallAcknowledged(CallEvent):
    """`by` took the call on `device`: it is no longer spoken, but stays on the screen."""

    by: str
    device: str = "station"


@dataclass(frozen=True, kw_only=True)
class CallAttended(CallEvent):
    """A nurse is at the bed: the presence button was pressed there."""


@dataclass(frozen=True, kw_only=True)
class CallLeft(CallEvent):
    """The nurse left the bed without resetting the call: it waits anew."""


@dataclass(frozen=True, kw_only=True)
class CallTalkBegan(CallEvent):
    """Two-way speech between `by`, on `device`, and the bed is connected."""

    by: str
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class CallTalkEnded(CallEvent):
    """That speech is over; who spoke has taken the call."""

    by: str


@dataclass(frozen=True, kw_only=True)
class CallEscalated(CallEvent):
    """Nobody came, so others are told.

    serial: names this telling within the call, from 1. step: how far the call has come in its tree since it last
        began to wait, from 1, each attempt counted.
    tree, index, attempt: the step of which tree (`index` from 1) this is, and for the how-manieth time.
    by, to: how, and to whom: names and the numbers or ids they are reached by; empty where nobody could be found.
    """

    step: int
    serial: int
    tree: str
    index: int
    attempt: int
    by: By
    to: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class CallStepResult(CallEvent):
    """What became of telling `who` on `device`, in the step `serial`."""

    serial: int
    by: By
    device: str
    who: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class CallTroubled(CallEvent):
    """The bed's terminal, or its line, is in trouble while the call is open: a reset may go unheard."""


@dataclass(frozen=True, kw_only=True)
class CallMended(CallEvent):
    """Terminal and line are well again and no reset was heard: a call that was acknowledged waits anew."""


@dataclass(frozen=True, kw_only=True)
class CallEnded(CallEvent):
    """A call is over, `waited` seconds after it was raised."""

    waited: float


@dataclass(frozen=True, kw_only=True)
class CallReset(CallEnded):
    """Ended at the bedside."""


@dataclass(frozen=True, kw_only=True)
class CallCancelled(CallEnded):
    """Ended from afar by `by`, on `device`, as its type allows."""

    by: str
    device: str


@dataclass(frozen=True, kw_only=True)
class CallCleared(CallEnded):
    """A trouble is over by itself: terminal or line is well again."""


@dataclass(frozen=True, kw_only=True)
class CallContinued(CallEvent):
    """A call from before a restart whose bed pressed again before it could be read back: it goes on as `successor`."""

    successor: str


@dataclass(frozen=True, kw_only=True)
class BedsideEvent(Event):
    """Something at a bed, whether or not a call is open there. `line` is the wire that told it."""

    ward: str
    bed: str
    line: str


@dataclass(frozen=True, kw_only=True)
class PresenceChanged(BedsideEvent):
    """A nurse is at the bed (`here`), or has left it."""

    here: bool


@dataclass(frozen=True, kw_only=True)
class TerminalChanged(BedsideEvent):
    """The bed's terminal is unplugged, tampered with or broken, or `well` again."""

    well: bool


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
