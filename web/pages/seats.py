"""Free seating for hospital IT: whose number is at whose telephone, and the PINs, shown once."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web import shell
from web.live import Regions, View
from web.pages.extensions import where
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

HOME = "/exchange/seats"
NOTE = "seat-pin"
MADE = "{number} has the PIN {pin}. It is not shown again."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HOME, "exchange")
    async def seats(visit: Visit) -> Answer:
        told = visit.session.notes.pop(NOTE, "") if visit.session else ""
        said, names = house.pbx().features, where(house, visit.language)
        made = await house.features().seat_pins.there()
        return panel.page(
            visit, "seats.html", regions=regions(house, visit.language), told=told,
            code=said.codes.seat, hours=said.seating.hours,
            pins=[(number, names.get(number, ""), number in made) for number in said.seating.who()],
        )  # fmt: skip

    @panel.route(f"{HOME}/<number>/pin", "exchange", method="POST")
    async def pin(visit: Visit, number: str) -> Answer:
        _known(house, number)
        made = await house.features().seat_pins.renew(number, visit.user.name)
        if visit.session:
            visit.session.notes[NOTE] = translate(MADE, visit.language, number=number, pin=made)
        raise Redirect(HOME)

    @panel.route(f"{HOME}/<number>/leave", "exchange", method="POST")
    async def leave(visit: Visit, number: str) -> Answer:
        _known(house, number)
        await house.features().seats.leave(number, visit.user.name)
        if visit.by_script:
            return ""
        raise Redirect(HOME)


def view(house: House, language: Language) -> View:
    """Seats as they are taken and left."""

    async def draw() -> Regions:
        return regions(house, language)

    return View("seats", language, frozenset({"lines", "phones", "health"}), draw)


def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    features, names = house.features(), where(house, language)
    taken = {seat.number: seat for seat in features.seats.every()}
    zone = house.site().zone
    return {
        "seats": {
            f"seat-{number}": fragment(
                "seat_row.html", language, number=number, whose=names.get(number, ""), seat=taken.get(number),
                at=names.get(taken[number].telephone, "") if number in taken else "", zone=zone,
            )
            for number in house.pbx().features.seating.who()
        },
        "health": {"dot": shell.health(house.health.parts(), language)},
    }  # fmt: skip


def _known(house: House, number: str) -> None:
    if not house.pbx().features.seating.may_sit(number):
        raise Refused(404, "There is no such page.")
