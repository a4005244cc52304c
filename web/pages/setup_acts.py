"""What the setup assistant does: plan revisions put in force, a telephone rung, a place spoken in, the report."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation import journal
from web.bringing_up import RECEPTION, TEMPLATES, ward_tables
from web.events import ReportPrinted
from web.pages import section_keeping
from web.pages.setup import HERE, page
from web.panel import SENTENCES, Answer, Panel
from web.plans import Edit, Put, Unfit
from web.visit import Redirect, Refused, Visit

BUSY = "Something is being tried already. Wait until it is over."


def add(panel: Panel) -> None:
    """Put these acts on the panel."""
    _add_plan(panel)
    _add_tries(panel)


def _add_plan(panel: Panel) -> None:
    house = panel.house

    @panel.route(f"{HERE}/site", "plan", method="POST")
    async def site(visit: Visit) -> Answer:
        name = {"zh": visit.field("zh"), "en": visit.field("en")}
        if not all(name.values()):
            return await page(panel, visit, "site", visit.say("The name of the hospital is needed in both languages."))
        edits = [
            Put(("site", "name"), name),
            Put(("site", "language"), visit.field("language")),
            Put(("site", "timezone"), visit.field("timezone")),
        ]
        return await _write(panel, visit, "site", edits, "setup: hospital and clock")

    @panel.route(f"{HERE}/wards", "plan", method="POST")
    async def wards(visit: Visit) -> Answer:
        template = TEMPLATES.get(visit.field("template"))
        if template is None:
            raise Refused(400, SENTENCES[400])
        plan = (await house.plans.written()).nursecall
        tables, first = ward_tables(*template, [ward.id for ward in plan.wards]), len(plan.wards)
        edits = [Put(("nursecall", "wards", first + index), table) for index, table in enumerate(tables)]
        if not first:
            edits = [Put(("nursecall", "wards"), tables)]
        return await _write(panel, visit, "wards", edits, f"setup: wards {visit.field('template')}")


def _add_tries(panel: Panel) -> None:
    house = panel.house

    @panel.route(f"{HERE}/call", "care", method="POST")
    async def call(visit: Visit) -> Answer:
        extension = visit.field("extension")
        if extension not in house.pbx().numbers():
            return await page(
                panel, visit, "call", visit.say("There is no extension {number} in the plan.", number=extension)
            )
        if not house.setup.ring(extension, visit.user.name):
            return await page(panel, visit, "call", visit.say(BUSY))
        raise Redirect(f"{HERE}/call")

    @panel.route(f"{HERE}/announcement", "care", method="POST")
    async def announcement(visit: Visit) -> Answer:
        try:
            begun = house.setup.announce(visit.field("place"), visit.user.name)
        except LookupError:
            return await page(panel, visit, "announcement", visit.say("There is no such loudspeaker in the plan."))
        if not begun:
            return await page(panel, visit, "announcement", visit.say(BUSY))
        raise Redirect(f"{HERE}/announcement")

    @panel.route(f"{HERE}/report.pdf", "care", method="POST")
    async def report(visit: Visit) -> Answer:
        now = house.clock.now()
        day = f"{now.astimezone(house.site().zone):%Y-%m-%d}"
        content = await house.reports.acceptance(visit.language)
        event = ReportPrinted(at=now, report=RECEPTION, subject="all", first=day, last=day, by=visit.user.name)
        await house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", "application/pdf")
        visit.request.setHeader("content-disposition", f'inline; filename="acceptance-{day}.pdf"')
        return content


async def _write(panel: Panel, visit: Visit, step: str, edits: Sequence[Edit], note: str) -> Answer:
    """Keep them as a revision and put it in force."""
    written = await panel.house.plans.written()
    if not written.active:
        # Putting ours in force would put somebody's unfinished change in force with it.
        return await page(
            panel, visit, step,
            visit.say(
                "Revision {number} of the plan is kept and not in force yet: put it in force under Plan first.",
                number=written.number,
            ),
        )  # fmt: skip
    try:
        number = await section_keeping.kept(panel, visit, edits, _base(visit), note)
    except Unfit as why:
        return await page(panel, visit, step, why.text(visit.language))
    await section_keeping.settle(panel, visit, number, live=True)
    raise Redirect(f"{HERE}/{step}")


def _base(visit: Visit) -> int | None:
    given = visit.field("base")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else None
