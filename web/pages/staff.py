"""Who works in a ward: names, roles, telephones, log-ins; one by one or as a list."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.sheets import table_file
from nursecall.duties import roles
from nursecall.roster import RosterRefused
from nursecall.roster_file import STAFF, BadFile, checked, read_staff, staff_rows
from web.pages.roster_acts import FAULTS, download
from web.pages.station import allowed
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit

DONE = "staff done"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _one_by_one(panel)
    _lists(panel)


def _one_by_one(panel: Panel) -> None:
    @panel.route("/staff/<ward>", "roster")
    async def staff(visit: Visit, ward: str) -> Answer:
        return _page(panel, visit, ward)

    @panel.route("/staff/<ward>", "roster", method="POST")
    async def keep(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        fields = {name: visit.field(name) for name in STAFF} | {"active": "1" if visit.field("active") else "0"}
        try:
            one = checked(fields, panel.house.nursecall())
        except BadFile as why:
            return _page(panel, visit, ward, [f"{row.field}: {row.words(visit.language)}" for row in why.rows], fields)
        _sees(visit, one.ward)
        known = panel.house.roster.person(one.id)
        if known is not None and (visit.field("new") or not visit.user.sees(known.ward)):
            return _page(panel, visit, ward, [visit.say("That number is somebody else's already.")], fields)
        try:
            await panel.house.roster.keep_staff([one], visit.user.name)
        except RosterRefused as why:
            return _page(panel, visit, ward, [why.text(visit.language)], fields)
        _note(visit, "The change is on record.")
        raise Redirect(f"/staff/{ward}")


def _lists(panel: Panel) -> None:
    @panel.route("/staff/<ward>/list", "roster", method="POST")
    async def load(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        content = visit.upload("list")
        if not content:
            return _page(panel, visit, ward, [visit.say("Choose a file first.")])
        try:
            people = read_staff(content, panel.house.nursecall())
            for one in people:
                _sees(visit, one.ward)
            count = await panel.house.roster.keep_staff(people, visit.user.name)
        except BadFile as why:
            return _page(panel, visit, ward, why.text(visit.language).splitlines()[: FAULTS + 1])
        except RosterRefused as why:
            return _page(panel, visit, ward, [why.text(visit.language)])
        _note(visit, "The list was loaded; new or changed: {count}.", count=count)
        raise Redirect(f"/staff/{ward}")

    @panel.route("/staff/<ward>/list.<form>", "roster")
    async def export(visit: Visit, ward: str, form: str) -> Answer:
        allowed(panel, visit, ward)
        rows = staff_rows(panel.house.roster.staff(ward, all_of_them=True))
        return download(visit, table_file(form, "staff", rows), f"staff-{ward}", form)


def _page(
    panel: Panel, visit: Visit, ward: str, faults: Sequence[str] = (), given: dict[str, str] | None = None
) -> str:
    house, plan = panel.house, allowed(panel, visit, ward)
    if faults:
        visit.request.setResponseCode(422)
    notes = visit.session.notes if visit.session else {}
    return panel.page(
        visit, "staff.html", ward=plan, staff=house.roster.staff(ward, all_of_them=True), faults=faults,
        given=given or {}, roles=roles(house.nursecall()), note=notes.pop(DONE, ""),
        wards=[known for known in house.nursecall().wards if visit.user.sees(known.id)],
    )  # fmt: skip


def _sees(visit: Visit, ward: str) -> None:
    if not visit.user.sees(ward):
        raise Refused(403, "This ward is not one of yours.")


def _note(visit: Visit, note: str, **facts: object) -> None:
    if visit.session is not None:
        visit.session.notes[DONE] = visit.say(note, **facts)
