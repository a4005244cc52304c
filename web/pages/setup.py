"""The setup assistant's pages: one a step."""

from __future__ import annotations

from zoneinfo import available_timezones

from appliance.foundation.values import LANGUAGES
from web.bringing_up import TEMPLATES
from web.live import View
from web.pages import section_keeping
from web.pages.setup_regions import regions, view
from web.pages.setup_steps import NEW, STEPS, steps
from web.panel import SENTENCES, Answer, Panel
from web.plans import Unfit, Written
from web.ports import House
from web.visit import Redirect, Refused, Visit

HERE = "/setup"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route(HERE, "care")
    async def setup(visit: Visit) -> Answer:
        every = await steps(panel.house)
        raise Redirect(f"{HERE}/{next((step.name for step in every if step.standing != 'done'), 'report')}")

    @panel.route(f"{HERE}/<name>", "care")
    async def step(visit: Visit, name: str) -> Answer:
        if name not in STEPS:
            raise Refused(404, SENTENCES[404])
        return await page(panel, visit, name)


async def page(panel: Panel, visit: Visit, name: str, fault: str = "") -> str:
    """One step. fault: why what was sent is not done."""
    house, names = panel.house, list(STEPS)
    if fault:
        visit.request.setResponseCode(422)
    at = names.index(name)
    return panel.page(
        visit, "setup.html", name=name, heading=STEPS[name], number=at + 1, fault=fault,
        said=section_keeping.done(visit), regions=await regions(house, name, visit.language),
        written=await _written(house),
        before=names[at - 1] if at else "", after=names[at + 1] if at + 1 < len(names) else "",
        named=house.site().name, nameless=NEW, speaks=house.site().language, languages=LANGUAGES,
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        templates=TEMPLATES, wards=house.nursecall().wards,
        network=house.setup.network(), extensions=house.pbx().numbers(), places=house.nursecall().places,
    )  # fmt: skip


async def _written(house: House) -> Written | None:
    """The newest revision, for what a form is made upon."""
    try:
        return await house.plans.written()
    except (Unfit, LookupError):
        return None


def live(house: House, visit: Visit) -> View:
    """The step that is open, as it goes on."""
    step = visit.field("step")
    return view(house, step if step in STEPS else next(iter(STEPS)), visit.language)
