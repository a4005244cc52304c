"""`nightbell patients`: a file that becomes records."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database, open_for_reading, plan_in_force
from appliance.cli.language import language, say
from appliance.direct import finish
from appliance.supervision import tell_daemon
from nursecall.patient_file import BadRows, read_patients, write_patients
from nursecall.patients import Patients

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


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
