"""The setup assistant: what a new box still lacks, judged by what is there, not by what was clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import available_timezones

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import LANGUAGES, Language
from nursecall.plan_lines import SerialLine
from web import heard
from web.bringing_up import TEMPLATES, Proof, last, proofs
from web.live import Regions, View
from web.pages import section_keeping, status
from web.panel import SENTENCES, Answer, Panel
from web.plans import Unfit, Written
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

HERE = "/setup"
STEPS: Mapping[str, str] = {
    "site": "Hospital and clock",
    "wards": "Wards",
    "lines": "Nurse-call lines",
    "trunks": "Trunk",
    "call": "Test call",
    "announcement": "Test announcement",
    "report": "Acceptance report",
}
NEW = ("新医院", "New hospital")
"""As a box calls itself that nobody has given a name."""

Standing = Literal["done", "open", "trouble"]
WORDS: Mapping[Standing, str] = {"done": "done", "open": "to be done", "trouble": "needs a look"}


@dataclass(frozen=True)
class Step:
    """One step as it stands; says: a message id with `{count}`."""

    name: str
    title: str
    standing: Standing
    says: str
    count: int = 0


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route(HERE, "care")
    async def setup(visit: Visit) -> Answer:
        every = await steps(panel.house)
        raise Redirect(f"{HERE}/{next((step.name for step in every if step.standing != 'done'), 'report')}")

    @panel.route(f"{HERE}/<name>", "care")
    async def step(visit: Visit, name: str) -> Answer:
        if name not in STEPS:
            raise Refused(404, SENTENCES[404])
        return await page(panel, visit, name)


async def page(panel: Panel, visit: Visit, name: str, fault: str = "") -> str:
    """One step. fault: why what was sent is not done."""
    house, names = panel.house, list(STEPS)
    if fault:
        visit.request.setResponseCode(422)
    at = names.index(name)
    parts = {part.part: part for part in house.health.parts()}
    wards = house.nursecall().wards
    return panel.page(
        visit, "setup.html", name=name, heading=STEPS[name], steps=await steps(house), words=WORDS, fault=fault,
        said=section_keeping.done(visit), regions=await regions(house, visit.language), written=await _written(house),
        before=names[at - 1] if at else "", after=names[at + 1] if at + 1 < len(names) else "",
        named=house.site().name, nameless=NEW, speaks=house.site().language, languages=LANGUAGES, number=at + 1,
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        templates=TEMPLATES, wards=wards, beds=sum(len(ward.beds) for ward in wards),
        lines=_lines(house, parts, visit.language), states=status.WORDS,
        trunks=[(trunk, parts.get(f"trunk:{trunk.id}")) for trunk in house.pbx().trunks],
        extensions=house.pbx().numbers(), places=house.nursecall().places,
    )  # fmt: skip


def view(house: House, language: Language) -> View:
    """What is being tried, and what came of it."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("setup", language, frozenset({"setup"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """All that can change by itself."""
    found, zone = await house.database.transact(proofs), house.site().zone
    what, _, which = house.setup.going().partition(" ")

    def rows(*kinds: str) -> dict[str, str]:
        rows = {f"proof-{proof.at.timestamp()}": proof for proof in _of(found, kinds)}
        going = {"going": fragment("setup_going.html", language, which=which)} if what in kinds else {}
        return going | {
            key: fragment("setup_proof.html", language, key=key, proof=proof, zone=zone) for key, proof in rows.items()
        } or {"none": fragment("setup_proof.html", language, key="none", proof=None, zone=zone)}

    return {
        "calls": rows("call"), "announcements": rows("place", "sound"), "printed": rows("printed"),
        "ports": _ports(house, language, which if what == "port" else "", busy=bool(what)),
    }  # fmt: skip


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


async def steps(house: House) -> list[Step]:
    """Every step as it stands now, by plan, health and journal."""
    found = await house.database.transact(proofs)
    parts, plan, site = list(house.health.parts()), house.nursecall(), house.site()
    trunks = len(house.pbx().trunks)
    nameless = site.name.zh == NEW[0] or site.name.en == NEW[1]
    return [
        _step("site", "open" if nameless else "done", "The hospital has no name yet." if nameless else ""),
        _step("wards", "done" if plan.wards else "open", "{count} wards" if plan.wards else "No ward yet.",
              len(plan.wards)),
        _parted("lines", len(plan.lines), _down(parts, "line:"), "{count} lines"),
        _parted("trunks", trunks, _down(parts, "trunk:"), "{count} trunks"),
        _proven("call", last(found, "call")),
        _proven("announcement", last(found, "place", "sound")),
        _step("report", "done" if last(found, "printed") else "open", ""),
    ]  # fmt: skip


def _step(name: str, standing: Standing, says: str, count: int = 0) -> Step:
    return Step(name, STEPS[name], standing, says, count)


def _parted(name: str, there: int, down: int, says: str) -> Step:
    if down:
        return _step(name, "trouble", "{count} not up", down)
    return _step(name, "done", says, there) if there else _step(name, "open", "None in the plan yet.")


def _proven(name: str, proof: Proof | None) -> Step:
    if proof is None:
        return _step(name, "open", "Not tried yet.")
    return _step(name, "done" if proof.passed else "trouble", proof.result)


def _down(parts: Sequence[HealthChanged], kind: str) -> int:
    return sum(part.part.startswith(kind) and part.state is not State.UP for part in parts)


def _of(found: Sequence[Proof], kinds: Sequence[str]) -> list[Proof]:
    return [proof for proof in found if proof.kind in kinds][:10]


async def _written(house: House) -> Written | None:
    """The newest revision, for what a form is made upon."""
    try:
        return await house.plans.written()
    except (Unfit, LookupError):
        return None


def _lines(house: House, parts: Mapping[str, HealthChanged], language: Language) -> list[tuple[str, str, str, object]]:
    """Id, name, device, health part of each line of the plan."""
    return [
        (line.id, status.name(house, f"line:{line.id}", language),
         line.device if isinstance(line, SerialLine) else "", parts.get(f"line:{line.id}"))
        for line in house.nursecall().lines
    ]  # fmt: skip
