"""`nightbell report margin` and `report tariff-trial`: what outside calls bring and cost, or would."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import click

from appliance.cli.language import say
from appliance.cli.report_desk import Days, Desk, days_options, prints
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from billing.margin import Margin, Reckoning
from billing.margin_calls import House, billed, past_tariffs, unbilled
from billing.margin_report import Names, margin_pdf, workbook
from billing.trial import Outcome
from billing.trial_report import trial_pdf, trial_workbook
from pbx.regions.places import belonging
from pbx.regions.store import Regions


@prints("margin", "pdf", "xlsx", "json")
@days_options("month")
def margin(desk: Desk, first: datetime | None, last: datetime | None) -> bytes:
    """What outside calls brought, what carriers ask for them: by destination, trunk, telephones, carrier, day."""
    found, names = _reckoned(desk, desk.days(first, last, "month")), _names(desk)
    match desk.kind:
        case "xlsx":
            return workbook(found, names)
        case "json":
            return found.to_json().encode()
        case _:
            return margin_pdf(found, names, desk.site, desk.now)


@prints("tariff-trial", "pdf", "xlsx")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def tariff_trial(desk: Desk, file: Path) -> bytes:
    """A trial of a tariff, as `nightbell tariff try --as json` wrote it."""
    try:
        found = Outcome.from_json(file.read_bytes())
    except (ValueError, KeyError, TypeError) as why:
        raise click.ClickException(say("{file} is no trial of a tariff.", file=file)) from why
    if desk.kind == "xlsx":
        return trial_workbook(found, desk.language)
    return trial_pdf(found, desk.language, desk.site, desk.now)


def _names(desk: Desk) -> Names:
    """Trunks and groups of telephones as the plan names them."""
    plan, language = desk.plan, desk.language
    trunks = {trunk.id: trunk.name[language] for trunk in plan.pbx.trunks}
    return Names(trunks, {group.name.en: group.name[language] for group in plan.pbx.extensions}, language)


def _reckoned(desk: Desk, days: Days) -> Margin:
    plan, zone, language = desk.plan, desk.plan.site.zone, desk.language
    tariffs = finish(past_tariffs(desk.database, days.start, days.stop, plan.site.calendar))
    regions = Regions(desk.database, CommandClock())
    finish(regions.load())

    @lru_cache(100_000)
    def carrier(number: str) -> str:
        found = belonging(number, regions.table, language)
        return " ".join(part for part in (found.carrier, found.region) if part)

    groups = {number: group.name.en for group in plan.pbx.extensions for number in group.each()}
    trunks = {trunk.id: trunk.tariff for trunk in plan.pbx.carriers()}
    house = House(zone, trunks, lambda extension: groups.get(extension, ""), carrier)
    reckoning = Reckoning(lambda at: at.astimezone(zone))
    with desk.database.engine.connect() as connection:
        for read in (billed, unbilled):
            for earned in read(connection, days.start, days.stop, tariffs, house):
                reckoning.add(earned)
    return reckoning.margin(days.first, days.last)
