"""A sheet of a ward's roster, a week or a month, as it is drawn and kept true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from twisted.logger import Logger

from appliance.foundation.values import Language
from nursecall import roster as rules
from nursecall.plan_wards import Shift, Ward
from nursecall.roster import Cells, Staff
from web import shell
from web.live import Regions
from web.periods import parse_day
from web.ports import House
from web.render import fragment
from web.visit import Visit

Span = Literal["week", "month"]

log = Logger()


@dataclass(frozen=True)
class Sheet:
    """What of a ward's roster is looked at: a week from Monday on, or a month."""

    ward: str
    span: Span
    first: date

    @property
    def last(self) -> date:
        """The last of its days."""
        if self.span == "week":
            return self.first + timedelta(days=6)
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    @property
    def query(self) -> str:
        """Names it in an address."""
        return f"first={self.first}&span={self.span}"

    @property
    def before(self) -> date:
        """A day of the one before."""
        return self.first - timedelta(days=1)

    @property
    def after(self) -> date:
        """A day of the one after."""
        return self.last + timedelta(days=1)


@dataclass(frozen=True)
class Count:
    """How many work in a shift of a day, by the roster or the plan; nurse: whether one of them is a nurse."""

    day: date
    people: int
    by_plan: bool
    nurse: bool


def sheet_of(house: House, visit: Visit, ward: str) -> Sheet:
    """Which sheet is asked for; the present week if none is."""
    day = parse_day(visit.field("first"), today_of(house))
    if visit.field("span") == "month":
        return Sheet(ward, "month", day.replace(day=1))
    return Sheet(ward, "week", day - timedelta(days=day.weekday()))


def drawn(house: House, sheet: Sheet, cells: Cells, language: Language, *, edit: bool) -> Regions:
    """A row for each who works here or is on the sheet; below them, how many work in each shift."""
    plan, today = house.nursecall().ward(sheet.ward), today_of(house)
    health: Regions = {"health": {"dot": shell.health(house.health.parts(), language)}}
    if plan is None:
        return {"people": {}, "counts": {}} | health
    days, index = rules.days(sheet.first, sheet.last), {shift.id: at for at, shift in enumerate(plan.shifts)}
    of: dict[str, dict[date, list[int]]] = {}
    for (day, shift), stints in cells.items():
        for stint in stints:
            if shift in index:
                of.setdefault(stint.staff, {}).setdefault(day, []).append(index[shift])
    short = shorts(plan.shifts, language)
    people = {
        f"person-{one.id}": fragment(
            "roster_person.html", language, one=one, days=days, worked=of.get(one.id, {}), shorts=short, edit=edit,
            shifts=plan.shifts, today=today, borrowed=one.ward != plan.id,
        )
        for one in _people(house, plan, of)
    }  # fmt: skip
    counts = {
        f"shift-{shift.id}": fragment(
            "roster_counts.html", language, shift=shift, short=short[at], at=at, today=today,
            counts=_counts(house, plan, shift, days, cells),
        )
        for at, shift in enumerate(plan.shifts)
    }  # fmt: skip
    return {"people": people, "counts": counts} | health


async def cells_of(house: House, sheet: Sheet) -> Cells:
    """Who works when on that sheet; nobody where that cannot be read."""
    try:
        return await house.roster.cells(sheet.ward, sheet.first, sheet.last)
    except Exception:
        log.failure("the roster of days long past cannot be read")
        return {}


def shorts(shifts: Sequence[Shift], language: Language) -> list[str]:
    """A letter or two for each shift: 白, 小, 大; D, E, N."""
    names = [shift.name[language] for shift in shifts]
    for length in (1, 2, 3):
        if len({name[:length] for name in names}) == len(names):
            return [name[:length] for name in names]
    return [str(number) for number in range(1, len(names) + 1)]


def _people(house: House, plan: Ward, of: dict[str, dict[date, list[int]]]) -> list[Staff]:
    own = house.roster.staff(plan.id)
    others = [house.roster.person(staff) or Staff(staff, "", staff) for staff in of]
    known = {one.id for one in own}
    return [*own, *sorted((one for one in others if one.id not in known), key=lambda one: one.id)]


def _counts(house: House, plan: Ward, shift: Shift, days: Sequence[date], cells: Cells) -> list[Count]:
    counts = []
    for day in days:
        found = house.roster.of_run(plan.id, rules.run_of(shift, day, house.site().zone), cells)
        by_plan = bool(found) and found[0].source == "plan"
        counts.append(Count(day, len(found), by_plan, any(one.person.role == "nurse" for one in found)))
    return counts


def today_of(house: House) -> date:
    """The day it is at the site."""
    return house.clock.now().astimezone(house.site().zone).date()
