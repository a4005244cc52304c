"""Who lies where: the patients of each ward, those without a bed, and the hospital system's feeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.adt_messages import Received, recent
from nursecall.patient import Patient
from nursecall.patient_file import in_order, write_patients
from nursecall.plan_wards import Ward
from nursecall.views import masked
from web import shell
from web.events import ReportPrinted
from web.live import Regions, View
from web.pages import status
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Visit

MESSAGES = 30
CODES = {"AA": "accepted", "AE": "not now", "AR": "refused"}
DONE = "patients done"
"""The session's note of what was done, shown once."""

log = Logger()


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/patients", "patients")
    async def patients(visit: Visit) -> Answer:
        return await page(panel, visit)

    @panel.route("/patients/export.csv", "station")
    async def export(visit: Visit) -> Answer:
        wards = _wards(panel.house, visit)
        found = [patient for ward in wards for patient in panel.house.patients.every(ward.id)]
        today = str(_today(panel.house))
        event = ReportPrinted(
            at=panel.house.clock.now(), report="patients", subject=",".join(ward.id for ward in wards),
            first=today, last=today, by=visit.user.name,
        )  # fmt: skip
        await panel.house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", "text/csv; charset=utf-8")
        visit.request.setHeader("content-disposition", f'attachment; filename="patients-{today}.csv"')
        return write_patients(found).encode("utf-8-sig")


async def page(panel: Panel, visit: Visit, *, fault: str = "") -> str:
    """The page of the patients; fault: a sentence that says why something was not done."""
    house, search = panel.house, visit.field("q")[:64]
    if fault:
        visit.request.setResponseCode(422)
    wards, named, language = _wards(house, visit), visit.may("station"), visit.language
    found = None
    if search:
        found = [
            patient for ward in wards for patient in house.patients.every(ward.id) if _fits(patient, search, named)
        ]
    return panel.page(
        visit, "patients.html", wards=wards, search=search, named=named, fault=fault,
        found=None if found is None else _rows(house, found, language, named=named),
        ward_names={ward.id: ward.name[language] for ward in wards},
        regions=await regions(house, wards, language, named=named, feeds=visit.may("status")),
        done=visit.session.notes.pop(DONE, "") if visit.session else "",
    )  # fmt: skip


def view(panel: Panel, visit: Visit) -> View:
    """The page as it goes on, for who looks."""
    house, wards, language = panel.house, _wards(panel.house, visit), visit.language
    named, feeds = visit.may("station"), visit.may("status")

    async def draw() -> Regions:
        return await regions(house, wards, language, named=named, feeds=feeds)

    name = f"patients:{','.join(ward.id for ward in wards)}:{named}:{feeds}"
    return View(name, language, frozenset({"health", *(f"calls:{ward.id}" for ward in wards)}), draw)


async def regions(house: House, wards: Sequence[Ward], language: Language, *, named: bool, feeds: bool) -> Regions:
    """Everything on the page that can change. named: with names; feeds: with what the hospital system sent."""
    drawn: Regions = {"health": {"dot": shell.health(house.health.parts(), language)}}
    for ward in wards:
        drawn[f"ward-{ward.id}"] = _rows(house, house.patients.every(ward.id), language, named=named) or {
            "none": fragment("patient.html", language, patient=None, named=named)
        }
    if feeds:
        drawn["feeds"] = _feeds(house, language)
        drawn["adt"] = await _messages(house, language)
    return drawn


def _rows(house: House, found: Iterable[Patient], language: Language, *, named: bool) -> dict[str, str]:
    today = _today(house)
    ordered = sorted(found, key=lambda patient: (bool(patient.bed), patient.ward, in_order(patient.bed)))
    return {
        f"patient-{patient.key or patient.number}": fragment(
            "patient.html", language, patient=patient, age=_age(patient.born, today), named=named,
            shown=patient.name if named else masked(patient.name), zone=house.site().zone,
        )
        for patient in ordered
    }  # fmt: skip


def _feeds(house: House, language: Language) -> dict[str, str]:
    parts = [part for part in house.health.parts() if part.part.startswith("adt:")]
    if not parts:
        return {"none": fragment("feed.html", language, part=None)}
    return {
        part.part: fragment(
            "feed.html", language, part=part, feed=part.part.partition(":")[2], word=status.WORDS[part.state],
            detail=status.detail(part, language), zone=house.site().zone,
        )
        for part in parts
    }  # fmt: skip


async def _messages(house: House, language: Language) -> dict[str, str]:
    try:
        found: Sequence[Received] = await recent(house.database, MESSAGES)
    except Exception:
        log.failure("the hospital system's messages cannot be read")
        return {"broken": fragment("adt_message.html", language, one=None, broken=True)}
    zone = house.site().zone
    return {
        f"adt-{one.feed}-{one.sender}-{one.control}-{one.digest[:8]}": fragment(
            "adt_message.html", language, one=one, broken=False, word=CODES[one.code], zone=zone,
            said=[translate(said.message, language, **dict(said.facts)) for said in one.said],
        )
        for one in found
    } or {"none": fragment("adt_message.html", language, one=None, broken=False)}  # fmt: skip


def _wards(house: House, visit: Visit) -> list[Ward]:
    return [ward for ward in house.nursecall().wards if visit.user.sees(ward.id)]


def _fits(patient: Patient, search: str, named: bool) -> bool:
    words = [patient.bed, patient.said_bed]
    if search in words:
        return True
    return named and any(search.lower() in text.lower() for text in (patient.name, patient.number, patient.visit))


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _today(house: House) -> date:
    return house.clock.now().astimezone(house.site().zone).date()
