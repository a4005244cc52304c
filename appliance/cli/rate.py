"""`nightbell rate`: what would this call cost? Without a database or a running box."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import phonenumbers

from appliance.cli.help import Command
from appliance.cli.language import language, say
from appliance.cli.moments import moment
from appliance.cli.tariff_files import tariff_in
from billing.charge import Charge, decimals
from billing.numbers import NotANumber, e164
from billing.rating import NoRate, Tariff

MOST_SECONDS = 31 * 86_400


@click.command(cls=Command)
@click.argument("number")
@click.option(
    "--tariff",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="The tariff, a CSV file or a workbook (XLSX) as `nightbell tariff import` reads it.",
)
@click.option("--at", required=True, metavar="ISO-TIME", help="When the call is answered, such as 2026-03-02T09:00:00.")
@click.option("--seconds", required=True, type=click.IntRange(0, MOST_SECONDS), help="How long the talk lasts.")
@click.option("--country", default="CN", show_default=True, help="Where the site is, by ISO 3166 letters.")
@click.option("--area", default="", help="The site's area code without its leading 0. Default: none.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="The site's time zone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: charge, prefix, explanation (English).")
def rate(number: str, file: Path, at: str, seconds: int, country: str, area: str, timezone: str, as_json: bool) -> None:
    """Say what a call to NUMBER costs by a tariff, and how that is reckoned. Needs no records and no running box.

    The charge is a whole number of 1/10 000 yuan. NUMBER is taken as it is dialled at the site: a local number, one
    with its area code, a mobile, 00 and a country code; or with a + before the country code. Hours and dates are the
    site's. A time without an offset is the site's; one with an offset, such as 2026-03-02T01:00:00Z, is converted.

    The rule: 0 answered seconds cost nothing. Free seconds come off first. What remains is cut into increments, the
    first of first_seconds, then of next_seconds; each one begun is charged whole, at the rate per minute of the band in
    which it begins. The sum is rounded once, half up, to 1/10 000 yuan. The connection fee is added, then minimum and
    cap apply. The longest prefix wins; a timed row wins over an all-day one. Workdays, rest days and holidays are those
    of the country, make-up workdays among them, where they are known; else weekends are rest days.

    \b
      nightbell rate --tariff retail.csv --area 571 88123456 --at 2026-03-02T09:00 --seconds 185
      nightbell rate --tariff retail.csv 13800138000 --at 2026-10-01T01:00:00Z --seconds 61 --json
    """
    site = _zone(timezone)
    start = moment(at, site)
    called = _called(number, country.upper(), area)
    charge = _charge(tariff_in(file, country.upper()), file, called, start, seconds)
    if as_json:
        found = {"charge": charge.amount, "prefix": charge.prefix, "explanation": charge.explanation}
        print(json.dumps(found, ensure_ascii=False))
        return
    print(say("Charge: {charge} ({amount} yuan)", charge=charge.amount, amount=decimals(charge.amount)))
    print(say("Prefix: {prefix}", prefix=f"{charge.prefix} {charge.row.name}".rstrip()))
    print(say("Called: {number}, answered {start}", number=called, start=f"{start:%Y-%m-%d %H:%M:%S %Z}"))
    print(say("Reckoned so:"))
    for step in charge.steps(language()):
        print(f"  {step}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as why:
        raise click.ClickException(say("there is no time zone {name!r}", name=name)) from why


def _called(number: str, country: str, area: str) -> str:
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise click.ClickException(
            say("There is no country {country!r}: give ISO 3166 letters, such as CN.", country=country)
        )
    if not re.fullmatch("[0-9]*", area):
        raise click.ClickException(say("{area!r} is not an area code: give its digits, such as 571.", area=area))
    try:
        # People write numbers with more than they dial.
        return e164(re.sub(r"[\s()-]", "", number), country, area)
    except NotANumber as why:
        facts = {"number": number, "country": country, "area": area}
        raise click.ClickException(
            say("{number!r} is no telephone number that can be called from {country}, area code {area!r}.", **facts)
        ) from why


def _charge(tariff: Tariff, file: Path, called: str, start: datetime, seconds: int) -> Charge:
    try:
        return tariff.rate(called, start, seconds)
    except NoRate as why:
        facts = {"file": file, "number": called, "start": f"{start:%Y-%m-%d %H:%M}"}
        raise click.ClickException(
            say("{file} has no rate for {number} at {start}: it cannot be called.", **facts)
        ) from why
    except OverflowError as why:
        raise click.ClickException(
            say("{text!r} is not a time like 2026-03-02T09:00:00.", text=start.isoformat())
        ) from why
