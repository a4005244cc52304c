"""`nightbell dial`: what would become of a call from an extension, and why? Without a running exchange."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa

from appliance.cli.files import text_of
from appliance.cli.given import settings_of
from appliance.cli.help import Command
from appliance.cli.house import open_for_reading, plan_in_force
from appliance.cli.language import language, refusal, say
from appliance.cli.moments import moment
from appliance.cli.tariff_files import tariff_in
from appliance.dialling import Below, Costs, here, nothing_wrong, served, with_bill
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.values import in_yuan
from appliance.plan import Plan
from billing.rating import Tariff
from billing.route import Versions
from billing.tariff import NoTariff, Tariffs
from pbx.categories import carrier_of
from pbx.decision import Decision, NoSuchExtension, decide
from pbx.schedules import Position

REFUSED, BAD_INPUT = 1, 2
DIALLABLE = re.compile(r"\+?[0-9*#]{1,64}")


class WrongQuestion(click.ClickException):
    """There is no answer. Not exit code 1: that says that the call may not be made."""

    exit_code = BAD_INPUT


class FileTariffs:
    """Tariffs that are not imported yet: NAME.csv or NAME.xlsx in a directory, each counts always; none without one."""

    def __init__(self, directory: Path | None, country: str) -> None:
        self._directory, self._country = directory, country
        self._read: dict[str, Tariff] = {}

    def current(self, name: str, at: datetime) -> Tariff:
        """Raises NoTariff where there is no such file, click.ClickException for one that is faulty."""
        if name not in self._read:
            self._read[name] = tariff_in(self._file(name), self._country)
        return self._read[name]

    def _file(self, name: str) -> Path:
        here = [] if self._directory is None else [self._directory / f"{name}.{kind}" for kind in ("csv", "xlsx")]
        found = [file for file in here if file.is_file()]
        if not found:
            raise NoTariff(name=name)
        if len(found) > 1:
            one, other = found
            raise click.ClickException(say("There are both {one} and {other}: keep one.", one=one, other=other.name))
        return found[0]


@click.command(cls=Command)
@click.argument("number")
@click.option("--from", "extension", required=True, help="The extension that dials.")
@click.option("--at", metavar="ISO-TIME", help="When, such as 2026-03-02T09:00. Default: now.")
@click.option(
    "--plan",
    "file",
    type=click.Path(path_type=Path),
    help="A plan that is not in force, its schedules as their hours say.",
)
@click.option(
    "--tariffs",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Tariffs before they go live: a directory of NAME.csv or NAME.xlsx by the plan's names. Default: imported.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: allowed, class, routes, limit_seconds, why.")
@click.pass_context
def dial(
    context: click.Context,
    number: str,
    extension: str,
    at: str | None,
    file: Path | None,
    directory: Path | None,
    as_json: bool,
) -> None:
    """Say what becomes of NUMBER, dialled at an extension: what it means, whether it may be, over which lines, and why.

    It is decided as the exchange decides it, every trunk taken to be up. A number as it is dialled: an extension, 600
    with account, PIN and number, a star code, an outside number with or without the access code. Exit code 0: the call
    may be made; 1: it may not; 2: the question is wrong.

    \b
      nightbell dial --from 8001 13800138000
      nightbell dial --from 8001 00442079460958 --at 2026-10-01T09:00 --json
    """
    try:
        given = _given(context, file, directory)
        decision, when = _decided(given, extension, number, at)
    except click.ClickException as why:
        raise WrongQuestion(why.message) from why
    if as_json:
        print(json.dumps(_facts(decision, extension, when), ensure_ascii=False))
    else:
        for reason in decision.why:
            print(reason.text(language()))
        print(say("The call may be made.") if decision.allowed else say("The call may not be made."))
    if not decision.allowed:
        context.exit(REFUSED)


@dataclass(frozen=True)
class Given:
    """What is gone by. positions: how switches stand by hand. carrier, below: as `pbx.number_plan.Here` has them."""

    plan: Plan
    tariffs: Versions
    positions: Mapping[str, Position] = field(default_factory=dict)
    carrier: Callable[[str], str] = carrier_of
    below: Below = nothing_wrong


def _given(context: click.Context, file: Path | None, directory: Path | None) -> Given:
    if file is not None:
        try:
            plan = parse(text_of(file), Plan)
        except Faulty as why:
            raise refusal(file, why) from why
        return Given(plan, FileTariffs(directory, plan.site.country))
    from pbx.inbound.schema import switched_schedules
    from pbx.regions.store import Regions
    from pbx.traffic.quality import Quality
    from pbx.traffic.traffic import Traffic

    database = open_for_reading(settings_of(context))

    def read(connection: sa.Connection) -> dict[str, Position]:
        return {row.schedule: row.position for row in connection.execute(sa.select(switched_schedules))}

    plan, positions = plan_in_force(database), finish(database.transact(read))
    clock = CommandClock()
    regions, quality = Regions(database, clock), Quality(lambda: plan.pbx, clock)
    finish(regions.load())
    finish(quality.load(Traffic(database, clock)))
    if directory is not None:
        files = FileTariffs(directory, plan.site.country)
        return Given(plan, files, positions, regions.carrier_of, quality.below)
    imported = Tariffs(database, clock, calendar=plan.site.calendar)
    finish(imported.load())
    return Given(plan, imported, positions, regions.carrier_of, quality.below)


def _decided(given: Given, extension: str, number: str, at: str | None) -> tuple[Decision, datetime]:
    plan, tariffs = given.plan, given.tariffs
    below = given.below if at is None else nothing_wrong
    when = moment(at or datetime.now().astimezone().isoformat(), plan.site.zone)
    # People write numbers with more than they dial.
    dialled = re.sub(r"[\s()-]", "", number)
    if not DIALLABLE.fullmatch(dialled):
        raise click.ClickException(say("That cannot be dialled: give digits, * and #, with or without + before them."))
    place = here(plan, lambda schedule: given.positions.get(schedule, ""), given.carrier, below)
    try:
        decision = decide(
            plan.pbx, place, extension, dialled, when, served=tuple(served(plan)), cost=Costs(plan, tariffs)
        )
    except NoSuchExtension as why:
        raise click.ClickException(say("There is no extension {number}.", number=extension)) from why
    every = [trunk.id for trunk in plan.pbx.trunks]
    return with_bill(decision, plan, tariffs, dialled, when, every, place), when


def _facts(decision: Decision, extension: str, at: datetime) -> dict[str, object]:
    return {
        "from": extension,
        "at": at.isoformat(),
        "allowed": decision.allowed,
        "kind": decision.kind,
        "class": decision.category,
        "number": decision.number,
        "routes": [
            {
                "trunk": line.trunk,
                "sent": line.sent,
                "shown": None if decision.hidden else line.shown or None,
                "cost_of_three_minutes": None if line.cost is None else str(in_yuan(line.cost)),
            }
            for line in decision.routes
        ],
        "limit_seconds": None if decision.limit is None else int(decision.limit.total_seconds()),
        "warning_seconds": None if decision.warning is None else int(decision.warning.total_seconds()),
        "cause": decision.cause or None,
        "why": [reason.text("en") for reason in decision.why],
    }
