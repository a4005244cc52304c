"""Telephones that set themselves up: who waits, who has which number, and what a network must say so that they ask."""

from __future__ import annotations

from collections.abc import Mapping

import segno

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Row, csv_file
from appliance.foundation.values import Language
from nursecall.plan_wards import Ward
from pbx.provisioning.desk import PLACE_LENGTH, PhoneDesk, Shown
from pbx.provisioning.makers import NAMES
from pbx.provisioning.phone import Phone
from pbx.provisioning.rows import NotDone
from web.pages.phone_lists import regions
from web.pages.roster_acts import download
from web.panel import Answer, Panel
from web.ports import House
from web.visit import Redirect, Refused, Visit

HOME = "/exchange/phones"
DONE = "phones done"
COLUMNS = ("number", "place", "maker", "model", "mac", "address", "firmware", "registered", "state", "last_seen")
OFF = "Automatic set-up is turned off: the box's settings have no [provisioning]."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _pages(panel)
    _many(panel)
    _more(panel)
    _one(panel)
    _for_good(panel)


def _pages(panel: Panel) -> None:
    @panel.route(HOME, "exchange")
    async def phones(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route(f"{HOME}/phones.csv", "exchange")
    async def export(visit: Visit) -> Answer:
        desk = _desk(panel)
        there = desk.registered()
        rows = [_row(phone, there) for phone in await desk.every()]
        return download(visit, csv_file([COLUMNS, *rows]), "phones", "csv")

    @panel.route(f"{HOME}/labels.pdf", "exchange")
    async def labels(visit: Visit) -> Answer:
        _desk(panel)
        visit.request.setHeader("content-type", "application/pdf")
        visit.request.setHeader("content-disposition", 'inline; filename="phone-labels.pdf"')
        return await panel.house.reports.phone_labels(visit.language)

    @panel.route(f"{HOME}/<phone>", "exchange")
    async def one(visit: Visit, phone: str) -> Answer:
        return await _detail(panel, visit, phone)


def _many(panel: Panel) -> None:
    @panel.route(f"{HOME}/accept", "exchange", method="POST")
    async def accept(visit: Visit) -> Answer:
        phone = visit.field("phone")[:12]
        number, place = visit.field(f"number-{phone}"), visit.field(f"place-{phone}")
        try:
            given = await _desk(panel).accept(phone, number, place, visit.user.name)
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        _note(
            visit, "The telephone has number {number}. It fetches its settings when it is started anew.", number=given
        )
        raise Redirect(HOME)

    @panel.route(f"{HOME}/accept-all", "exchange", method="POST")
    async def accept_all(visit: Visit) -> Answer:
        try:
            count = await _desk(panel).accept_all(visit.user.name)
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        _note(visit, "Accepted: {count}. They fetch their settings when they are started anew.", count=count)
        raise Redirect(HOME)

    @panel.route(f"{HOME}/refuse", "exchange", method="POST")
    async def refuse(visit: Visit) -> Answer:
        await _desk(panel).refuse(visit.field("phone")[:12], visit.user.name)
        raise Redirect(HOME)


def _more(panel: Panel) -> None:
    @panel.route(f"{HOME}/soft", "exchange", method="POST")
    async def soft(visit: Visit) -> Answer:
        try:
            shown = await _desk(panel).add_soft(visit.field("number"), visit.field("place"), visit.user.name)
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        return await _detail(panel, visit, shown.phone.id, shown)

    @panel.route(f"{HOME}/list", "exchange", method="POST")
    async def put_on_the_list(visit: Visit) -> Answer:
        try:
            await _desk(panel).list_stranger(visit.field("address")[:45])
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        raise Redirect(HOME)

    @panel.route(f"{HOME}/walk", "exchange", method="POST")
    async def walk(visit: Visit) -> Answer:
        desk = _desk(panel)
        if visit.field("stop"):
            desk.arrive()
        else:
            try:
                desk.set_out(await _stops(panel.house, desk, visit), visit.user.name)
            except NotDone as why:
                return await _page(panel, visit, fault=why)
        raise Redirect(HOME)


def _one(panel: Panel) -> None:
    @panel.route(f"{HOME}/<phone>/show", "exchange", method="POST")
    async def show(visit: Visit, phone: str) -> Answer:
        try:
            shown = await _desk(panel).show(phone, visit.user.name)
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        return await _detail(panel, visit, phone, shown)

    @panel.route(f"{HOME}/<phone>/open", "exchange", method="POST")
    async def open_again(visit: Visit, phone: str) -> Answer:
        try:
            await _desk(panel).open(phone, visit.user.name)
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        _note(visit, "Its settings can be fetched once more within the hour. Start the telephone anew.")
        raise Redirect(f"{HOME}/{phone}")


def _for_good(panel: Panel) -> None:
    @panel.route(f"{HOME}/<phone>/replace", "exchange", method="POST")
    async def replace(visit: Visit, phone: str) -> Answer:
        new = visit.field("new")[:12]
        try:
            await _desk(panel).replace(phone, new, visit.user.name)
        except NotDone as why:
            return await _page(panel, visit, fault=why)
        _note(visit, "The number has another telephone now. Start the new one anew.")
        raise Redirect(f"{HOME}/{new}")

    @panel.route(f"{HOME}/<phone>/remove", "exchange", method="POST")
    async def remove(visit: Visit, phone: str) -> Answer:
        await _desk(panel).remove(phone, visit.user.name)
        raise Redirect(HOME)


async def _stops(house: House, desk: PhoneDesk, visit: Visit) -> list[tuple[str, str]]:
    """Number and place of each stop: the telephones at the beds of a ward, or places one a line."""
    ward = house.nursecall().ward(visit.field("ward"))
    if ward is not None:
        return await _beds(desk, ward, visit.language)
    lines = visit.secret("places")[:20_000].splitlines()
    return [("", place.strip()) for place in lines if place.strip()]


async def _beds(desk: PhoneDesk, ward: Ward, language: Language) -> list[tuple[str, str]]:
    """The ward's bedside telephones that nobody has accepted yet, in the order of its beds."""
    held = {phone.extension for phone in await desk.every()}
    beds: Mapping[str, str] = ward.phones.beds
    at = [(beds[bed], bed) for bed in ward.beds if bed in beds and beds[bed] not in held]
    return [(number, translate("Bed {bed}", language, bed=bed)) for number, bed in at]


def _row(phone: Phone, there: frozenset[str]) -> Row:
    return (
        phone.extension or "", phone.place, NAMES[phone.maker], phone.model, phone.mac, phone.address, phone.firmware,
        int(phone.extension in there), phone.state, phone.last_seen.isoformat(timespec="seconds"),
    )  # fmt: skip


async def _page(panel: Panel, visit: Visit, *, fault: NotDone | None = None) -> str:
    house = panel.house
    if fault is not None:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "phones.html", regions=await regions(house, visit.language), desk=house.phones, off=OFF,
        fault=visit.say(fault.message, **fault.facts) if fault else "", done=_noted(visit), most=PLACE_LENGTH,
        wards=[ward for ward in house.nursecall().wards if ward.phones.beds], numbers=house.pbx().phones.numbers,
        skip=house.pbx().phones.skip,
    )  # fmt: skip


async def _detail(panel: Panel, visit: Visit, identity: str, shown: Shown | None = None) -> str:
    desk = _desk(panel)
    every = await desk.every()
    phone = next((one for one in every if one.id == identity), None)
    if phone is None:
        raise Refused(404, "There is no such telephone any more.")
    return panel.page(
        visit, "phone.html", phone=phone, qr=_qr(shown.link) if shown and shown.link else "",
        maker=NAMES[phone.maker], shown=shown, done=_noted(visit),
        there=phone.extension in desk.registered(), planned=phone.extension in panel.house.pbx().numbers(),
        waiting=[(one, NAMES[one.maker]) for one in every if one.state == "waiting"],
    )  # fmt: skip


def _qr(link: str) -> str:
    """The link as a picture for a mobile's camera: SVG without style or script."""
    picture: str = segno.make(link, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff")
    return picture


def _desk(panel: Panel) -> PhoneDesk:
    if panel.house.phones is None:
        raise Refused(404, OFF)
    return panel.house.phones


def _note(visit: Visit, note: str, **facts: object) -> None:
    if visit.session is not None:
        visit.session.notes[DONE] = visit.say(note, **facts)


def _noted(visit: Visit) -> str:
    return visit.session.notes.pop(DONE, "") if visit.session else ""
