"""What the setup assistant shows: serial ports, what was tried, templates of wards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from appliance.foundation import journal

Proven = Literal["call", "place", "sound", "printed"]

KINDS: Mapping[str, Proven] = {
    "web.CallTried": "call", "web.PlaceTried": "place", "web.SoundTested": "sound", "web.ReportPrinted": "printed",
}  # fmt: skip
LATEST = 60
"""Of each kind; a ward's sound is tested once a shift."""

RECEPTION = "acceptance"
"""The report's name in the journal."""

OUTCOMES = {
    "answered": "Somebody answered",
    "busy": "Busy",
    "no-answer": "No answer",
    "congestion": "No free line",
    "unreachable": "Not reachable",
}


@dataclass(frozen=True)
class SerialPort:
    """One port. path: its lasting name; device: what that is now; there: whether the box has it.

    users: `line ID`, `pager ID`, `modem ID`, of the plan in force.
    """

    path: str
    device: str
    there: bool
    users: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """How this box is in the network. cards: each card and its `10.1.2.3/24`. ntp: as nightbell.toml of the boot
    partition says. is_image: whether that file decides.
    """

    cards: tuple[tuple[str, str], ...]
    gateway: str
    dns: tuple[str, ...]
    ntp: tuple[str, ...]
    is_image: bool


@dataclass(frozen=True)
class Proof:
    """One thing that was tried, from the journal. what: extension, place or ward; result: a message id."""

    at: datetime
    kind: Proven
    what: str
    passed: bool
    result: str
    by: str


def proofs(connection: sa.Connection) -> list[Proof]:
    """What was tried at this box, newest first."""
    table = journal.journal
    found: list[tuple[int, Proof]] = []
    for kind, proven in KINDS.items():
        query = sa.select(table).where(table.c.kind == kind)
        if proven == "printed":
            query = query.where(table.c.body.contains(f'"report":"{RECEPTION}"'))
        rows = connection.execute(query.order_by(table.c.id.desc()).limit(LATEST))
        found += [(row.id, _proof(proven, datetime.fromisoformat(row.at), json.loads(row.body))) for row in rows]
    return [proof for _, proof in sorted(found, key=lambda one: -one[0])]


def _proof(kind: Proven, at: datetime, body: dict[str, Any]) -> Proof:
    match kind:
        case "call":
            outcome = body["outcome"]
            return Proof(at, kind, body["extension"], outcome == "answered", OUTCOMES.get(outcome, outcome), body["by"])
        case "place":
            result = "Played to its end" if body["heard"] else body["why"]
            return Proof(at, kind, body["place"], body["heard"], result, body["by"])
        case "sound":
            passed = body["heard"] and body["flowed"]
            return Proof(at, kind, body["ward"], passed, "Heard" if passed else "Not heard", body["user"])
        case "printed":
            return Proof(at, kind, "", True, "Printed", body["by"])


def last(found: Sequence[Proof], *kinds: Proven) -> Proof | None:
    """The newest of these kinds."""
    return next((proof for proof in found if proof.kind in kinds), None)


Table = dict[str, object]


TEMPLATES: Mapping[str, tuple[int, int]] = {"1x20": (1, 20), "1x40": (1, 40), "3x40": (3, 40)}
"""Name → wards, beds of each."""

FIGURES = "〇一二三四五六七八九"


def ward_tables(wards: int, beds: int, taken: Sequence[str]) -> list[Table]:
    """So many wards as the plan writes them, numbered on from those whose ids are `taken`."""
    free = [number for number in range(1, len(taken) + wards + 1) if f"ward-{number}" not in taken][:wards]
    return [
        {"id": f"ward-{n}", "name": {"zh": f"{_figure(n)}病区", "en": f"Ward {n}"}, "beds": [f"1-{beds}"]}
        for n in free
    ]  # fmt: skip


def _figure(number: int) -> str:
    return FIGURES[number] if number < len(FIGURES) else str(number)
