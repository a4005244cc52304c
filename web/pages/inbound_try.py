"""What would become of a call from outside, by rules that are not in force: those of a form, or of the newest plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pbx.inbound.rules import Arrival
from pbx.inbound.words import told
from pbx.plan import PbxPlan
from web.layouts.inbound import HOME, RULES
from web.pages import section_reading as reading
from web.panel import Answer, Panel
from web.plans import Put, Unfit
from web.visit import Refused, Visit


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route(f"{HOME}/try", "plan", method="POST")
    async def attempt(visit: Visit) -> Answer:
        """called, caller, at: of the call. index, doc: the rule in a form; without them, the rules as they are."""
        house, given = panel.house, visit.json()
        plan = await _plan(panel, visit, given)
        now = house.clock.now().astimezone(house.site().zone)
        said = {name: str(given.get(name) or "").strip()[:40] for name in ("called", "caller", "at", "trunk")}
        try:
            when = datetime.fromisoformat(said["at"]).replace(tzinfo=now.tzinfo) if said["at"] else now
        except ValueError as why:
            raise Refused(422, "That is no date and time.") from why
        trunk = said["trunk"] or next((one.id for one in plan.trunks), "")
        arrival = Arrival(trunk, said["called"].replace(" ", ""), said["caller"].replace(" ", ""))
        decision = house.inbound().decide(arrival, when, plan)
        language = visit.language
        return reading.json_of(
            visit,
            rule=decision.rule.name[language] if decision.rule else "",
            steps=[told(step).text(language) for step in decision.steps],
            why=[reason.text(language) for reason in decision.why],
        )


async def _plan(panel: Panel, visit: Visit, given: Mapping[str, Any]) -> PbxPlan:
    written = await reading.written_of(panel, visit)
    if "doc" not in given:
        return written.pbx
    path, old = reading.element(RULES, written, str(given.get("index")))
    doc = reading.typed(RULES, given, old, reading.no_secret)
    try:
        tried = await panel.house.plans.tried([Put(path, doc)], written.number)
    except Unfit as why:
        raise Refused(422, "The rule is not complete yet: put right first what is marked.") from why
    return tried.pbx
