"""The operator's console: every line live, and the operator's own telephone at the fingertips."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.features.console import NotDone
from pbx.numbers import carrier_form, world_form
from web import shell
from web.live import Regions, View
from web.pages.emergencies import emergencies
from web.pages.extensions import WORDS, other, seat_of, where
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

PEOPLE = 12
NO_TELEPHONE = "The roster has no extension for your log-in: lines are shown, but you cannot call from here."


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/operator", "operator")
    async def operator(visit: Visit) -> Answer:
        house = panel.house
        own = own_extension(house, visit.user.name)
        park = house.pbx().features.codes.park
        return panel.page(visit, "operator.html", regions=regions(house, visit.language), own=own, park=park)

    @panel.route("/operator/people", "operator")
    async def people(visit: Visit) -> Answer:
        """Who of the address book fits what is typed, as tiles: one for each number."""
        typed = visit.field("typed")[:64]
        found = panel.house.addresses.found(typed, PEOPLE) if typed else []
        return "\n".join(
            fragment(
                "operator_person.html", visit.language, entry=entry, number=number, dialled=to_dial(panel.house, number)
            )
            for entry in found
            for number in entry.numbers
        )

    @panel.route("/operator/<act>", "operator", method="POST")
    async def do(visit: Visit, act: str) -> Answer:
        await _do(panel.house, visit, act)
        if visit.by_script:
            return ""
        raise Redirect("/operator")


def to_dial(house: House, number: str) -> str:
    """What a telephone of the house dials to reach a number of the address book."""
    plan, site = house.pbx(), house.site()
    world = None if number in plan.numbers() else world_form(number, site.country, site.area)
    return plan.outgoing.access + carrier_form(world, "national", site.country) if world else number


def own_extension(house: House, login: str) -> str:
    """The telephone of whoever has that log-in, by the roster; empty for none."""
    staff = house.roster.of_login(login)
    return staff.extension if staff is not None and staff.extension in house.pbx().numbers() else ""


def view(house: House, language: Language) -> View:
    """The lines as they go on."""

    async def draw() -> Regions:
        return regions(house, language)

    return View("operator", language, frozenset({"lines", "phones", "trunks", "health", "emergencies"}), draw)


def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    features, names = house.features(), where(house, language)
    return {
        "emergencies": emergencies(house, language),
        "tiles": {
            f"tile-{line.number}": fragment(
                "operator_tile.html", language, line=line, whose=names.get(line.number, ""), word=WORDS[line.state],
                other=other(house, line, language), wishes=features.wishes.of(line.number),
                seat=seat_of(features, line.number),
            )
            for line in features.lines()
        },
        "parked": {
            f"parked-{place.slot}": fragment("operator_parked.html", language, place=place)
            for place in features.parking.places()
        },
        "trunks": {
            f"trunk-{trunk.id}": fragment(
                "operator_trunk.html", language, trunk=trunk, used=house.exchange().trunks.used(trunk.id)
            )
            for trunk in house.pbx().trunks
        },
        "health": {"dot": shell.health(house.health.parts(), language)},
    }  # fmt: skip


async def _do(house: House, visit: Visit, act: str) -> None:
    own, by, console = own_extension(house, visit.user.name), visit.user.name, house.features().console
    number, codes = visit.field("number").replace(" ", "")[:32], house.pbx().features.codes
    if not own:
        raise Refused(409, NO_TELEPHONE)
    try:
        match act:
            case "call" if number:
                await console.dial(own, number, by)
            case "hand-on" if number:
                await console.hand_on(own, number, by)
            case "pick-up" if number and codes.pick_up:
                await console.dial(own, codes.pick_up + number, by)
            case "park" if codes.park:
                await console.hand_on(own, codes.park, by)
            case "hang-up":
                await console.hang_up(own, by)
            case _:
                raise Refused(400, "That request cannot be understood.")
    except NotDone as why:
        raise Refused(409, translate(str(why), visit.language)) from why
