"""Who is on duty, by the plan alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from nursecall.plan import NurseCallPlan
from nursecall.plan_wards import Duty
from nursecall.ports import Duties, Person
from nursecall.roster import ROLES, Run, running

NURSE, SUPERVISOR = "nurse", "supervisor"


class PlanDuties:
    """The rosters of the plan's wards; `nursecall.ports.Duties` by shape. plan: returns the one in force."""

    def __init__(self, plan: Callable[[], NurseCallPlan], zone: ZoneInfo) -> None:
        self._plan, self._zone = plan, zone

    def on_duty(self, ward: str, at: datetime) -> tuple[Person, ...]:
        """In the order of the roster, each once."""
        return _people(self._duties(ward, at))

    def assigned(self, ward: str, bed: str, at: datetime) -> tuple[Person, ...]:
        """Nurses on duty whose row names the bed."""
        return _people(duty for duty in self._duties(ward, at) if duty.role == NURSE and bed in duty.beds)

    def supervisor(self, ward: str, at: datetime) -> tuple[Person, ...]:
        """Rows on duty whose role is `supervisor`."""
        return _people(duty for duty in self._duties(ward, at) if duty.role == SUPERVISOR)

    def neighbours(self, ward: str) -> tuple[str, ...]:
        """As the ward's row lists them."""
        known = self._plan().ward(ward)
        return known.neighbours if known else ()

    def running(self, ward: str, at: datetime) -> list[Run]:
        """The ward's shifts that are on."""
        known = self._plan().ward(ward)
        return running(known, at, self._zone) if known else []

    def shifts(self, ward: str, at: datetime) -> tuple[str, ...]:
        """Those that are on, in the order of the plan."""
        on = {run.shift.id for run in self.running(ward, at)}
        known = self._plan().ward(ward)
        return tuple(shift.id for shift in known.shifts if shift.id in on) if known else ()

    def night(self, ward: str, at: datetime) -> bool:
        """Whether that moment is one of the ward's night hours."""
        known = self._plan().ward(ward)
        return known is not None and known.night.covers(at.astimezone(self._zone).time())

    def standing(self, ward: str, shift: str) -> list[Duty]:
        """The plan's rows of that shift: who is on duty in it when the roster names nobody."""
        known = self._plan().ward(ward)
        return [duty for duty in known.roster if duty.shift == shift] if known else []

    def _duties(self, ward: str, at: datetime) -> list[Duty]:
        known, on = self._plan().ward(ward), set(self.shifts(ward, at))
        return [duty for duty in known.roster if duty.shift in on] if known else []


def roles(plan: NurseCallPlan) -> tuple[str, ...]:
    """Roles somebody may have: the usual ones, and those that rosters, escalations and services of the plan name."""
    steps = (step.whom or "" for tree in plan.escalations for step in tree.all_steps())
    told = (to for service in plan.services for to in service.to)
    named = [one.removeprefix("role:") for one in (*steps, *told) if one.startswith("role:")]
    rows = [duty.role for ward in plan.wards for duty in ward.roster]
    return tuple(dict.fromkeys((*ROLES, *named, *rows)))


def people(whom: str, ward: str, bed: str, at: datetime, duties: Duties) -> Sequence[Person]:
    """Whom the plan means by `duty`, `assigned`, `supervisor`, `role:ID` or a number; nobody by `group:ID`."""
    match whom:
        case "duty":
            return [one for one in duties.on_duty(ward, at) if one.role == NURSE]
        case "assigned":
            return duties.assigned(ward, bed, at)
        case "supervisor":
            return duties.supervisor(ward, at)
    kind, _, what = whom.rpartition(":")
    if kind == "role":
        return [one for one in duties.on_duty(ward, at) if one.role == what]
    return [] if kind else [Person(whom, whom)]


def person(duty: Duty) -> Person:
    """Whom a row of the plan names."""
    return Person(duty.nurse, duty.mobile, duty.extension or "", duty.role)


def _people(duties: Iterable[Duty]) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(map(person, duties)))
