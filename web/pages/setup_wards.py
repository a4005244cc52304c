"""Wards in the setup assistant: by template, or from a file."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.sheets import table_file
from nursecall.roster_file import BadFile
from nursecall.ward_file import example, read_wards, table
from web.bringing_up import TEMPLATES, Table, ward_tables
from web.files import handed_out, kind_of
from web.pages.setup import HERE, page
from web.pages.setup_keeping import written_on
from web.panel import SENTENCES, Answer, Panel
from web.plans import Edit, Put
from web.visit import Refused, Visit

SHOWN = 20
"""Faults of a file; the others are counted."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(f"{HERE}/wards", "plan", method="POST")
    async def wards(visit: Visit) -> Answer:
        template = TEMPLATES.get(visit.field("template"))
        if template is None:
            raise Refused(400, SENTENCES[400])
        there = await _there(panel)
        tables = ward_tables(*template, there)
        note = f"setup: wards {visit.field('template')}"
        return await written_on(panel, visit, "wards", _edits(tables, len(there)), note)

    @panel.route(f"{HERE}/wards/import", "plan", method="POST")
    async def load(visit: Visit) -> Answer:
        content = visit.upload("list")
        if not content:
            return await page(panel, visit, "wards", visit.say("Choose a file first."))
        there = await _there(panel)
        try:
            found = read_wards(content, there)
        except BadFile as why:
            return await page(panel, visit, "wards", _faults(visit, why))
        note = f"setup: {len(found)} wards from a file"
        return await written_on(panel, visit, "wards", _edits([table(one) for one in found], len(there)), note)

    @panel.route(f"{HERE}/wards/example.<form>", "plan")
    async def begin(visit: Visit, form: str) -> Answer:
        rows = example(visit.language)
        kind = kind_of(form, "csv", "xlsx")
        return handed_out(visit, table_file(kind, "wards", rows), f"wards.{kind}")

    async def _there(panel: Panel) -> Sequence[str]:
        return [ward.id for ward in (await house.plans.written()).nursecall.wards]


def _edits(tables: Sequence[Table], there: int) -> list[Edit]:
    if not there:
        return [Put(("nursecall", "wards"), list(tables))]
    return [Put(("nursecall", "wards", there + index), table) for index, table in enumerate(tables)]


def _faults(visit: Visit, why: BadFile) -> str:
    lines = why.text(visit.language).splitlines()
    more = len(lines) - 1 - SHOWN
    return "\n".join([*lines[: SHOWN + 1], *([visit.say("And {count} more.", count=more)] if more > 0 else [])])
