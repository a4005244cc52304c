"""The acceptance report on paper: what was set up, how every part is, what was tried, and room for signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from appliance.foundation import report
from appliance.foundation.health import State
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import SerialLine
from pbx.plan import PbxPlan
from web.bringing_up import Proof
from web.pages import part_names, status
from web.pages.exchange import address
from web.pages.lines import PROTOCOLS
from web.pages.trunks import KINDS
from web.ports import Site

TRIED = {"call": "Test call to {what}", "place": "Announcement at {what}", "sound": "Sound of the station {what}"}


class Installed(Protocol):
    """The plan, as far as it is told; `appliance.plan.Plan` by shape."""

    @property
    def site(self) -> Site: ...
    @property
    def nursecall(self) -> NurseCallPlan: ...
    @property
    def pbx(self) -> PbxPlan: ...


@dataclass(frozen=True)
class Box:
    """What the box says of itself.

    versions: what (a message id) → which. parts: as `appliance.health_file.read_health` has them; empty where the
    daemon does not run. revision: of the plan in force; journal: its last line's number and hash.
    """

    versions: Mapping[str, str]
    parts: Sequence[Mapping[str, Any]]
    revision: int
    journal: tuple[int, str]


def acceptance_pdf(
    plan: Installed, box: Box, proofs: Sequence[Proof], language: Language, *, printed_at: datetime
) -> bytes:
    """All of it as a PDF. Takes seconds: never call it in the daemon."""
    zone, nursecall, pbx = plan.site.zone, plan.nursecall, plan.pbx
    states = {part["part"]: status.WORDS[State(part["state"])] for part in box.parts}
    html = report.page(
        "foundation/acceptance.html",
        language,
        site=plan.site.name[language],
        title=translate("Acceptance report", language),
        about=[
            report.stamp(printed_at, zone),
            translate("Revision {number} of the plan", language, number=box.revision),
            str(zone),
        ],
        printed=report.stamp(printed_at, zone),
        figures=[
            (len(nursecall.wards), "Wards"),
            (sum(len(ward.beds) for ward in nursecall.wards), "Beds"),
            (len(pbx.numbers()), "Extensions"),
            (len(nursecall.lines), "Nurse-call lines"),
            (len(pbx.trunks), "Outside lines"),
        ],
        wards=[(ward.name[language], ward.id, len(ward.beds)) for ward in nursecall.wards],
        lines=[
            (part_names.called(nursecall, pbx, f"line:{line.id}", language), PROTOCOLS[line.protocol],
             line.device if isinstance(line, SerialLine) else "", states.get(f"line:{line.id}", ""))
            for line in nursecall.lines
        ],
        trunks=[
            (trunk.name[language], KINDS[getattr(trunk, "kind", "sip")], address(trunk),
             states.get(f"trunk:{trunk.id}", ""))
            for trunk in pbx.trunks
        ],
        parts=[_part(nursecall, pbx, part, language) for part in box.parts],
        versions=box.versions.items(),
        proofs=[
            (report.stamp(proof.at, zone), translate(TRIED[proof.kind], language, what=_where(plan, proof, language)),
             proof.by, proof.result, proof.passed)
            for proof in proofs
            if proof.kind in TRIED
        ],
        journal=box.journal,
    )  # fmt: skip
    return report.pdf(html)


def _part(
    nursecall: NurseCallPlan, pbx: PbxPlan, part: Mapping[str, Any], language: Language
) -> tuple[str, str, str, str, bool]:
    """Its kind, its name, its state, its own sentence, whether it is up."""
    kind, state = part["part"].partition(":")[0], State(part["state"])
    heading = status.KINDS.get(kind, ("", kind))[1]
    word = (status.WORDS | status.waiting(kind))[state]
    detail = status.filled(part["detail"], list(part["facts"].items()), language)
    return heading, part_names.called(nursecall, pbx, part["part"], language), word, detail, state is not State.DOWN


def _where(plan: Installed, proof: Proof, language: Language) -> str:
    ward = plan.nursecall.ward(proof.what) if proof.kind == "sound" else None
    return ward.name[language] if ward else proof.what
