"""`nightbell report`: the PDFs of the panel, on the command line."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.house import open_for_reading, plan_in_force
from appliance.direct import finish
from appliance.foundation.values import Language

language_option = click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the site's.")
out_option = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    help="The PDF; - is standard output.",
)
day_type = click.DateTime(["%Y-%m-%d"])


@click.group()
def report() -> None:
    """Make a report as PDF."""


@report.command()
@click.option("--day", type=day_type, help="Default: today at the site.")
@click.option("--ward", help="Only this ward (plan id).")
@language_option
@out_option
@click.pass_context
def calls(context: click.Context, day: datetime | None, ward: str | None, language: Language | None, out: Path) -> None:
    """A day's nurse calls with response times: table and chart."""
    from nursecall.reports import daily_calls
    from nursecall.views import history

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    zone = plan.site.zone
    if ward is not None and plan.nursecall.ward(ward) is None:
        raise click.ClickException(f"There is no ward {ward!r} in the plan.")
    now = datetime.now(zone)
    which = day.date() if day else now.date()
    start = datetime.combine(which, time(), zone)
    rows = finish(history(database, start, start + timedelta(days=1), ward=ward, limit=None))
    tongue = language or plan.site.language
    name = plan.site.name[tongue]
    _write(out, daily_calls(rows, plan.nursecall, which, ward, zone, tongue, name, printed_at=now))


@report.command()
@click.argument("account")
@click.option("--from", "first", type=day_type, help="First day; default: the first of this month.")
@click.option("--to", "last", type=day_type, help="Last day; default: today.")
@language_option
@out_option
@click.pass_context
def statement(
    context: click.Context,
    account: str,
    first: datetime | None,
    last: datetime | None,
    language: Language | None,
    out: Path,
) -> None:
    """An account's statement: every movement and call of a period."""
    from billing import views
    from billing.reports import DoesNotAddUp, TooLong
    from billing.reports import statement as make

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    zone = plan.site.zone
    row = finish(views.account(database, account))
    if row is None:
        raise click.ClickException(f"There is no account {account!r}.")
    now = datetime.now(zone)
    end: date = last.date() if last else now.date()
    begin: date = first.date() if first else end.replace(day=1)
    start, stop = datetime.combine(begin, time(), zone), datetime.combine(end + timedelta(days=1), time(), zone)
    lines = finish(views.ledger(database, account, start, stop))
    talked = finish(views.billed_calls(database, start, stop, account=account))
    opening = finish(views.balance_before(database, account, start))
    tongue = language or row.language
    name = plan.site.name[tongue]
    try:
        pdf = make(row, lines, talked, begin, end, zone, tongue, name, opening=opening, printed_at=now)
    except (DoesNotAddUp, TooLong) as why:
        raise click.ClickException(str(why)) from why
    _write(out, pdf)


def _write(out: Path, pdf: bytes) -> None:
    if str(out) == "-":
        sys.stdout.buffer.write(pdf)
    else:
        out.write_bytes(pdf)
        print(out)
