"""What an escalation that is drafted would have done with the calls of the last month."""

from __future__ import annotations

from web.layouts.escalation import BY
from web.pages import section_reading as reading
from web.panel import SENTENCES, Answer, Panel
from web.render import fragment
from web.replays import NotReplayed
from web.visit import Refused, Visit


def add(panel: Panel) -> None:
    """Put this answer on the panel."""

    @panel.route(f"{reading.HERE}/<name>/<index>/replay", "plan", method="POST")
    async def replay(visit: Visit, name: str, index: str) -> Answer:
        layout = reading.layout_of(name)
        if not layout.replayed:
            raise Refused(404, SENTENCES[404])
        text = await reading.drafted(panel, visit, layout, index, visit.json())
        try:
            found = await panel.house.replays.replay(text, visit.language)
        except NotReplayed as why:
            raise Refused(500, str(why)) from why
        care = panel.house.nursecall()
        return fragment(
            "escalation_replayed.html", visit.language, found=found, by=BY, zone=panel.house.site().zone,
            wards={one.id: one.name[visit.language] for one in care.wards},
            kinds={one.id: one.name[visit.language] for one in care.call_types},
        )  # fmt: skip
