"""Lists of patients: looked at first, loaded then."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation import journal
from nursecall.patient import Patient
from nursecall.patient_file import BadRows, read_patients, write_patients
from nursecall.patient_preview import preview
from web.events import PatientsImported
from web.pages import patients
from web.panel import Answer, Panel
from web.visit import Redirect, Visit

ROWS = 100
"""So many faults of a list are shown; the rest is counted."""

LIST = "patients list"
"""The session's note of the list that was looked at."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/patients/import", "patients-import")
    async def back(visit: Visit) -> Answer:
        raise Redirect("/patients")

    @panel.route("/patients/import", "patients-import", method="POST")
    async def look(visit: Visit) -> Answer:
        content = visit.upload("list")
        if not content:
            return await patients.page(panel, visit, fault=visit.say("Choose a file first."))
        try:
            found = read_patients(content, panel.house.nursecall())
        except BadRows as why:
            return _faults(panel, visit, why)
        if visit.session is not None:
            visit.session.notes[LIST] = write_patients(found)
        return _preview(panel, visit, found)

    @panel.route("/patients/import/load", "patients-import", method="POST")
    async def load(visit: Visit) -> Answer:
        found = _looked_at(panel, visit)
        if not found:
            fault = visit.say("The list is no longer there. Choose the file again.")
            return await patients.page(panel, visit, fault=fault)
        count = await panel.house.patients.import_list(found)
        wards = tuple(sorted({patient.ward for patient in found}))
        event = PatientsImported(at=panel.house.clock.now(), patients=count, wards=wards, by=visit.user.name)
        await panel.house.database.transact(lambda connection: journal.append(connection, event))
        if visit.session is not None:
            visit.session.notes[patients.DONE] = visit.say("{count} patients were loaded.", count=count)
        raise Redirect("/patients")


def _faults(panel: Panel, visit: Visit, why: BadRows) -> str:
    visit.request.setResponseCode(422)
    faults = [row.text(visit.language) for row in why.rows]
    return panel.page(visit, "patients_list.html", faults=faults[:ROWS], more=len(faults) - ROWS)


def _preview(panel: Panel, visit: Visit, found: Sequence[Patient]) -> str:
    rows = preview(found, panel.house.patients.every())
    names = {ward.id: ward.name[visit.language] for ward in panel.house.nursecall().wards}
    return panel.page(visit, "patients_list.html", faults=[], rows=rows, names=names, found=len(found))


def _looked_at(panel: Panel, visit: Visit) -> list[Patient]:
    text = visit.session.notes.pop(LIST, "") if visit.session else ""
    try:
        return read_patients(text, panel.house.nursecall()) if text else []
    except BadRows:
        return []  # the plan has changed since it was looked at
