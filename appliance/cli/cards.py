"""`nightbell cards`: what waits for the card system, and whether its list agrees with ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from appliance.cards import card_system
from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_for_reading, plan_in_force
from appliance.cli.language import language, say
from appliance.direct import finish
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, CommandClock, ReactorClock
from appliance.foundation.database import DirectDatabase
from appliance.foundation.values import Language
from appliance.settings import Settings
from billing.accounts import Accounts
from billing.card.desk import CardDesk, NoCardSystem
from billing.card.reconcile import Comparison, NotAList, read_list
from billing.card.report import comparison_pdf, comparison_xlsx
from billing.card.system import CardMovement
from billing.charge import decimals
from billing.plan import BillingPlan
from billing.refusal import Refusal

T = TypeVar("T")
day_type = click.DateTime(["%Y-%m-%d"])
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group(cls=Group)
def cards() -> None:
    """Accounts that pay by the hospital's own card."""


@cards.command()
@json_option
@click.pass_context
def waiting(context: click.Context, as_json: bool) -> None:
    """Charges and releases that the card system has not confirmed yet."""
    database = open_for_reading(settings_of(context))
    for order in finish(_desk(database, CommandClock()).waiting()):
        if as_json:
            print(json.dumps(vars(order), ensure_ascii=False, default=str))
        else:
            line = "{kind} of {amount} yuan, card {card}, account {account}: sent {tries} times, {state} {why}"
            facts = {"amount": decimals(order.amount), "state": order.state, "why": order.why, "kind": order.kind}
            print(say(line, card=order.card, account=order.account, tries=order.tries, **facts).rstrip())


@cards.command()
@click.option("--from", "first", type=day_type, help="First day; default: today at the site.")
@click.option("--to", "last", type=day_type, help="Last day; default: the first.")
@click.option(
    "--list",
    "listed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Their list as a CSV file (id, at, card, hold, amount); default: the card system is asked.",
)
@click.option("--language", "tongue", type=click.Choice(["zh", "en"]), help="Of the report. Default: the site's.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A .pdf or .xlsx file; - is standard output. Default: print it.",
)
@click.option("--as", "kind", type=click.Choice(["pdf", "xlsx"]), help="Default: as --out ends, else pdf.")
@json_option
@click.pass_context
def compare(
    context: click.Context,
    first: datetime | None,
    last: datetime | None,
    listed: Path | None,
    tongue: Language | None,
    out: Path | None,
    kind: str | None,
    as_json: bool,
) -> None:
    """Our charges of some days against the card system's own list; exit code 1 when a person must act."""
    settings = settings_of(context)
    database = open_for_reading(settings)
    plan, now = plan_in_force(database), datetime.now(UTC)
    zone = plan.site.zone
    begin: date = (first or now.astimezone(zone)).date()
    end: date = last.date() if last else begin
    start, stop = (datetime.combine(day, time(), zone) for day in (begin, end + timedelta(days=1)))
    theirs = _read(listed, zone) if listed else _asked(settings, database, start, max(stop, now))
    found = finish(_desk(database, CommandClock()).compared(start, stop, theirs))
    spoken = tongue or plan.site.language
    if out is None:
        _print(found, as_json)
    elif (kind or out.suffix[1:]) == "xlsx":
        _write(out, comparison_xlsx(found, zone, spoken))
    else:
        _write(out, comparison_pdf(found, begin, end, zone, spoken, plan.site.name[spoken], now))
    if out is None and any(one.who != "nobody" for one in found.differences):
        raise SystemExit(1)


def _print(found: Comparison, as_json: bool) -> None:
    for one in found.differences:
        if as_json:
            said = {"text": one.text("en"), "at": one.at.isoformat(), "facts": dict(one.facts)}
            print(json.dumps({**vars(one), **said}, ensure_ascii=False))
        else:
            print(f"{one.text(language())} {one.act(language())}")
    if not as_json:
        facts = {"ours": decimals(found.ours), "theirs": decimals(found.theirs), "agreed": found.agreed}
        print(say("Our charges: {ours} yuan. By their list: {theirs} yuan. Charges that agree: {agreed}.", **facts))


def _desk(database: DirectDatabase, clock: Clock) -> CardDesk:
    return CardDesk(database, Accounts(database, BillingPlan(), clock, Bus()), None, clock, Bus())


def _read(file: Path, zone: Any) -> list[CardMovement]:
    try:
        return read_list(file.read_bytes(), zone)
    except NotAList as why:
        raise click.ClickException(why.text(language())) from why


def _asked(settings: Settings, database: DirectDatabase, start: datetime, end: datetime) -> list[CardMovement]:
    card = plan_in_force(database).billing.card
    if card is None:
        raise click.ClickException(NoCardSystem().text(language()))

    async def ask(reactor: Any) -> list[CardMovement]:
        clock = ReactorClock(reactor)
        system = card_system(settings, card, reactor, clock)
        accounts = Accounts(database, BillingPlan(), clock, Bus())
        return await CardDesk(database, accounts, system, clock, Bus()).theirs(start, end)

    try:
        return _run(ask)
    except Refusal as why:
        raise click.ClickException(why.text(language())) from why


def _run(work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    """What `work` comes to, with a reactor that runs as long as it takes."""
    from twisted.internet import reactor

    loop: Any = reactor
    outcome: list[Any] = []

    def begin() -> None:
        Deferred.fromCoroutine(work(loop)).addBoth(outcome.append).addBoth(lambda _: loop.stop())

    loop.callWhenRunning(begin)
    loop.run()
    came_to: Any = outcome[0]
    if isinstance(came_to, Failure):
        failed: Any = came_to
        failed.raiseException()
    result: T = came_to
    return result


def _write(out: Path, content: bytes) -> None:
    if str(out) == "-":
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
        print(out)
