"""All of the setup assistant that changes by itself: the steps, the plan's wards, lines and trunks, what is tried."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.health import HealthChanged
from appliance.foundation.values import Language
from nursecall.plan_lines import SerialLine
from web import heard, shell
from web.bringing_up import Proof, proofs
from web.live import Regions, View
from web.pages import part_names, status
from web.pages.setup_steps import WORDS, steps
from web.ports import House
from web.render import fragment

NOTHING = {
    "wards": "The plan has no ward yet.",
    "lines": "The plan has no line yet.",
    "trunks": "The plan has no trunk yet: calls inside the house work without one.",
}


def view(house: House, name: str, language: Language) -> View:
    """The step `name` as it goes on."""

    async def draw() -> Regions:
        return await regions(house, name, language)

    return View(f"setup {name}", language, frozenset({"setup", "health"}), draw)


async def regions(house: House, name: str, language: Language) -> Regions:
    """Every region of every step; name: the step that is open."""
    what, _, which = house.setup.going().partition(" ")
    parts = {part.part: part for part in house.health.parts()}
    every = {
        "steps": await _steps(house, name, language),
        "wards": {ward.id: fragment("setup_ward.html", language, ward=ward) for ward in house.nursecall().wards},
        "lines": _lines(house, parts, language),
        "trunks": _trunks(house, parts, language),
        "ports": _ports(house, language, which if what == "port" else "", busy=bool(what)),
        **await _proofs(house, what, which, language),
    }
    for region, words in NOTHING.items():
        every[region] = every[region] or {"none": fragment("setup_none.html", language, words=words)}
    return every | {"health": {"dot": shell.health(house.health.parts(), language)}}


async def _steps(house: House, name: str, language: Language) -> dict[str, str]:
    return {
        step.name: fragment(
            "setup_rail.html", language, step=step, number=number, current=step.name == name, words=WORDS
        )
        for number, step in enumerate(await steps(house), 1)
    }


async def _proofs(house: House, what: str, which: str, language: Language) -> Regions:
    found, zone = await house.database.transact(proofs), house.site().zone

    def rows(*kinds: str) -> dict[str, str]:
        going = {"going": fragment("setup_going.html", language, which=which)} if what in kinds else {}
        return going | {
            key: fragment("setup_proof.html", language, key=key, proof=proof, zone=zone)
            for key, proof in _of(found, kinds).items()
        } or {"none": fragment("setup_proof.html", language, key="none", proof=None, zone=zone)}

    return {"calls": rows("call"), "announcements": rows("place", "sound"), "printed": rows("printed")}


def _of(found: Sequence[Proof], kinds: Sequence[str]) -> dict[str, Proof]:
    """The last ten of these kinds, the newest first."""
    return {f"proof-{proof.at.timestamp()}": proof for proof in [one for one in found if one.kind in kinds][:10]}


Parts = dict[str, HealthChanged]


def _lines(house: House, parts: Parts, language: Language) -> dict[str, str]:
    return {
        line.id: fragment(
            "setup_line.html", language, line=line, place=place,
            called=part_names.name(house, f"line:{line.id}", language),
            device=line.device if isinstance(line, SerialLine) else "",
            **_standing(parts.get(f"line:{line.id}"), language),
        )
        for place, line in enumerate(house.nursecall().lines)
    }  # fmt: skip


def _trunks(house: House, parts: Parts, language: Language) -> dict[str, str]:
    return {
        trunk.id: fragment(
            "setup_trunk.html",
            language,
            trunk=trunk,
            place=place,
            **_standing(parts.get(f"trunk:{trunk.id}"), language),
        )
        for place, trunk in enumerate(house.pbx().trunks)
    }


def _standing(part: HealthChanged | None, language: Language) -> dict[str, object]:
    if part is None:
        return {"part": None, "word": "", "detail": ""}
    return {"part": part, "word": status.WORDS[part.state], "detail": status.detail(part, language)}


def _ports(house: House, language: Language, listening: str, *, busy: bool) -> dict[str, str]:
    """Each with what was heard at it."""
    every = house.setup.heard()
    return {
        port.path: fragment(
            "setup_port.html", language, port=port, listening=port.path == listening, busy=busy,
            said=heard.sentence(every[port.path], language) if port.path in every else "",
            form=heard.begun(port.path, every.get(port.path)),
            fits=port.path in every and every[port.path].guess.kind in heard.FORM,
        )
        for port in house.setup.serial_ports()
    } or {"none": fragment("setup_port_none.html", language)}  # fmt: skip
