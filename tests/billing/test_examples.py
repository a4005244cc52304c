"""Every worked example, made by a script that knows nothing of this code, through the code and the command line."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.foundation.days import calendar
from billing.numbers import e164
from billing.rating import Tariff
from billing.tariff_csv import parse
from tests.billing.examples.make import HERE, SITES, TABLES, table

ZONES = {"Hangzhou": "Asia/Shanghai", "Berlin": "Europe/Berlin"}

Example = dict[str, str]


def examples() -> list[Example]:
    """All that are checked in."""
    found: list[Example] = []
    for file in sorted(HERE.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as source:
            found.extend(csv.DictReader(source))
    return found


EXAMPLES = examples()
IDS = [f"{e['tariff']}-{e['dialled']}-{e['at']}-{e['seconds']}" for e in EXAMPLES]


@cache
def tariff(name: str, country: str) -> Tariff:
    text = (HERE / "tariffs" / f"{name}.csv").read_text("utf-8")
    return Tariff(name, parse(text), calendar=calendar(country))


def answered(example: Example) -> datetime:
    """In the site's time."""
    at, zone = datetime.fromisoformat(example["at"]), ZoneInfo(ZONES[example["site"]])
    return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)


def test_there_are_enough_of_every_kind() -> None:
    """No table is empty or was left out."""
    assert len(EXAMPLES) >= 200
    assert {file.stem for file in HERE.glob("*.csv")} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_what_the_script_makes(name: str) -> None:
    """Nobody mended an example by hand."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        kept = list(csv.DictReader(file))
    assert kept == [{column: str(value) for column, value in row.items()} for row in table(name)]


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_every_example_comes_out(example: Example) -> None:
    """Number, prefix and charge."""
    site = SITES[example["site"]]
    number = e164(example["dialled"], site.country, site.area)
    assert number == example["e164"]
    charge = tariff(example["tariff"], site.country).rate(number, answered(example), int(example["seconds"]))
    assert (charge.amount, charge.prefix) == (int(example["charge"]), example["prefix"]), example["arithmetic"]


@pytest.mark.parametrize("example", EXAMPLES[::9], ids=IDS[::9])
def test_the_command_line_says_the_same(example: Example) -> None:
    """A sample of them, from the dialled number on."""
    file = HERE / "tariffs" / f"{example['tariff']}.csv"
    site, zone = SITES[example["site"]], ZONES[example["site"]]
    place = ("--country", site.country, "--area", site.area, "--timezone", zone, example["dialled"])
    call = ("--at", example["at"], "--seconds", example["seconds"])
    done = CliRunner().invoke(main, ["rate", "--tariff", str(file), *place, *call, "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert (said["charge"], said["prefix"]) == (int(example["charge"]), example["prefix"]), example["arithmetic"]
    assert said["explanation"]
