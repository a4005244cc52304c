"""`nightbell regions`: who has a number and where it is from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database, open_for_reading, plan_in_force
from appliance.cli.language import language, say
from appliance.cli.output import out_option, write
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.supervision import tell_daemon
from pbx.categories import WORDS, category
from pbx.numbers import world_form
from pbx.regions.file import BadRegions, read_regions
from pbx.regions.places import belonging
from pbx.regions.store import Regions, as_text


@click.group(cls=Group)
def regions() -> None:
    """Carriers and regions of numbers, beyond what the numbering plans say: new ranges, numbers taken along."""


@regions.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code", default="", help="Country code put before each number, such as 86 where FILE leaves it out.")
@click.option("--by", default="command line", help="Who imports it, for the journal.")
@click.pass_context
def import_regions(context: click.Context, file: Path, code: str, by: str) -> None:
    """Put the table of FILE (CSV or XLSX) in place of the one before. A bad row is named and nothing is loaded.

    The columns are number,carrier,region; number is how E.164 numbers begin, digits without +. The longest row counts;
    a whole number is one that was taken along to another carrier. What a row leaves empty a shorter one may say.
    """
    settings = settings_of(context)
    if not re.fullmatch(r"[1-9]?[0-9]{0,2}", code):
        raise click.ClickException(say("{code!r} is not a country code: give its digits, such as 86.", code=code))
    database = open_database(settings)
    try:
        rows = read_regions(file.read_bytes(), code)
    except BadRegions as why:
        raise click.ClickException(why.text(language())) from why
    finish(Regions(database, CommandClock()).replace(rows, by=by))
    tell_daemon(settings.supervisor_socket)
    print(say("{count} rows", count=len(rows)))


@regions.command()
@out_option
@click.pass_context
def export(context: click.Context, out: Path) -> None:
    """Write the table in force as CSV, as `import` reads it."""
    write(out, finish(as_text(open_for_reading(settings_of(context)))).encode("utf-8-sig"))


@regions.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: number, class, carrier, region.")
@click.pass_context
def whose(context: click.Context, number: str, as_json: bool) -> None:
    """Say whose NUMBER is, dialled at the site: its kind, its carrier, where it is from."""
    database = open_for_reading(settings_of(context))
    site = plan_in_force(database).site
    digits = world_form(re.sub(r"[\s()-]", "", number), site.country, site.area)
    if digits is None:
        raise click.ClickException(say("{number!r} is no number outside.", number=number))
    table = Regions(database, CommandClock())
    finish(table.load())
    found, kind = belonging(digits, table.table, language()), category(digits, site.country, site.area)
    if as_json:
        facts = {"number": digits, "class": kind, "carrier": found.carrier, "region": found.region}
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"+{digits}  {say(str(WORDS[kind]))}  {found.carrier or '–'}  {found.region or '–'}")
