"""`nightbell tariff` and `nightbell patients`: files that become records."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa

from appliance.cli.files import text_of
from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database, open_for_reading, plan_in_force
from appliance.cli.language import language, say
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.supervision import tell_daemon
from billing.refusal import Refusal
from billing.schema import tariff_versions
from billing.tariff import Tariffs
from nursecall.patient_file import BadRows, read_patients, write_patients
from nursecall.patients import Patients

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(cls=Group)
def tariff() -> None:
    """Tariffs: what patients pay, and what each trunk costs. The plan names them; their versions are imported here."""


@tariff.command(name="import")
@click.argument("name")
@file_argument
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day, at the site. Default: now.")
@click.pass_context
def import_tariff(context: click.Context, name: str, file: Path, valid_from: datetime | None) -> None:
    """Import FILE (CSV) as a version of the tariff NAME. A bad row is named and nothing is loaded.

    The columns are:

    \b
    prefix,name,day_kind,from,to,rate_per_minute,connect_fee,
    first_seconds,next_seconds,free_seconds,minimum,cap
    """
    settings = settings_of(context)
    database = open_database(settings)
    site = plan_in_force(database).site
    clock = CommandClock()
    start = valid_from.replace(tzinfo=site.zone) if valid_from else clock.now()
    try:
        count = finish(Tariffs(database, clock).import_csv(name, start, text_of(file), by="command line"))
    except Refusal as why:
        raise click.ClickException(why.text(language())) from why
    tell_daemon(settings.supervisor_socket)
    print(say("{count} rows, valid from {start}", count=count, start=f"{start:%Y-%m-%d %H:%M %Z}"))


@tariff.command(name="list")
@click.pass_context
def list_tariffs(context: click.Context) -> None:
    """Every version of every tariff."""
    columns = (tariff_versions.c.name, tariff_versions.c.valid_from, tariff_versions.c.id)
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        for row in connection.execute(sa.select(*columns).order_by(*columns)):
            print(f"{row.name:20} version {row.id:4}  valid from {row.valid_from:%Y-%m-%d %H:%M}Z")


@click.group(cls=Group)
def patients() -> None:
    """Who lies in which bed."""


@patients.command(name="import")
@file_argument
@click.pass_context
def import_patients(context: click.Context, file: Path) -> None:
    """Put the patients of FILE (CSV or XLSX) in place of those of the wards it names.

    A bad row is named and nothing is loaded. Who was in one of these wards and is not in FILE has left; other wards
    stay as they are. What the hospital system told is kept: the list counts as its newest word.

    The columns: ward,bed,number,name,sex,born,care_grade,admitted_on,note,visit
    """
    settings = settings_of(context)
    database = open_database(settings)
    try:
        found = read_patients(file.read_bytes(), plan_in_force(database).nursecall)
    except BadRows as why:
        raise click.ClickException(why.text(language())) from why
    count = finish(Patients(database).import_list(found))
    tell_daemon(settings.supervisor_socket)
    print(say("{count} patients", count=count))


@patients.command(name="export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--ward", help="Only this ward (plan id).")
@click.pass_context
def export_patients(context: click.Context, file: Path, ward: str | None) -> None:
    """Write all patients to FILE (CSV), as `import` reads it."""
    found = Patients(open_for_reading(settings_of(context)))
    finish(found.load())
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    file.write_text(write_patients(found.every(ward)), "utf-8-sig")
    print(say("{count} patients", count=len(found.every(ward))))
