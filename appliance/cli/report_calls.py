"""Reports of nurse calls and telephones, of `nightbell report`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from appliance.cli.language import say
from appliance.cli.report_desk import Desk, day_type, days_options, prints
from appliance.direct import finish
from nursecall.views import Ending

PATIENT = "NIGHTBELL_PATIENT"
"""Every user of a machine sees the arguments of a program, and a name is none of their business."""

wards_option = click.option(
    "--ward", "wards", multiple=True, help="Only this ward (plan id); may be given several times."
)


@prints("calls", "pdf")
@click.option("--day", type=day_type, help="Default: today at the site.")
@click.option("--ward", help="Only this ward (plan id).")
def calls(desk: Desk, day: datetime | None, ward: str | None) -> bytes:
    """A day's nurse calls with response times: table and chart."""
    from nursecall.reports import daily_calls
    from nursecall.views import Wanted, history

    zone, tongue = desk.plan.site.zone, desk.language
    days = desk.days(day, day)
    wards = desk.wards((ward,) if ward else ())
    rows = finish(history(desk.database, Wanted(days.start, days.stop, wards)))
    return daily_calls(rows, desk.plan.nursecall, days.first, ward, zone, tongue, desk.site, printed_at=desk.now)


@prints("analysis", "pdf", "xlsx", "json")
@days_options("today")
@wards_option
def analysis(desk: Desk, first: datetime | None, last: datetime | None, wards: tuple[str, ...]) -> bytes:
    """How wards answered their calls in some days: times, targets, by type, bed, staff, shift, hour."""
    from nursecall.analysis import analyse, to_json
    from nursecall.analysis_report import analysis_pdf
    from nursecall.analysis_tables import workbook
    from nursecall.patient_days import patient_days
    from nursecall.report_words import Words
    from nursecall.views import Wanted, history

    plan, zone, now = desk.plan.nursecall, desk.plan.site.zone, desk.now
    days, chosen = desk.days(first, last), desk.wards(wards)
    rows = finish(history(desk.database, Wanted(days.start, days.stop, chosen)))
    until = min(days.stop, now)
    lain = finish(patient_days(desk.database, chosen, days.start, until)) if days.start < now else None
    found = analyse(rows, plan, days.first, days.last, zone, now, wards=chosen, patient_days=lain)
    words = Words(plan, zone, desk.language)
    match desk.kind:
        case "xlsx":
            return workbook(found, words)
        case "json":
            return to_json(found)
        case _:
            return analysis_pdf(found, words, desk.site, zone, printed_at=now)


@prints("history", "csv", "xlsx")
@days_options("today")
@wards_option
@click.option("--bed", default="", help="Only this bed.")
@click.option("--type", "call_type", default="", help="Only this type of call (plan id).")
@click.option("--patient", default="", envvar=PATIENT, help=f"Part of the patient's name; also as {PATIENT}.")
@click.option("--staff", default="", help="Part of the name of who took, spoke or ended.")
@click.option("--ending", type=click.Choice(["reset", "cancelled", "cleared", "escalated", "open"]), default=None)
@click.option("--waited", type=click.IntRange(min=0), help="Only calls that waited longer, in seconds.")
@click.option("--names/--no-names", default=False, help="With the names of patients; default: without.")
def history(
    desk: Desk,
    first: datetime | None,
    last: datetime | None,
    wards: tuple[str, ...],
    waited: int | None,
    ending: Ending | None,
    *,
    names: bool,
    **sought: str,
) -> bytes:
    """Every call that was looked for, one row each, as CSV or XLSX."""
    from nursecall.history_file import history_file
    from nursecall.report_words import Words
    from nursecall.views import Wanted
    from nursecall.views import history as read

    days = desk.days(first, last)
    patience = None if waited is None else timedelta(seconds=waited)
    wanted = Wanted(
        days.start, days.stop, desk.wards(wards), ending=ending or "", waited=patience, now=desk.now, **sought
    )
    words = Words(desk.plan.nursecall, desk.plan.site.zone, desk.language)
    return history_file(finish(read(desk.database, wanted)), words, kind=desk.table, named=names)


@prints("handover", "pdf")
@click.argument("ward")
@click.argument("shift")
@click.option("--day", type=day_type, help="The day on which the shift begins. Default: today at the site.")
def handover(desk: Desk, ward: str, shift: str, day: datetime | None) -> bytes:
    """What one SHIFT of WARD (plan ids) tells the next: calls by bed, what is open, notes, missed rounds."""
    from nursecall.handover import handover as read
    from nursecall.handover_report import handover_pdf
    from nursecall.roster import run_of

    plan, zone = desk.plan.nursecall, desk.plan.site.zone
    known = plan.ward(ward)
    hours = next((one for one in known.shifts if one.id == shift), None) if known else None
    if hours is None:
        raise click.ClickException(
            say("There is no shift {shift!r} of a ward {ward!r} in the plan.", shift=shift, ward=ward)
        )
    run = run_of(hours, desk.days(day, day).first, zone)
    told = finish(read(desk.database, ward, run, desk.now))
    return handover_pdf(told, plan, ward, zone, desk.language, desk.site, printed_at=desk.now)


@prints("phone-labels", "pdf")
def phone_labels(desk: Desk) -> bytes:
    """Labels for every telephone that was accepted: number, place, MAC; 24 of 70 by 35 mm on a sheet of A4."""
    from pbx.provisioning.labels import label_sheet
    from pbx.provisioning.store import PhoneStore

    return label_sheet(finish(PhoneStore(desk.database).every()), desk.language, desk.site)


@prints("telephone-call", "pdf")
@click.argument("call")
def telephone_call(desk: Desk, call: str) -> bytes:
    """One telephone call (its id) step by step: what was decided, and why."""
    from pbx.calls.views import story
    from pbx.engine.program import call_records
    from pbx.engine.records import Records
    from web.call_report import call_pdf
    from web.call_story import happenings

    told = finish(story(desk.database, call))
    if told is None:
        raise click.ClickException(say("There is no telephone call {call!r} on record.", call=call))
    written = Records(call_records(desk.settings.asterisk))
    records = [record for row in told.kin for record in written.of_call(row.id)]
    trunks = {trunk.id: trunk.name[desk.language] for trunk in desk.plan.pbx.trunks}
    found = happenings(told, records, trunks, desk.language)
    return call_pdf(told.call, found, desk.plan.site.zone, desk.language, desk.site, printed_at=desk.now)
