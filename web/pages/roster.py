"""The roster of a ward: who works when, whose beds are whose now, and who of another ward helps out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nursecall import roster as rules
from nursecall.bed_spans import spelled
from nursecall.plan_wards import Ward
from nursecall.roster import Cell, Cells, RosterRefused, Run, Staff
from nursecall.rota import OnDuty
from web.live import Regions, View
from web.pages.roster_sheet import cells_of, drawn, sheet_of, shorts, today_of
from web.pages.station import allowed
from web.panel import Answer, Panel
from web.ports import House
from web.visit import Redirect, Refused, Visit

DONE = "roster done"


@dataclass(frozen=True)
class Working:
    """One shift, and who works in it. editable: whether the visitor may share out its beds. now: it is on."""

    run: Run
    people: Sequence[tuple[OnDuty, str]]
    editable: bool
    now: bool


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/roster", "station")
    async def choose(visit: Visit) -> Answer:
        wards = [ward for ward in panel.house.nursecall().wards if visit.user.sees(ward.id)]
        if not wards:
            raise Refused(404, "There is no such ward.")
        raise Redirect(f"/roster/{wards[0].id}")

    @panel.route("/roster/<ward>", "station")
    async def roster(visit: Visit, ward: str) -> Answer:
        return await page(panel, visit, ward)

    @panel.route("/roster/<ward>/cells", "roster", method="POST")
    async def cell(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        cell, staff, on = a_cell(visit.field("day"), visit.field("shift")), visit.field("staff"), visit.field("on")
        try:
            await panel.house.roster.put(ward, cell, staff, visit.user.name, on=on == "1")
        except RosterRefused as why:
            raise Refused(409, why.message, **why.facts) from why
        visit.request.setResponseCode(204)
        return b""


async def page(panel: Panel, visit: Visit, ward: str, fault: str = "", faults: Sequence[str] = ()) -> str:
    """The whole page. fault, faults: why something could not be done."""
    house, plan = panel.house, allowed(panel, visit, ward)
    sheet = sheet_of(house, visit, ward)
    if fault:
        visit.request.setResponseCode(422)
    notes = visit.session.notes if visit.session else {}
    now, names = house.clock.now(), {known.id: known.name[visit.language] for known in house.nursecall().wards}
    cells = await cells_of(house, sheet)
    return panel.page(
        visit, "roster.html", ward=plan, sheet=sheet, days=rules.days(sheet.first, sheet.last), today=today_of(house),
        regions=drawn(house, sheet, cells, visit.language, edit=visit.may("roster")), shifts=plan.shifts,
        shorts=shorts(plan.shifts, visit.language), working=_working(house, visit, plan),
        covers=[(cover, house.roster.person(cover.staff)) for cover in house.roster.covers(ward, now)],
        helpers=_helpers(house, plan), names=names, stints=_stints(house, cells) if sheet.span == "week" else [],
        staff=house.roster.staff(ward), fault=fault, faults=faults, note=notes.pop(DONE, ""),
        wards=[known for known in house.nursecall().wards if visit.user.sees(known.id)],
    )  # fmt: skip


async def live(panel: Panel, visit: Visit) -> View:
    """The sheet as it goes on: two people may plan at once."""
    sheet = sheet_of(panel.house, visit, allowed(panel, visit, visit.field("ward")).id)
    house, language, edit = panel.house, visit.language, visit.may("roster")

    async def draw() -> Regions:
        return drawn(house, sheet, await cells_of(house, sheet), language, edit=edit)

    name = f"roster:{sheet.ward}:{sheet.query}:{'planner' if edit else 'reader'}"
    return View(name, language, frozenset({f"roster:{sheet.ward}", "health"}), draw)


def _working(house: House, visit: Visit, plan: Ward) -> list[Working]:
    """The shifts that are on, and the next."""
    now, roster, zone = house.clock.now(), house.roster, house.site().zone
    today = now.astimezone(zone).date()
    on = roster.running(plan.id, now)
    later = [run for run in rules.runs(plan, today, today + timedelta(days=1), zone) if run.start > now]
    return [
        Working(
            run, [(one, spelled(one.beds, plan.beds)) for one in roster.of_run(plan.id, run)],
            may_share(house, visit, plan.id, run), run in on,
        )
        for run in [*on, *later[:1]]
    ]  # fmt: skip


def _helpers(house: House, plan: Ward) -> list[Staff]:
    """Who works elsewhere, the neighbours first."""
    others = [one for one in house.roster.staff() if one.ward != plan.id]
    return sorted(others, key=lambda one: (one.ward not in plan.neighbours, one.ward, one.id))


def _stints(house: House, cells: Cells) -> list[tuple[str, date, str, str]]:
    """What can be swapped: value, day, shift, name."""
    found = []
    for (day, shift), stints in sorted(cells.items()):
        for stint in stints:
            one = house.roster.person(stint.staff)
            found.append((f"{day}|{shift}|{stint.staff}", day, shift, one.name if one else stint.staff))
    return found


def a_cell(day: str, shift: str) -> Cell:
    """A day and a shift from a form. Raises Refused."""
    try:
        return date.fromisoformat(day), shift[:32]
    except ValueError:
        raise Refused(400, "That request cannot be understood.") from None


def may_share(house: House, visit: Visit, ward: str, run: Run) -> bool:
    """Whether the visitor may share out the beds of `run`: who plans; a nurse, those of her own shift.

    A log-in that is nobody's in particular, the ward's own, those of the shift that is on.
    """
    if visit.may("roster"):
        return True
    if not visit.may("acknowledge"):
        return False
    nurse, now = house.roster.of_login(visit.user.name), house.clock.now()
    if nurse is None:
        return run.start <= now < run.end
    return any(one.staff == nurse.id for one in house.roster.of_run(ward, run))
