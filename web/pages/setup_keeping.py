"""What a step of the setup assistant says of the plan: a revision, put in force at once."""

from __future__ import annotations

from collections.abc import Sequence

from web.pages import section_keeping
from web.pages.setup import HERE, page
from web.panel import Answer, Panel
from web.plans import Edit, Unfit
from web.visit import Redirect, Visit


async def written_on(panel: Panel, visit: Visit, step: str, edits: Sequence[Edit], note: str) -> Answer:
    """Keep `edits` and put them in force. step: where the answer is shown."""
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
