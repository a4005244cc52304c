"""What is known of one nurse call, and what can befall it. `nursecall.life` says what comes of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypedDict

from nursecall.events import CallEvent, CallRaised, Outcome
from nursecall.plan_escalation import By

State = Literal["raised", "escalated", "acknowledged", "talking", "attended", "ended"]
"""raised: nobody has answered; escalated: neither have those who were told in their turn; acknowledged: somebody says
“I come”; talking: speech with the bed is connected; attended: a nurse is at the bed."""

Outcomes = Literal["reset", "cancelled", "cleared", "continued"]
"""How a call ended: at the bedside, from afar, by itself (a trouble), or as another row."""

WATCHED = "*"
"""What `heard_as` says of a trouble that nobody pressed: it is over when terminal or line is well."""

Happened = tuple[CallEvent, ...]


@dataclass(frozen=True)
class Told:
    """Somebody who was told of a call that waited. serial: of which step; outcome None: nothing is known yet."""

    serial: int
    by: By
    who: str
    device: str
    outcome: Outcome | None
    at: datetime

    @property
    def in_vain(self) -> bool:
        """Whether this person will not come for it."""
        return self.outcome in ("declined", "failed", "no-answer")


@dataclass(kw_only=True)
class CallFacts:
    """All that is known of one call: the columns of `nurse_calls`. Only what befalls it changes its state."""

    id: str
    ward: str
    bed: str
    call_type: str
    priority: int
    line: str
    raised_at: datetime
    patient: str | None = None
    care_grade: int | None = None
    state: State = "raised"
    presses: int = 1
    escalations: int = 0
    step: int = 0
    patience_from: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_on: str | None = None
    attended_at: datetime | None = None
    spoken_at: datetime | None = None
    spoken_with: str | None = None
    anew_at: datetime | None = None
    heard_as: str | None = None
    trouble: bool = False
    note: str = ""
    told: tuple[Told, ...] = ()
    outcome: Outcomes | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    changes: int = 0

    @property
    def waiting(self) -> bool:
        """Whether nobody has answered yet: it is spoken, and patience runs."""
        return self.state in ("raised", "escalated")

    @property
    def watched(self) -> bool:
        """Whether it stands for a terminal or a line in trouble: a nurse who was there has not mended that."""
        return self.heard_as == WATCHED

    @property
    def began_to_wait(self) -> datetime:
        """When it was raised, or last raised anew."""
        return self.anew_at or self.raised_at

    @property
    def waits_from(self) -> datetime:
        """The moment from which patience is counted: since then nothing was done about it."""
        return self.patience_from or self.raised_at

    @property
    def told_in_vain(self) -> bool:
        """Whether nobody is left of the step it is at who may still come: so the next is due at once."""
        now = [one for one in self.told if one.serial == self.escalations]
        return self.step > 0 and all(one.in_vain for one in now)

    def subject(self) -> Subject:
        """The fields with which every event names its call."""
        return {"call": self.id, "ward": self.ward, "bed": self.bed, "call_type": self.call_type}

    def raised(self, by: str = "") -> CallRaised:
        """The event of its beginning. by: who made it at a screen."""
        return CallRaised(
            at=self.raised_at, line=self.line, priority=self.priority, care_grade=self.care_grade,
            heard_as=self.heard_as, by=by, **self.subject(),
        )  # fmt: skip


class Subject(TypedDict):
    """Which call an event is about."""

    call: str
    ward: str
    bed: str
    call_type: str


@dataclass(frozen=True)
class OpenCall:
    """A call as screens show it. stored: written down; in_plan: its bed is one of the ward's.

    present: a nurse is at the bed. trouble: its terminal or line is in trouble. spoken_with: who has spoken with the
        patient since it last began to wait.
    anew_at: when it was last raised anew; None where it never was.
    told: whom it was passed on to, the latest last. next_step, next_step_at: what comes next if nobody answers.
    assigned: names of those the bed is assigned to.
    """

    id: str
    ward: str
    bed: str
    call_type: str
    priority: int
    line: str
    state: Literal["raised", "escalated", "acknowledged", "talking", "attended"]
    presses: int
    escalations: int
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    patient: str | None
    care_grade: int | None
    stored: bool
    in_plan: bool = True
    present: bool = False
    trouble: bool = False
    spoken_with: str | None = None
    attended_at: datetime | None = None
    anew_at: datetime | None = None
    note: str = ""
    step: int = 0
    told: tuple[Told, ...] = ()
    next_step: By | None = None
    next_step_at: datetime | None = None
    assigned: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether nobody has answered yet."""
        return self.state in ("raised", "escalated")


def helpers(call: OpenCall | CallFacts) -> frozenset[str]:
    """Other wards that were asked to help with it: it is on their screens too."""
    return frozenset(one.device for one in call.told if one.by == "ward")


@dataclass(frozen=True)
class Telling:
    """One turn of an escalation: the step, the attempt, and those it found.

    position: which turn of the whole tree this is, from 1; index: of which step, from 1.
    """

    tree: str
    position: int
    index: int
    attempt: int
    by: By
    to: tuple[tuple[str, str], ...]


class NurseCall(Protocol):
    """What can befall a call; each answers with what came of it, in order, often nothing."""

    def press(self, at: datetime) -> Happened:
        """The button at the bed, again."""

    def upgrade(self, call_type: str, priority: int, at: datetime) -> Happened:
        """The button at the bed, while a nurse is present: it is of another type from now on."""

    def acknowledge(self, by: str, device: str, at: datetime) -> Happened:
        """Somebody takes the call: at a screen, or by accepting what a step told them."""

    def arrive(self, at: datetime) -> Happened:
        """A nurse is at the bed."""

    def leave(self, at: datetime) -> Happened:
        """No nurse is at the bed any more."""

    def talk_began(self, by: str, device: str, at: datetime) -> Happened:
        """Two-way speech with the bed is connected."""

    def talk_ended(self, by: str, at: datetime) -> Happened:
        """That speech is over."""

    def overdue(self, telling: Telling, at: datetime) -> Happened:
        """Patience is over: these are told."""

    def result(self, serial: int, by: By, device: str, who: str, outcome: Outcome, at: datetime) -> Happened:
        """What became of telling somebody."""

    def revert(self, at: datetime) -> Happened:
        """Its terminal or line is in trouble."""

    def mended(self, at: datetime) -> Happened:
        """Its terminal and line are well again."""

    def reset(self, at: datetime) -> Happened:
        """The button at the bed that ends it."""

    def cancel(self, by: str, device: str, at: datetime) -> Happened:
        """Somebody ends it from afar, where its type allows that."""

    def cleared(self, at: datetime) -> Happened:
        """The trouble that this call stands for is over."""

    def continued(self, successor: str, at: datetime) -> Happened:
        """The same bed pressed before this call was read back after a restart; it goes on as `successor`."""
