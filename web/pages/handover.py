"""The hand-over of a shift: what it tells the next one, notes by bed, and who has taken the ward over."""

from __future__ import annotations

from datetime import date, timedelta

from appliance.foundation import journal
from nursecall import roster as rules
from nursecall.handover import handover
from nursecall.roster import Run
from web.events import ReportPrinted
from web.pages.faces import ICONS
from web.pages.station import allowed
from web.panel import Answer, Panel
from web.ports import House
from web.visit import Redirect, Refused, Visit

LATELY = timedelta(days=3)
"""So far back shifts are offered; older ones by their address."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/handover/<ward>", "station")
    async def read(visit: Visit, ward: str) -> Answer:
        return await _page(panel, visit, ward)

    @panel.route("/handover/<ward>/handover.pdf", "station")
    async def pdf(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        run, house = _run(panel.house, visit, ward), panel.house
        printed = await house.reports.handover(ward, run.day, run.shift.id, visit.language)
        event = ReportPrinted(
            at=house.clock.now(), report="hand-over", subject=f"{ward} {run.shift.id}", first=str(run.day),
            last=str(run.day), by=visit.user.name,
        )  # fmt: skip
        await house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", "application/pdf")
        name = f"handover-{ward}-{run.day}-{run.shift.id}.pdf"
        visit.request.setHeader("content-disposition", f'inline; filename="{name}"')
        return printed

    @panel.route("/handover/<ward>/notes", "acknowledge", method="POST")
    async def note(visit: Visit, ward: str) -> Answer:
        plan, bed = allowed(panel, visit, ward), visit.field("bed")
        if bed and bed not in plan.beds:
            return await _page(panel, visit, ward, visit.say("Choose a bed of this ward."))
        try:
            await panel.house.care.handovers.note(ward, bed, visit.field("text"), visit.user.shown)
        except ValueError as why:
            return await _page(panel, visit, ward, visit.say(str(why)))
        raise Redirect(f"/handover/{ward}?{_which(visit)}")

    @panel.route("/handover/<ward>/take", "acknowledge", method="POST")
    async def take(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        house, run = panel.house, _run(panel.house, visit, ward)
        staff, _, name = visit.field("who").partition("|")
        if (staff, name) not in _arriving(house, ward):
            staff, name = "", visit.field("name")
        if not 1 <= len(name) <= 40 or not name.isprintable():
            return await _page(panel, visit, ward, visit.say("Say who takes over: 1 to 40 characters."))
        if house.clock.now() < run.end:
            return await _page(panel, visit, ward, visit.say("This shift still goes on."))
        await house.care.handovers.take(ward, run, name, staff, visit.user.name)
        raise Redirect(f"/handover/{ward}?day={run.day}&shift={run.shift.id}")


async def _page(panel: Panel, visit: Visit, ward: str, fault: str = "") -> str:
    house, plan = panel.house, allowed(panel, visit, ward)
    run, now = _run(house, visit, ward), house.clock.now()
    if fault:
        visit.request.setResponseCode(422)
    today = now.astimezone(house.site().zone).date()
    offered = [one for one in rules.runs(plan, today - LATELY, today, house.site().zone) if one.start <= now]
    return panel.page(
        visit, "handover.html", ward=plan, run=run, over=run.end <= now, offered=offered[::-1], fault=fault,
        told=await handover(house.database, ward, run, now), arriving=_arriving(house, ward), icons=ICONS,
        kinds={kind.id: kind for kind in house.nursecall().call_types}, mine=house.roster.of_login(visit.user.name),
        services={one.id: one.name for one in house.nursecall().services}, text=visit.field("text"),
        wards=[known for known in house.nursecall().wards if visit.user.sees(known.id)],
    )  # fmt: skip


def _run(house: House, visit: Visit, ward: str) -> Run:
    """Which shift is asked for; if none is, the one that ended last and waits, else the one that is on."""
    roster, now, day = house.roster, house.clock.now(), visit.field("day")
    if day:
        try:
            found = roster.run(ward, date.fromisoformat(day), visit.field("shift"))
        except ValueError:
            found = None
        if found is None:
            raise Refused(404, "There is no such shift.")
        return found
    before = roster.ended(ward, now)
    if before is not None and house.care.handovers.waiting(ward, before):
        return before
    usual = next(iter(roster.running(ward, now)), before)
    if usual is None:
        raise Refused(404, "The plan has no shifts for this ward, so there is no hand-over.")
    return usual


def _arriving(house: House, ward: str) -> list[tuple[str, str]]:
    """Staff number (empty for a row of the plan) and name of those who are on duty now."""
    return list(dict.fromkeys((one.staff, one.person.name) for one in house.roster.who(ward, house.clock.now())))


def _which(visit: Visit) -> str:
    day, shift = visit.field("day"), visit.field("shift")
    return f"day={day}&shift={shift}" if day.replace("-", "").isalnum() and shift.replace("-", "").isalnum() else ""
