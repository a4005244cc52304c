"""What each ADT event means for a visit: the whole of what was said of it, in the order in which it happened.

Hospital systems resend, overtake themselves and take things back. So nothing that was said is applied and forgotten:
what is known of a visit is told anew from all of it, sorted by time, whenever something is added. The same messages end
in the same beds, whatever the order they came in, however often.

A bed belongs to the visit that was put there last; who was there before has no bed until somebody puts them somewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime


@dataclass(frozen=True)
class Place:
    """A bed (a label of the plan, empty for none) in a ward (its plan id, empty for a ward that is not ours)."""

    ward: str = ""
    bed: str = ""


ELSEWHERE = Place()


@dataclass(frozen=True)
class Facts:
    """What was said of a patient. None: nothing was said; an empty text: it was said that there is none."""

    number: str | None = None
    name: str | None = None
    sex: str | None = None
    born: date | None = None
    care_grade: int | None = None
    admitted_on: date | None = None
    note: str | None = None


@dataclass(frozen=True)
class Said:
    """What one message, or one row of a file, said of one visit.

    event: A01 … A22, or `file` (is in the list), `gone` (is in it no longer).
    at, sent: when it happened and when it was told. rank: the order of arrival, where both are equal.
    place: where the patient now is (PV1-3), None where that was not said; before: where they were (PV1-6).
    over: the message is about a visit that has ended (PV1-45).
    """

    visit: str
    event: str
    at: datetime
    sent: datetime
    place: Place | None = None
    before: Place | None = None
    over: bool = False
    facts: Facts = field(default_factory=Facts)
    rank: int = 0


@dataclass(frozen=True)
class Stay:
    """A time in a bed. open: it goes on; moved: a transfer brought the patient here."""

    place: Place
    since: datetime
    rank: int
    open: bool = True
    moved: bool = False


@dataclass
class Visit:
    """What is known of a visit now.

    here: in the hospital. ended: was discharged, or never came. away: on leave, the bed is kept.
    stays: every bed the patient was put into and that was not taken back, in order.
    """

    here: bool = False
    ended: bool = False
    away: bool = False
    place: Place = ELSEWHERE
    stays: list[Stay] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    admission: int = 0
    """How many stays there were when the patient last came."""

    def enter(self, said: Said) -> None:
        """Admitted, registered, made an inpatient, back from a discharge by mistake, or in the hospital's file."""
        if not self.here:
            self.here, self.ended, self.admission = True, False, len(self.stays)
        if said.event != "file":
            self.away = False
        self._put(said, said.place or self.place)

    def move(self, said: Said) -> None:
        """Transferred, or changed beds with somebody. Who is moved is here."""
        if not self.here:
            self.enter(said)
        elif said.place is not None:
            self._put(said, said.place, moved=True)

    def leave(self, said: Said) -> None:
        """Discharged, or no longer in the file."""
        self._close()
        self.here, self.away, self.ended = False, False, True

    def made_outpatient(self, said: Said) -> None:
        """An outpatient has no bed, unless the message names one."""
        if said.place is not None and said.place.bed:
            self.enter(said)
        else:
            self.leave(said)

    def tell(self, said: Said) -> None:
        """Facts, and perhaps a place: it counts where it is another one, and never brings back who has left."""
        if self.ended or said.place is None:
            return
        if not self.here:
            if not said.over:
                self.enter(said)
        elif said.place != self.place and said.place != Place(self.place.ward):
            self._put(said, said.place, moved=True)

    def go_on_leave(self, said: Said) -> None:
        """The bed is kept."""
        self.tell(said)
        self.away = self.here

    def come_back(self, said: Said) -> None:
        """From leave."""
        self.tell(said)
        self.away = False

    def never_came(self, said: Said) -> None:
        """The admission is taken back: it never put anybody out of a bed."""
        del self.stays[self.admission :]
        self.here, self.away, self.ended, self.place = False, False, True, ELSEWHERE

    def move_back(self, said: Said) -> None:
        """The transfer is taken back, to PV1-6: it never put anybody out of a bed."""
        if not self.here:
            return
        transfer = self.stays[-1] if self.stays and self.stays[-1].moved and self.stays[-1].open else None
        prior = self.stays[-2].place if transfer and len(self.stays) > 1 else None
        target = self._where_back(said, prior)
        if target is None:
            return
        if transfer:
            self.stays.pop()
        self._put(said, target)

    def _where_back(self, said: Said, prior: Place | None) -> Place | None:
        if said.before is not None and said.before != self.place:
            return said.before
        # The standard's own reading: PV1-3 is where the patient was before the transfer, PV1-6 where they are.
        if prior is not None and (said.before is None or said.place == prior):
            return prior
        return said.place if said.before is None and said.place != self.place else None

    def _put(self, said: Said, place: Place, *, moved: bool = False) -> None:
        self._close()
        self.place = place
        self.stays.append(Stay(place, said.at, said.rank, moved=moved))

    def _close(self) -> None:
        if self.stays and self.stays[-1].open:
            self.stays[-1] = replace(self.stays[-1], open=False)


MEANS: dict[str, Callable[[Visit, Said], None]] = {
    "A01": Visit.enter,
    "A02": Visit.move,
    "A03": Visit.leave,
    "A04": Visit.enter,
    "A06": Visit.enter,
    "A07": Visit.made_outpatient,
    "A08": Visit.tell,
    "A11": Visit.never_came,
    "A12": Visit.move_back,
    "A13": Visit.enter,
    "A17": Visit.move,
    "A21": Visit.go_on_leave,
    "A22": Visit.come_back,
    "A40": Visit.tell,
    "file": Visit.enter,
    "gone": Visit.leave,
}
"""Events of one visit. A20 is about a bed, and has no place here; A40 says who the patient really is."""


def tell(said: Iterable[Said]) -> Visit:
    """The visit of which all this was said."""
    visit = Visit()
    for one in sorted(said, key=order):
        MEANS[one.event](visit, one)
        visit.facts = _with(visit.facts, one.facts)
    return visit


def order(said: Said) -> tuple[datetime, datetime, int]:
    """When it happened; then when it was told; then when it came."""
    return said.at, said.sent, said.rank


def _with(known: Facts, said: Facts) -> Facts:
    news = {of.name: getattr(said, of.name) for of in fields(Facts) if getattr(said, of.name) is not None}
    return replace(known, **news)
