"""`nightbell tariff`: versions of tariffs in and out, side by side, and tried on calls that were made."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database, open_for_reading, plan_in_force
from appliance.cli.language import language as spoken
from appliance.cli.language import say
from appliance.cli.moments import moment
from appliance.cli.output import language_option, out_option, write
from appliance.cli.tariff_words import comparison, said, shown, told
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase
from appliance.foundation.values import Language
from appliance.plan import Plan
from appliance.supervision import tell_daemon
from billing.rating import Tariff
from billing.refusal import Refusal
from billing.tariff import NoTariff, Tariffs, Version, rates_of, versions
from billing.tariff_compare import about, compare, matches
from billing.tariff_csv import TariffFaulty, parse
from billing.tariff_file import as_csv, as_xlsx, text_of
from billing.trial import Outcome, Trial, side_of
from billing.trial_calls import count_talks, talks

STEP = 20_000
"""Calls after which a trial says how far it is."""

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
day_type = click.DateTime(["%Y-%m-%d"])
search_option = click.option(
    "--search", default="", help="Only the rows for a number or prefix, or with this in their name."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
most_option = click.option("--most", type=click.IntRange(1), default=100_000, help="So many rows at most.")


@click.group(cls=Group)
def tariff() -> None:
    """Tariffs: what patients pay, and what each trunk costs. The plan names them; their versions are imported here."""


@tariff.command(name="import")
@click.argument("name")
@file_argument
@click.option("--valid-from", metavar="DAY|ISO-TIME", help="From when it counts, at the site. Default: now.")
@click.option("--by", default="command line", help="Who imports it, for the journal.")
@click.pass_context
def import_tariff(context: click.Context, name: str, file: Path, valid_from: str | None, by: str) -> None:
    """Import FILE (CSV or XLSX) as a version of the tariff NAME. A bad row is named and nothing is loaded.

    It goes live by itself at its time. The columns are:

    \b
    prefix,name,day_kind,from,to,rate_per_minute,connect_fee,
    first_seconds,next_seconds,free_seconds,minimum,cap
    """
    settings = settings_of(context)
    database = open_database(settings)
    zone = plan_in_force(database).site.zone
    clock_ = CommandClock()
    start = _start(valid_from, zone) if valid_from else clock_.now()
    try:
        count = finish(Tariffs(database, clock_).import_csv(name, start, text_of(file.read_bytes()), by=by))
    except Refusal as why:
        raise click.ClickException(why.text(spoken())) from why
    tell_daemon(settings.supervisor_socket)
    shown = start.astimezone(zone)
    print(say("{count} rows, valid from {start}", count=count, start=f"{shown:%Y-%m-%d %H:%M %Z}"))


@tariff.command(name="list")
@click.pass_context
def list_tariffs(context: click.Context) -> None:
    """Every version of every tariff, and which of them counts now."""
    database = open_for_reading(settings_of(context))
    zone, at = plan_in_force(database).site.zone, CommandClock().now()
    words = {"past": say("past"), "current": say("counts now"), "future": say("to come")}
    for one in finish(versions(database)):
        until = f"{one.until.astimezone(zone):%Y-%m-%d %H:%M}" if one.until else "–"
        start = f"{one.valid_from.astimezone(zone):%Y-%m-%d %H:%M}"
        print(
            f"{one.id:5}  {one.name:16} {start} … {until:16}  {one.rows:7}  {words[one.state(at)]}  {one.by}".rstrip()
        )


@tariff.command()
@click.argument("name")
@out_option
@click.option("--version", type=int, help="Its number in `tariff list`. Default: the one that counts now.")
@click.pass_context
def export(context: click.Context, name: str, out: Path, version: int | None) -> None:
    """Write a version of the tariff NAME as CSV, or as XLSX where the file is named so, as `import` reads it."""
    database = open_for_reading(settings_of(context))
    one = _version(database, name, version)
    rates = finish(rates_of(database, one.id))
    write(out, as_xlsx(rates, one.name) if out.suffix == ".xlsx" else as_csv(rates))


@tariff.command()
@click.argument("name")
@click.option("--version", type=int, help="Its number in `tariff list`. Default: the one that counts now.")
@search_option
@json_option
@most_option
@click.pass_context
def show(context: click.Context, name: str, version: int | None, search: str, as_json: bool, most: int) -> None:
    """Print the rows of a version of NAME; of a number that is looked for, those that may rate it."""
    database = open_for_reading(settings_of(context))
    sought = search.strip().removeprefix("+").casefold()
    rates = finish(rates_of(database, _version(database, name, version).id))
    found = [rate for rate in rates if not sought or matches(rate, sought)]
    if as_json:
        print(shown(found, most))
        return
    write(Path("-"), as_csv(found[:most]).removeprefix(b"\xef\xbb\xbf"))


@tariff.command()
@click.argument("name")
@click.option("--version", type=int, help="A version that does not count yet, by its number in `tariff list`.")
@click.option("--by", default="command line", help="Who takes it back, for the journal.")
@click.pass_context
def withdraw(context: click.Context, name: str, version: int | None, by: str) -> None:
    """Take back a version of NAME that does not count yet. One that has counted stays for ever."""
    settings = settings_of(context)
    database = open_database(settings)
    clock_ = CommandClock()
    to_come = [one for one in finish(versions(database, name)) if one.state(clock_.now()) == "future"]
    if version is None and len(to_come) != 1:
        raise click.ClickException(
            say("Say which: {count} versions of {name} are to come.", count=len(to_come), name=name)
        )
    chosen = to_come[0].id if version is None else _version(database, name, version).id
    try:
        finish(Tariffs(database, clock_).withdraw(chosen, by=by))
    except Refusal as why:
        raise click.ClickException(why.text(spoken())) from why
    tell_daemon(settings.supervisor_socket)
    print(say("Version {version} of {name} is withdrawn.", version=chosen, name=name))


@tariff.command(name="compare")
@click.argument("name")
@click.argument("before", type=int)
@click.argument("after", type=int)
@search_option
@json_option
@most_option
@click.pass_context
def compare_versions(
    context: click.Context, name: str, before: int, after: int, search: str, as_json: bool, most: int
) -> None:
    """Say what differs between two versions of NAME, by their numbers in `tariff list`. Exit code 1: something does."""
    database = open_for_reading(settings_of(context))
    old, new = (finish(rates_of(database, _version(database, name, number).id)) for number in (before, after))
    changes = about(compare(old, new), search)
    if as_json:
        print(comparison(changes, most))
        return
    for change in changes[:most]:
        print(told(change))
    counts = Counter(change.kind for change in changes)
    facts = {kind: counts[kind] for kind in ("added", "removed", "changed")}
    print(say("{added} added, {removed} removed, {changed} changed", **facts))
    if changes:
        context.exit(1)


@tariff.command(name="try")
@click.argument("name")
@click.option("--version", type=int, help="A version, by its number in `tariff list`; else --file.")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file not imported yet."
)
@click.option("--from", "first", type=day_type, help="First day of the calls; default: the first of last month.")
@click.option("--to", "last", type=day_type, help="Last day; default: the last of the month of the first.")
@click.option("--progress", is_flag=True, help="Say on standard error how far it is: calls done, calls in all.")
@click.option("--as", "kind", type=click.Choice(["text", "json", "pdf", "xlsx"]), help="Default: as --out ends.")
@click.option("-o", "--out", type=click.Path(path_type=Path, allow_dash=True), default="-", help="Default: print it.")
@language_option
@click.pass_context
def try_out(
    context: click.Context,
    name: str,
    version: int | None,
    file: Path | None,
    first: datetime | None,
    last: datetime | None,
    progress: bool,
    kind: str | None,
    out: Path,
    language: Language | None,
) -> None:
    """Say what last month's calls would have brought, or cost, by a tariff before it counts.

    Every settled call is rated anew. A number that no row fits is named: it could not be called.
    """
    from billing.trial_report import trial_pdf, trial_workbook

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    found = _tried(database, plan, _chosen(database, plan, name, version, file), _days(first, last, plan), progress)
    tongue = language or plan.site.language
    match kind or out.suffix[1:]:
        case "json":
            write(out, found.to_json().encode())
        case "pdf":
            write(out, trial_pdf(found, tongue, plan.site.name[tongue], datetime.now(plan.site.zone)))
        case "xlsx":
            write(out, trial_workbook(found, tongue))
        case _:
            write(out, "".join(f"{line}\n" for line in said(found)).encode())


def _start(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return moment(text, zone)


def _version(database: DirectDatabase, name: str, number: int | None) -> Version:
    found = finish(versions(database, name))
    at = datetime.now(UTC)
    for one in found:
        if one.id == number or (number is None and one.state(at) == "current"):
            return one
    if number is not None:
        raise click.ClickException(say("There is no version {version} of {name}.", version=number, name=name))
    raise click.ClickException(NoTariff(name=name).text(spoken()))


def _chosen(database: DirectDatabase, plan: Plan, name: str, version: int | None, file: Path | None) -> Tariff:
    days = plan.site.calendar
    try:
        if file is not None:
            return Tariff(name, parse(text_of(file.read_bytes())), calendar=days)
    except TariffFaulty as why:
        raise click.ClickException(why.text(spoken())) from why
    one = _version(database, name, version)
    return Tariff(name, finish(rates_of(database, one.id)), version=one.id, calendar=days)


def _days(first: datetime | None, last: datetime | None, plan: Plan) -> tuple[date, date]:
    today = datetime.now(plan.site.zone).date()
    begin = first.date() if first else (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    end = last.date() if last else (begin.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if end < begin:
        raise click.ClickException(say("The last day, {end}, is before the first, {begin}.", end=end, begin=begin))
    return begin, end


def _tried(database: DirectDatabase, plan: Plan, chosen: Tariff, days: tuple[date, date], progress: bool) -> Outcome:
    zone = plan.site.zone
    start, stop = datetime.combine(days[0], time(), zone), datetime.combine(days[1] + timedelta(days=1), time(), zone)
    trunks = {trunk.id: trunk.tariff for trunk in plan.pbx.carriers()}
    side, over = side_of(chosen.name, plan.billing.tariff, trunks)
    trial = Trial(chosen, zone)
    with database.engine.connect() as connection:
        whole = count_talks(connection, start, stop, side, over)
        for number, talk in enumerate(talks(connection, start, stop, side, over), 1):
            trial.add(talk)
            if progress and number % STEP == 0:
                click.echo(f"{number} {whole}", err=True)
    return trial.outcome(side, *days)
