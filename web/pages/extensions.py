"""Every extension for hospital IT: how it is now, and what it wants done with its calls, which can be set here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.features.following import Wishes
from pbx.features.lines import Line, State
from web import shell
from web.live import Regions, View
from web.panel import Answer, Panel
from web.ports import Features, House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

HOME = "/exchange/extensions"
WORDS: dict[State, str] = {
    "away": "No telephone", "idle": "Free", "busy": "In use", "ringing": "Rings", "talking": "Talks",
}  # fmt: skip
FORWARDS = ("always", "busy", "no_answer", "follow_me")
MOST = 10
DONE = "extension-done"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route(HOME, "exchange")
    async def extensions(visit: Visit) -> Answer:
        return panel.page(visit, "extensions.html", regions=regions(panel.house, visit.language))

    @panel.route(f"{HOME}/<number>", "exchange")
    async def extension(visit: Visit, number: str) -> Answer:
        told = visit.session.notes.pop(DONE, "") if visit.session else ""
        return _one(panel, visit, number, panel.house.features().wishes.of(number), told=told)

    @panel.route(f"{HOME}/<number>", "exchange", method="POST")
    async def change(visit: Visit, number: str) -> Answer:
        features, wanted = panel.house.features(), _wanted(visit)
        _known(panel.house, number)
        fault = _fault(panel.house, number, wanted)
        if fault:
            return _one(panel, visit, number, wanted, fault=fault)
        await features.wishes.change(number, visit.user.name, **asdict(wanted))
        if visit.session:
            visit.session.notes[DONE] = translate("Kept.", visit.language)
        raise Redirect(f"{HOME}/{number}")


def view(house: House, language: Language) -> View:
    """The extensions as they go on."""

    async def draw() -> Regions:
        return regions(house, language)

    return View("extensions", language, frozenset({"lines", "phones", "health"}), draw)


def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    features, names = house.features(), where(house, language)
    return {
        "lines": {
            f"line-{line.number}": fragment(
                "extension_row.html", language, line=line, whose=names.get(line.number, ""), word=WORDS[line.state],
                other=other(house, line, language), wishes=features.wishes.of(line.number),
                seat=seat_of(features, line.number),
            )
            for line in features.lines()
        },
        "health": {"dot": shell.health(house.health.parts(), language)},
    }  # fmt: skip


def where(house: House, language: Language) -> dict[str, str]:
    """Whose each extension is: a bed's, a station's, whose the address book says; else its row's of the plan."""
    names = {number: group.name[language] for group in house.pbx().extensions for number in group.each()}
    names |= {number: said for number in names if (said := house.addresses.name(number))}
    for ward in house.nursecall().wards:
        for bed, number in ward.phones.beds.items():
            names[number] = translate("{ward}, bed {bed}", language, ward=ward.name[language], bed=bed)
        if ward.desk:
            names[ward.desk] = translate("{ward}, station", language, ward=ward.name[language])
    return names


def seat_of(features: Features, number: str) -> tuple[str, str]:
    """The telephone at which that number is, and the number that is at its telephone; empty where they are its own."""
    at, here = features.seats.telephone_of(number), features.seats.whose(number)
    return at if at != number else "", here if here != number else ""


def other(house: House, line: Line, language: Language) -> str:
    """With whom it talks: whose number that is, the number itself, or over which trunk."""
    for trunk in house.pbx().trunks:
        if line.other.startswith(f"trunk-{trunk.id}"):
            return trunk.name[language]
    return house.addresses.name(line.other) or line.other


def _one(panel: Panel, visit: Visit, number: str, wishes: Wishes, *, fault: str = "", told: str = "") -> str:
    _known(panel.house, number)
    return panel.page(
        visit, "extension.html", number=number, wishes=wishes, fault=fault, told=told,
        name=where(panel.house, visit.language).get(number, ""),
    )  # fmt: skip


def _known(house: House, number: str) -> None:
    if number not in house.pbx().numbers():
        raise Refused(404, "There is no such page.")


def _wanted(visit: Visit) -> Wishes:
    numbers: dict[str, Any] = {name: visit.field(name).strip()[:32] for name in FORWARDS}
    in_turn = tuple(number[:32] for number in visit.field("in_turn").split())[:MOST]
    switches: dict[str, Any] = {name: bool(visit.field(name)) for name in ("do_not_disturb", "call_waiting")}
    return Wishes(**numbers, **switches, in_turn=in_turn)


def _fault(house: House, number: str, wanted: Wishes) -> str:
    """What is wrong with it, an English message id; empty for nothing."""
    features = house.features()
    if wanted.follow_me and wanted.follow_me not in house.pbx().numbers():
        return "Follow me leads to an extension."
    for to in (wanted.always, wanted.busy, wanted.no_answer, wanted.follow_me, *wanted.in_turn):
        if to == number:
            return "Calls cannot be forwarded to the extension itself."
        if to and not features.may_forward(number, to):
            return "This extension may not call one of these numbers, so its calls cannot go there."
    return ""
