"""What the setup assistant does: plan revisions put in force, a telephone rung, a place spoken in, the report."""

from __future__ import annotations

from appliance.foundation import journal
from web.bringing_up import RECEPTION
from web.events import ReportPrinted
from web.pages.setup import HERE, page
from web.pages.setup_keeping import written_on
from web.panel import Answer, Panel
from web.plans import Put
from web.visit import Redirect, Refused, Visit

BUSY = "Something is being tried already. Wait until it is over."


def add(panel: Panel) -> None:
    """Put these acts on the panel."""
    _add_plan(panel)
    _add_tries(panel)
    _add_report(panel)


def _add_plan(panel: Panel) -> None:
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
        return await written_on(panel, visit, "site", edits, "setup: hospital and clock")


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

    @panel.route(f"{HERE}/lines/listen", "care", method="POST")
    async def listen(visit: Visit) -> Answer:
        try:
            begun = house.setup.listen(visit.field("member"))
        except LookupError as why:
            raise Refused(422, "That port is not there, or in use by a line.") from why
        if not begun:
            raise Refused(409, BUSY)
        return ""


def _add_report(panel: Panel) -> None:
    house = panel.house

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
