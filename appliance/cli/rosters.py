"""`nightbell staff` and `nightbell roster`: lists of people and of their shifts, as files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database, open_for_reading, plan_in_force
from appliance.cli.language import language, say
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase
from appliance.foundation.sheets import table_file
from appliance.supervision import tell_daemon
from nursecall.plan_wards import Ward
from nursecall.roster import RosterRefused, Staff
from nursecall.roster_file import BadFile, month_rows, read_month, read_staff, staff_rows
from nursecall.roster_store import RosterStore

BY = "command line"

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
new_file = click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
ward_option = click.option("--ward", required=True, help="The ward (plan id).")
month_option = click.option("--month", required=True, type=click.DateTime(["%Y-%m"]), help="The month, as 2026-03.")


@click.group(cls=Group)
def staff() -> None:
    """Who works in the wards: numbers, names, roles, telephones, log-ins."""


@staff.command(name="import")
@file_argument
@click.pass_context
def import_staff(context: click.Context, file: Path) -> None:
    """Take in the people of FILE (CSV or XLSX), or note what is new of them. Who is not in FILE stays.

    A bad row is named and nothing is loaded.

    Columns: id,ward,name,role,mobile,extension,login,active
    """
    settings = settings_of(context)
    database = open_database(settings)
    try:
        people = read_staff(file.read_bytes(), plan_in_force(database).nursecall)
        changed = finish(RosterStore(database).write_staff(people, BY, CommandClock().now()))
    except (BadFile, RosterRefused) as why:
        raise click.ClickException(why.text(language())) from why
    tell_daemon(settings.supervisor_socket)
    print(say("{count} people, {changed} of them new or changed", count=len(people), changed=len(changed)))


@staff.command(name="export")
@new_file
@click.option("--ward", help="Only this ward (plan id).")
@click.pass_context
def export_staff(context: click.Context, file: Path, ward: str | None) -> None:
    """Write the staff to FILE (.csv or .xlsx), as `import` reads it."""
    people = [one for one in _staff(open_for_reading(settings_of(context))).values() if ward in (None, one.ward)]
    rows = list(staff_rows(people))
    file.write_bytes(table_file(file.suffix[1:], "staff", rows))
    print(say("{count} people", count=len(people)))


@click.group(cls=Group)
def roster() -> None:
    """Who works in which shift of which day."""


@roster.command(name="import")
@file_argument
@ward_option
@month_option
@click.pass_context
def import_roster(context: click.Context, file: Path, ward: str, month: datetime) -> None:
    """Put the roster of FILE (CSV or XLSX) in place of the ward's roster of that month.

    A bad row is named and nothing is loaded. A shift of a day that FILE does not name is worked by the plan's own rows.

    Columns: day,shift,id,name,beds
    """
    settings = settings_of(context)
    database = open_database(settings)
    known, (first, last) = _ward(database, ward), _days(month)
    try:
        cells = read_month(file.read_bytes(), known, first, last, _staff(database))
    except BadFile as why:
        raise click.ClickException(why.text(language())) from why
    now = CommandClock().now()
    finish(RosterStore(database).rewrite(ward, first, last, lambda _: cells, "import", BY, now))
    tell_daemon(settings.supervisor_socket)
    print(say("{count} duties", count=sum(map(len, cells.values()))))


@roster.command(name="export")
@new_file
@ward_option
@month_option
@click.pass_context
def export_roster(context: click.Context, file: Path, ward: str, month: datetime) -> None:
    """Write the ward's roster of that month to FILE (.csv or .xlsx), as `import` reads it."""
    database = open_for_reading(settings_of(context))
    _ward(database, ward)
    cells = finish(RosterStore(database).cells(ward, *_days(month)))
    rows = list(month_rows(cells, _staff(database)))
    file.write_bytes(table_file(file.suffix[1:], f"{month:%Y-%m}", rows))
    print(say("{count} duties", count=len(rows) - 1))


def _staff(database: DirectDatabase) -> dict[str, Staff]:
    now = CommandClock().now()
    return finish(RosterStore(database).books(now.date(), now)).staff


def _ward(database: DirectDatabase, ward: str) -> Ward:
    known = plan_in_force(database).nursecall.ward(ward)
    if known is None:
        raise click.ClickException(say("There is no ward {ward!r} in the plan.", ward=ward))
    return known


def _days(month: datetime) -> tuple[date, date]:
    first = month.date().replace(day=1)
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
