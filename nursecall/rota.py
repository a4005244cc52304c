"""Who works where and when, answered from memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from nursecall import roster as rules
from nursecall.bed_spans import still_there
from nursecall.duties import NURSE, SUPERVISOR, PlanDuties, person
from nursecall.plan import NurseCallPlan
from nursecall.ports import Person
from nursecall.roster import Cells, Cover, Run, Staff
from nursecall.roster_store import Books


@dataclass(frozen=True)
class OnDuty:
    """Somebody on duty. staff: empty for a row of the plan; run: None for who covers.

    beds: labels and ranges. source: why they are: by the roster, by the plan, as a cover.
    """

    person: Person
    source: Literal["roster", "plan", "cover"]
    staff: str = ""
    beds: frozenset[str] = frozenset()
    run: Run | None = None
    cover: Cover | None = None


class Rota:
    """`nursecall.ports.Duties` by shape: the roster of `books`, and the plan where that says nothing.

    plan: returns the one in force.
    """

    def __init__(self, plan: Callable[[], NurseCallPlan], zone: ZoneInfo, books: Books | None = None) -> None:
        self._plan, self._zone = plan, zone
        self._books = books or Books()
        self._by_plan = PlanDuties(plan, zone)
        self.neighbours, self.shifts, self.night = self._by_plan.neighbours, self._by_plan.shifts, self._by_plan.night
        self.running = self._by_plan.running

    def on_duty(self, ward: str, at: datetime) -> tuple[Person, ...]:
        """Everybody, whatever their role, in the order of the roster, who covers last; each once."""
        return tuple(dict.fromkeys(one.person for one in self.who(ward, at)))

    def assigned(self, ward: str, bed: str, at: datetime) -> tuple[Person, ...]:
        """Nurses on duty whose beds include this one."""
        found = (one.person for one in self.who(ward, at) if one.person.role == NURSE and bed in one.beds)
        return tuple(dict.fromkeys(found))

    def supervisor(self, ward: str, at: datetime) -> tuple[Person, ...]:
        """Those on duty whose role is `supervisor`."""
        return tuple(one for one in self.on_duty(ward, at) if one.role == SUPERVISOR)

    def who(self, ward: str, at: datetime) -> list[OnDuty]:
        """Who is on duty in `ward` at `at`, and why."""
        runs = self._by_plan.running(ward, at)
        found = [one for run in runs for one in self.of_run(ward, run)]
        covering = [cover for cover in self._books.covers if cover.ward == ward and cover.start <= at < cover.end]
        return found + [
            OnDuty(_person(one), "cover", one.id, cover=cover)
            for cover in covering
            if (one := self._working(cover.staff)) is not None
        ]

    def of_run(self, ward: str, run: Run, cells: Cells | None = None) -> list[OnDuty]:
        """Who works in one shift of one day, the covers left out. cells: the roster, where that is not in memory."""
        known = self._plan().ward(ward)
        beds = known.beds if known else ()
        stints = (self._books.cells.get(ward, {}) if cells is None else cells).get(run.cell, ())
        named = [
            OnDuty(_person(one), "roster", one.id, still_there(stint.beds, beds), run)
            for stint in stints
            if (one := self._working(stint.staff)) is not None
        ]
        standing = self._by_plan.standing(ward, run.shift.id)
        return named or [OnDuty(person(duty), "plan", beds=frozenset(duty.beds), run=run) for duty in standing]

    def shared(self, ward: str, at: datetime) -> dict[str, tuple[str, ...]]:
        """Names of the nurses of every bed that has one."""
        found: dict[str, tuple[str, ...]] = {}
        for one in self.who(ward, at):
            for bed in one.beds if one.person.role == NURSE else ():
                found[bed] = tuple(dict.fromkeys((*found.get(bed, ()), one.person.name)))
        return found

    def ended(self, ward: str, at: datetime) -> Run | None:
        """The shift of `ward` that ended last."""
        known, today = self._plan().ward(ward), at.astimezone(self._zone).date()
        over = rules.runs(known, today - timedelta(days=2), today, self._zone) if known else []
        return max((run for run in over if run.end <= at), key=lambda run: run.end, default=None)

    def run(self, ward: str, day: date, shift: str) -> Run | None:
        """That shift of that day; None where the plan has none such."""
        known = self._plan().ward(ward)
        found = next((one for one in known.shifts if one.id == shift), None) if known else None
        return rules.run_of(found, day, self._zone) if found else None

    def staff(self, ward: str | None = None, *, all_of_them: bool = False) -> list[Staff]:
        """Who works in `ward`, or anywhere, by name. all_of_them: also those who have left."""
        every = (one for one in self._books.staff.values() if ward in (None, one.ward))
        return sorted((one for one in every if one.active or all_of_them), key=lambda one: (one.ward, one.id))

    def person(self, staff: str) -> Staff | None:
        """That member of staff, also one who has left."""
        return self._books.staff.get(staff)

    def of_login(self, login: str) -> Staff | None:
        """Whose log-in that is."""
        return next((one for one in self._books.staff.values() if one.active and login and one.login == login), None)

    def covers(self, ward: str, at: datetime) -> list[Cover]:
        """Covers of `ward` that are not over at `at`."""
        return [cover for cover in self._books.covers if cover.ward == ward and cover.end > at]

    def _working(self, staff: str) -> Staff | None:
        one = self._books.staff.get(staff)
        return one if one is not None and one.active else None


def _person(one: Staff) -> Person:
    return Person(one.name, one.mobile, one.extension, one.role)
