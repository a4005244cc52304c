"""`nightbell inbound`: what would become of a call from outside, and why? Without a running exchange."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from appliance.direct import finish
from appliance.foundation.bus import Bus
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty, parse
from appliance.incoming import known
from appliance.plan import Plan
from pbx.addresses.book import AddressBook
from pbx.inbound.rules import Arrival, Decision, decide
from pbx.inbound.words import told
from pbx.schedules import Position


@click.command(cls=Command)
@click.option("--from", "caller", default="", help="Who calls. Default: somebody who withholds the number.")
@click.option("--to", "called", required=True, help="The number that is called, as the carrier writes it.")
@click.option("--at", metavar="ISO-TIME", help="When, such as 2026-03-02T09:00. Default: now.")
@click.option("--trunk", help="Over which trunk (plan id). Default: the first.")
@click.option(
    "--plan",
    "file",
    type=click.Path(path_type=Path),
    help="A plan that is not in force, its schedules as their hours say and nobody blocked but by it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: rule, steps, why (in English), caller, called.")
@click.pass_context
def inbound(
    context: click.Context,
    caller: str,
    called: str,
    at: str | None,
    trunk: str | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Say what becomes of a call from outside: which rule fits, why those before did not, and what is done.

    \b
      nightbell inbound --from 13800000091 --to 88880001
      nightbell inbound --to 057188880001 --at 2026-10-10T09:00 --json
    """
    plan, positions, blocked, addresses = _given(context, file)
    site = plan.site
    when = moment(at or datetime.now().astimezone().isoformat(), site.zone)
    ids = [one.id for one in plan.pbx.trunks]
    if trunk is not None and trunk not in ids:
        raise click.ClickException(say("There is no trunk {trunk}. There are: {known}.", trunk=trunk, known=ids))
    arrival = Arrival(trunk or next(iter(ids), ""), called, caller)
    decision = decide(plan.pbx, arrival, when, known(plan, positions, blocked, addresses))
    if as_json:
        print(json.dumps(_facts(decision, when), ensure_ascii=False))
        return
    for reason in decision.why:
        print(reason.text(language()))
    for number, step in enumerate(decision.steps, start=1):
        print(f"{number}. {told(step).text(language())}")


def _given(
    context: click.Context, file: Path | None
) -> tuple[Plan, Mapping[str, Position], tuple[str, ...], AddressBook | None]:
    if file is not None:
        try:
            return parse(text_of(file), Plan), {}, (), None
        except Faulty as why:
            raise refusal(file, why) from why
    from pbx.inbound.schema import blocked_callers, switched_schedules

    database = open_for_reading(settings_of(context))

    def read(connection: sa.Connection) -> tuple[dict[str, Position], tuple[str, ...]]:
        rows = connection.execute(sa.select(switched_schedules))
        blocked = connection.execute(sa.select(blocked_callers.c.number)).scalars()
        return {row.schedule: row.position for row in rows}, tuple(blocked)

    plan = plan_in_force(database)
    addresses = AddressBook(lambda: plan.site, database, CommandClock(), Bus())
    finish(addresses.load())
    return plan, *finish(database.transact(read)), addresses


def _facts(decision: Decision, at: datetime) -> dict[str, object]:
    return {
        "at": at.isoformat(),
        "caller": decision.caller,
        "called": decision.called,
        "rule": decision.rule.id if decision.rule else None,
        "blocked": decision.blocked,
        "steps": [step.model_dump(mode="json") for step in decision.steps],
        "why": [reason.text("en") for reason in decision.why],
    }
