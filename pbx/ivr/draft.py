"""A menu that is being drawn, looked at as the checker will: every fault, each at its node."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.foundation.config import Fault, Faulty, Section, parse
from appliance.foundation.values import Language
from pbx.ivr.checks import Known, findings
from pbx.ivr.edit import Doc
from pbx.ivr.plan import Flow
from pbx.ivr.written import tidy, toml
from pbx.plan import PbxPlan


class _Flows(Section):
    """The menu alone, as a document."""

    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Said:
    """A fault in words. node: empty for the menu itself."""

    flow: str
    node: str
    text: str


def known(plan: PbxPlan) -> Known:
    """What of the rest of the plan menus may name."""
    return Known(
        plan.numbers(), [row.id for row in plan.schedules], [row.id for row in plan.queries],
        [row.id for row in plan.groups],
    )  # fmt: skip


def flow(doc: Doc) -> Flow:
    """The document as a flow of its own. Raises Faulty."""
    return parse(toml(tidy(doc), "flows"), _Flows).flows[0]


def drafted(doc: Doc, was: str, plan: PbxPlan) -> tuple[Flow, ...]:
    """Every flow of `plan`, with `doc` in the place of the one that was `was`, or behind them. Raises Faulty."""
    new = flow(doc)
    if any(one.id == was for one in plan.flows):
        return tuple(new if one.id == was else one for one in plan.flows)
    return (*plan.flows, new)


def faults(doc: Doc, was: str, plan: PbxPlan, language: Language) -> list[Said]:
    """All that keeps `doc` from going live, in words."""
    try:
        flows = drafted(doc, was, plan)
    except Faulty as why:
        return [_said(doc, fault, language) for fault in why.faults]
    found = findings(flows, known(plan), plan.taken())
    return list(dict.fromkeys(Said(one.flow, one.node, one.text(language)) for one in found))


def _said(doc: Doc, fault: Fault, language: Language) -> Said:
    place = re.match(r"flows\[0\]\.nodes\[(\d+)\]\.?(.*)", fault.path)
    nodes = tidy(doc).get("nodes", [])
    if place is None or int(place[1]) >= len(nodes):
        return Said(str(doc.get("id", "")), "", fault.reason(language))
    node = str(nodes[int(place[1])].get("id", ""))
    where = f"{node}: {place[2]}: " if place[2] else f"{node}: "
    return Said(str(doc.get("id", "")), node, where + fault.reason(language))
