"""What a new box still lacks, judged by what is there, not by what was clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from appliance.foundation.health import HealthChanged, State
from web.bringing_up import Network, Proof, last, proofs
from web.ports import House

STEPS: Mapping[str, str] = {
    "site": "Hospital and clock",
    "network": "Network of the box",
    "wards": "Wards",
    "lines": "Nurse-call lines",
    "trunks": "Trunk",
    "call": "Test call",
    "announcement": "Test announcement",
    "report": "Acceptance report",
}
COUNTED = "In the plan: {count}"
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


async def steps(house: House) -> list[Step]:
    """Every step as it stands now, by plan, health and journal."""
    found = await house.database.transact(proofs)
    parts, plan, site = list(house.health.parts()), house.nursecall(), house.site()
    trunks = len(house.pbx().trunks)
    nameless = site.name.zh == NEW[0] or site.name.en == NEW[1]
    return [
        _step("site", "open" if nameless else "done", "The hospital has no name yet." if nameless else ""),
        _networked(house.setup.network()),
        _step("wards", "done" if plan.wards else "open", COUNTED if plan.wards else "No ward yet.",
              len(plan.wards)),
        _parted("lines", len(plan.lines), _down(parts, "line:"), COUNTED),
        _parted("trunks", trunks, _down(parts, "trunk:"), COUNTED),
        _proven("call", last(found, "call")),
        _proven("announcement", last(found, "place", "sound")),
        _step("report", "done" if last(found, "printed") else "open", ""),
    ]  # fmt: skip


def _step(name: str, standing: Standing, says: str, count: int = 0) -> Step:
    return Step(name, STEPS[name], standing, says, count)


def _networked(network: Network) -> Step:
    if not network.cards:
        return _step("network", "trouble", "No address yet.")
    return _step("network", "done", "")


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
