"""What the exchange's plan has of voice menus: flows, and queries to other systems' databases."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import Field

from appliance.foundation.config import PlanError, Section
from pbx.ivr.checks import Finding, Known, findings
from pbx.ivr.plan import Flow, Flows, Query, whole


class MenuSections(Section):
    """Part of `PbxPlan`."""

    queries: tuple[Query, ...] = ()
    flows: tuple[Flow, ...] = Field(default=())

    def whole_flows(self) -> Flows:
        """Each flow with all that it has from those it is based on."""
        return whole(self.flows)

    def check_menus(self, known: Known, taken: Collection[str]) -> None:
        """Raise PlanError for the first thing that is wrong. taken: numbers that no flow may have."""
        for name, ids in (("queries", [row.id for row in self.queries]), ("flows", [row.id for row in self.flows])):
            for index, identity in enumerate(ids):
                if identity in ids[:index]:
                    raise PlanError((name, index, "id"), "{name!r} is used twice", name=identity)
        for finding in findings(self.flows, known, taken):
            raise PlanError(self._place(finding), finding.message, **finding.every())

    def _place(self, finding: Finding) -> tuple[str | int, ...]:
        """Where it stands; a node that a flow has from another stands there."""
        for index, flow in enumerate(self.flows):
            if flow.id == finding.flow:
                for at, node in enumerate(flow.nodes):
                    if node.id == finding.node:
                        return ("flows", index, "nodes", at, *finding.key.split(".", 1)) if finding.key else (
                            "flows", index, "nodes", at,
                        )  # fmt: skip
                return ("flows", index)
        return ("flows",)
