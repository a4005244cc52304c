"""`nightbell report`: the reports of the panel, as files, on the command line."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_for_reading, plan_in_force
from appliance.cli.language import say
from appliance.direct import finish
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.history_file import TableFormat
from nursecall.views import Ending

language_option = click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Of the report. Default: the site's."
)
out_option = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    help="The file; - is standard output.",
)
PATIENT = "NIGHTBELL_PATIENT"
"""Every user of a machine sees the arguments of a program, and a name is none of their business."""

day_type = click.DateTime(["%Y-%m-%d"])


@click.group(cls=Group)
def report() -> None:
    """Make a report as a file."""


@report.command()
@click.option("--day", type=day_type, help="Default: today at the site.")
@click.option("--ward", help="Only this ward (plan id).")
@language_option
@out_option
@click.pass_context
def calls(context: click.Context, day: datetime | None, ward: str | None, language: Language | None, out: Path) -> None:
    """A day's nurse calls with response times: table and chart."""
    from nursecall.reports import daily_calls
    from nursecall.views import Wanted, history

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    zone = plan.site.zone
    wards = _wards(plan, (ward,) if ward else ())
    now = datetime.now(zone)
    which = day.date() if day else now.date()
    start = datetime.combine(which, time(), zone)
    rows = finish(history(database, Wanted(start, start + timedelta(days=1), wards)))
    tongue = language or plan.site.language
    name = plan.site.name[tongue]
    _write(out, daily_calls(rows, plan.nursecall, which, ward, zone, tongue, name, printed_at=now))


@report.command()
@click.option("--from", "first", type=day_type, help="First day; default: today at the site.")
@click.option("--to", "last", type=day_type, help="Last day; default: the first.")
@click.option("--ward", "wards", multiple=True, help="Only this ward (plan id); may be given several times.")
@click.option("--as", "kind", type=click.Choice(["pdf", "xlsx", "json"]), help="Default: as --out ends, else pdf.")
@language_option
@out_option
@click.pass_context
def analysis(
    context: click.Context,
    first: datetime | None,
    last: datetime | None,
    wards: tuple[str, ...],
    kind: str | None,
    language: Language | None,
    out: Path,
) -> None:
    """How wards answered their calls in some days: times, targets, by type, bed, staff, shift, hour."""
    from nursecall.analysis import analyse, to_json
    from nursecall.analysis_report import analysis_pdf
    from nursecall.analysis_tables import workbook
    from nursecall.patient_days import patient_days
    from nursecall.report_words import Words
    from nursecall.views import Wanted, history

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    zone, now = plan.site.zone, datetime.now(plan.site.zone)
    begin, end, start, stop = _days(first, last, now)
    chosen = _wards(plan, wards)
    rows = finish(history(database, Wanted(start, stop, chosen)))
    lain = finish(patient_days(database, chosen, start, min(stop, now))) if start < now else None
    found = analyse(rows, plan.nursecall, begin, end, zone, now, wards=chosen, patient_days=lain)
    tongue = language or plan.site.language
    words = Words(plan.nursecall, zone, tongue)
    match kind or out.suffix[1:]:
        case "xlsx":
            _write(out, workbook(found, words))
        case "json":
            _write(out, to_json(found))
        case _:
            _write(out, analysis_pdf(found, words, plan.site.name[tongue], zone, printed_at=now))


@report.command("history")
@click.option("--from", "first", type=day_type, help="First day; default: today at the site.")
@click.option("--to", "last", type=day_type, help="Last day; default: the first.")
@click.option("--ward", "wards", multiple=True, help="Only this ward (plan id); may be given several times.")
@click.option("--bed", default="", help="Only this bed.")
@click.option("--type", "call_type", default="", help="Only this type of call (plan id).")
@click.option("--patient", default="", envvar=PATIENT, help=f"Part of the patient's name; also as {PATIENT}.")
@click.option("--staff", default="", help="Part of the name of who took, spoke or ended.")
@click.option("--ending", type=click.Choice(["reset", "cancelled", "cleared", "escalated", "open"]), default=None)
@click.option("--waited", type=click.IntRange(min=0), help="Only calls that waited longer, in seconds.")
@click.option("--names/--no-names", default=False, help="With the names of patients; default: without.")
@click.option("--as", "kind", type=click.Choice(["csv", "xlsx"]), help="Default: as --out ends, else csv.")
@language_option
@out_option
@click.pass_context
def past(
    context: click.Context,
    /,
    first: datetime | None,
    last: datetime | None,
    wards: tuple[str, ...],
    waited: int | None,
    ending: Ending | None,
    names: bool,
    kind: TableFormat | None,
    language: Language | None,
    out: Path,
    **sought: str,
) -> None:
    """Every call that was looked for, one row each, as CSV or XLSX."""
    from nursecall.history_file import history_file
    from nursecall.report_words import Words
    from nursecall.sheets import TooManyRows
    from nursecall.views import Wanted, history

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    zone, now = plan.site.zone, datetime.now(plan.site.zone)
    _, _, start, stop = _days(first, last, now)
    patience = None if waited is None else timedelta(seconds=waited)
    chosen = _wards(plan, wards)
    wanted = Wanted(start, stop, chosen, ending=ending or "", waited=patience, now=now, **sought)
    words = Words(plan.nursecall, zone, language or plan.site.language)
    as_what: TableFormat = kind or ("xlsx" if out.suffix == ".xlsx" else "csv")
    try:
        _write(out, history_file(finish(history(database, wanted)), words, kind=as_what, named=names))
    except TooManyRows as why:
        raise click.ClickException(str(why)) from why


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
        raise click.ClickException(say("There is no account {account!r}.", account=account))
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


def _wards(plan: Plan, wards: tuple[str, ...]) -> tuple[str, ...]:
    for ward in wards:
        if plan.nursecall.ward(ward) is None:
            raise click.ClickException(say("There is no ward {ward!r} in the plan.", ward=ward))
    return wards


def _days(first: datetime | None, last: datetime | None, now: datetime) -> tuple[date, date, datetime, datetime]:
    """First and last day, and the moments at which they begin and end. now: at the site."""
    begin = first.date() if first else now.date()
    end = last.date() if last else begin
    if end < begin:
        sentence = say("The last day, {end}, is before the first, {begin}.", end=end, begin=begin)
        raise click.ClickException(sentence)
    zone = now.tzinfo
    start, stop = (datetime.combine(day, time(), zone) for day in (begin, end + timedelta(days=1)))
    return begin, end, start, stop


def _write(out: Path, content: bytes) -> None:
    if str(out) == "-":
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
        print(out)


@report.command()
@click.argument("ward")
@click.argument("shift")
@click.option("--day", type=day_type, help="The day on which the shift begins. Default: today at the site.")
@language_option
@out_option
@click.pass_context
def handover(
    context: click.Context, ward: str, shift: str, day: datetime | None, language: Language | None, out: Path
) -> None:
    """What one SHIFT of WARD (plan ids) tells the next: calls by bed, what is open, notes, missed rounds."""
    from nursecall.handover import handover as read
    from nursecall.handover_report import handover_pdf
    from nursecall.roster import run_of

    database = open_for_reading(settings_of(context))
    plan = plan_in_force(database)
    known = plan.nursecall.ward(ward)
    hours = next((one for one in known.shifts if one.id == shift), None) if known else None
    if hours is None:
        raise click.ClickException(
            say("There is no shift {shift!r} of a ward {ward!r} in the plan.", shift=shift, ward=ward)
        )
    zone, tongue = plan.site.zone, language or plan.site.language
    now = datetime.now(zone)
    run = run_of(hours, day.date() if day else now.date(), zone)
    told = finish(read(database, ward, run, now))
    _write(out, handover_pdf(told, plan.nursecall, ward, zone, tongue, plan.site.name[tongue], printed_at=now))
