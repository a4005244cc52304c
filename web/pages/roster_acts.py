"""What is done to a roster besides its cells: beds shared out, covers, weeks copied, duties swapped, months loaded."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from datetime import date, datetime, timedelta
from typing import Any

from appliance.foundation.sheets import table_file
from nursecall.roster import Cell, RosterRefused
from nursecall.roster_file import BadFile, month_rows, read_month
from web.pages.roster import DONE, a_cell, may_share, page
from web.pages.roster_sheet import Sheet, sheet_of
from web.pages.station import allowed
from web.panel import Answer, Panel
from web.ports import House
from web.visit import Redirect, Refused, Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FAULTS = 50
"""So many faults of a file are shown."""


def add(panel: Panel) -> None:
    """Put these acts on the panel."""
    _sharing(panel)
    _covering(panel)
    _copying(panel)
    _files(panel)


def _sharing(panel: Panel) -> None:
    @panel.route("/roster/<ward>/beds", "station", method="POST")
    async def beds(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        cell, house = a_cell(visit.field("day"), visit.field("shift")), panel.house
        run = house.roster.run(ward, *cell)
        if run is None or not may_share(house, visit, ward, run):
            raise Refused(403, "You may share out the beds of your own shift only.")
        shared = {one.staff: visit.field(f"beds-{one.staff}") for one in house.roster.of_run(ward, run) if one.staff}
        try:
            await house.roster.share(ward, cell, shared, visit.user.name)
        except RosterRefused as why:
            return await page(panel, visit, ward, why.text(visit.language))
        raise Redirect(noted(visit, ward, "The beds are shared out."))


def _covering(panel: Panel) -> None:
    @panel.route("/roster/<ward>/covers", "roster", method="POST")
    async def cover(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        start, end = (_moment(panel.house, visit.field(name)) for name in ("start", "end"))
        try:
            await panel.house.roster.cover(ward, visit.field("staff"), start, end, visit.user.name)
        except RosterRefused as why:
            return await page(panel, visit, ward, why.text(visit.language))
        raise Redirect(noted(visit, ward, "The cover is on the roster."))

    @panel.route("/roster/<ward>/covers/<identity>/withdraw", "roster", method="POST")
    async def withdraw(visit: Visit, ward: str, identity: str) -> Answer:
        allowed(panel, visit, ward)
        covers = panel.house.roster.covers(ward, panel.house.clock.now())
        found = next((cover for cover in covers if cover.id == identity), None)
        if found is None:
            raise Refused(404, "There is no such cover any more.")
        await panel.house.roster.withdraw(found, visit.user.name)
        raise Redirect(noted(visit, ward, "The cover was withdrawn."))


def _copying(panel: Panel) -> None:
    @panel.route("/roster/<ward>/copy-week", "roster", method="POST")
    async def copy_week(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        monday = sheet_of(panel.house, visit, ward).first
        week, by = timedelta(days=7), visit.user.name
        return await _try(panel, visit, ward, "The week before was copied.", panel.house.roster.repeat(
            ward, monday - week, 7, monday, monday + timedelta(days=6), by,
        ))  # fmt: skip

    @panel.route("/roster/<ward>/repeat", "roster", method="POST")
    async def repeat(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        source, start, end = (_day(visit.field(name)) for name in ("source", "start", "end"))
        length = int(visit.field("length")) if re.fullmatch(r"[0-9]{1,3}", visit.field("length"), re.ASCII) else 0
        return await _try(panel, visit, ward, "The pattern was repeated.", panel.house.roster.repeat(
            ward, source, length, start, end, visit.user.name, visit.field("staff") or None,
        ))  # fmt: skip

    @panel.route("/roster/<ward>/swap", "roster", method="POST")
    async def swap(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        one, other = _stint(visit.field("one")), _stint(visit.field("other"))
        going = panel.house.roster.swap(ward, one, other, visit.user.name)
        return await _try(panel, visit, ward, "The duties are swapped.", going)


def _files(panel: Panel) -> None:
    @panel.route("/roster/<ward>/month.<form>", "station")
    async def export(visit: Visit, ward: str, form: str) -> Answer:
        allowed(panel, visit, ward)
        house, month = panel.house, _month(panel.house, visit, ward)
        cells = await house.roster.cells(ward, month.first, month.last)
        rows = month_rows(cells, {one.id: one for one in house.roster.staff(all_of_them=True)})
        name = f"roster-{ward}-{month.first:%Y-%m}"
        return download(visit, table_file(form, f"{month.first:%Y-%m}", rows), name, form)

    @panel.route("/roster/<ward>/month", "roster", method="POST")
    async def load(visit: Visit, ward: str) -> Answer:
        plan, house, month = allowed(panel, visit, ward), panel.house, _month(panel.house, visit, ward)
        content = visit.upload("list")
        if not content:
            return await page(panel, visit, ward, visit.say("Choose a file first."))
        try:
            cells = read_month(content, plan, month.first, month.last, {one.id: one for one in house.roster.staff()})
        except BadFile as why:
            head, *faults = why.text(visit.language).splitlines()
            return await page(panel, visit, ward, head, faults[:FAULTS])
        await house.roster.replace(ward, month.first, month.last, cells, visit.user.name)
        raise Redirect(noted(visit, ward, "The roster of the month was loaded."))


def download(visit: Visit, content: bytes, name: str, form: str) -> bytes:
    """A file to take away."""
    if form not in ("csv", "xlsx"):
        raise Refused(404, "There is no such page.")
    visit.request.setHeader("content-type", XLSX if form == "xlsx" else "text/csv; charset=utf-8")
    visit.request.setHeader("content-disposition", f'attachment; filename="{name}.{form}"')
    return content


def noted(visit: Visit, ward: str, note: str) -> str:
    """Where to go on after something was done, with a sentence for that page."""
    if visit.session is not None:
        visit.session.notes[DONE] = visit.say(note)
    span = "month" if visit.field("span") == "month" else "week"
    first = visit.field("first")
    return f"/roster/{ward}?first={first}&span={span}" if re.fullmatch(r"[\d-]{10}", first) else f"/roster/{ward}"


async def _try(panel: Panel, visit: Visit, ward: str, note: str, going: Coroutine[Any, Any, None]) -> Answer:
    try:
        await going
    except RosterRefused as why:
        return await page(panel, visit, ward, why.text(visit.language))
    raise Redirect(noted(visit, ward, note))


def _month(house: House, visit: Visit, ward: str) -> Sheet:
    first = sheet_of(house, visit, ward).first
    return Sheet(ward, "month", first.replace(day=1))


def _stint(text: str) -> tuple[Cell, str]:
    day, _, rest = text.partition("|")
    shift, _, staff = rest.partition("|")
    return a_cell(day, shift), staff


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(422, "Enter a day.") from None


def _moment(house: House, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=house.site().zone)
    except ValueError:
        raise Refused(422, "Enter a day and a time.") from None
