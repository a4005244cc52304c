"""The exchange for hospital IT: extensions and trunks and how they are. Its other pages are tabs beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan import ExtensionGroup
from pbx.plan_trunks import AnalogueTrunk, E1Trunk, SipTrunk, Trunk
from web import shell
from web.live import Regions, View
from web.pages import status
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Visit

STATES = {state: status.WORDS[state] for state in State}


@dataclass(frozen=True)
class Manned:
    """A group of extensions, and which of them have their phone there."""

    group: ExtensionGroup
    there: tuple[str, ...]
    away: tuple[str, ...]


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/exchange", "exchange")
    async def exchange(visit: Visit) -> Answer:
        return panel.page(visit, "exchange.html", regions=await regions(panel.house, visit.language))


def view(house: House, language: Language) -> View:
    """Extensions and trunks as they go on."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("exchange", language, frozenset({"health", "phones"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    parts = {part.part: part for part in house.health.parts()}
    return {
        "engine": {"engine": _engine(parts, language)},
        "trunks": dict(_trunks(house, parts, language)),
        "extensions": dict(_extensions(house, language)),
        "health": {"dot": shell.health(list(parts.values()), language)},
    }


def _engine(parts: dict[str, HealthChanged], language: Language) -> str:
    part = parts.get("exchange:asterisk")
    state = part.state if part else State.STARTING
    detail = status.detail(part, language) if part else ""
    return fragment("exchange_engine.html", language, state=state, word=STATES[state], detail=detail)


def _trunks(house: House, parts: dict[str, HealthChanged], language: Language) -> Iterator[tuple[str, str]]:
    for trunk in house.pbx().trunks:
        part = parts.get(f"trunk:{trunk.id}")
        state = part.state if part else State.STARTING
        yield f"trunk-{trunk.id}", fragment(
            "exchange_trunk.html", language, trunk=trunk, address=address(trunk), state=state, word=STATES[state],
            detail=status.detail(part, language) if part else "",
        )  # fmt: skip


def address(trunk: Trunk) -> str:
    """Where the carrier is: hosts, or ports of a card."""
    match trunk:
        case SipTrunk():
            return ", ".join(trunk.addresses)
        case E1Trunk():
            return f"E1 {', '.join(map(str, trunk.spans))}"
        case AnalogueTrunk():
            return f"{trunk.kind.upper()} {trunk.ports}"
    return ""


def _extensions(house: House, language: Language) -> Iterator[tuple[str, str]]:
    registered = house.exchange().phones.registered()
    for index, group in enumerate(house.pbx().extensions):
        there = tuple(number for number in group.each() if number in registered)
        away = tuple(number for number in group.each() if number not in registered)
        name = translate("{count} of {all} phones there", language, count=len(there), all=len(there) + len(away))
        manned = Manned(group, there, away)
        yield (
            f"group-{index}",
            fragment("exchange_group.html", language, key=f"group-{index}", manned=manned, count=name),
        )
