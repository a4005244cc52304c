"""A ward whose escalation begins with a pager: the calls are real, and so is all between them and the pager system."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from appliance.carriers import Carriers, Stations
from appliance.reach.pages import Pagers, Pages
from nursecall.events import CallEscalated, CallStepResult
from tests.nursecall.a_ward import PLAN, AWard, plan
from tests.support import now

TREE: Mapping[str, Any] = {
    "id": "by-pager",
    "steps": [
        {"by": "pager", "to": "p:17", "after": 10},
        {"by": "pager", "to": "p:18", "after": 600},
    ],
    "failsafe": {"by": "station", "after": 600},
}
TEXT = "{bed}床 呼叫"


class APagedWard(AWard):
    """Pager 17 of the system `p`, ten minutes later its pager 18, at last the station."""

    def __init__(self, pagers: Pagers) -> None:
        self.pagers = pagers
        wards = [PLAN["wards"][0] | {"escalation": "by-pager"}, PLAN["wards"][1]]
        super().__init__(plan(wards=wards, escalations=[TREE], pagers=[{"id": "p", "device": "p"}]))

    def _build(self) -> None:
        super()._build()
        house: Any = SimpleNamespace(nursecall=self.plan, site=SimpleNamespace(language="zh"))
        pages = Pages(lambda: house, self.wards, lambda: self.pagers, self.clock, self.bus)
        carriers = Carriers(self.wards, {"pager": pages, "station": Stations(self.wards)})

        async def carry(step: CallEscalated) -> None:
            await carriers.carry(step, TEXT.format(bed=step.bed))

        self.bus.subscribe(CallEscalated, carry)

    def paged(self, bed: str = "28") -> None:
        """Somebody presses, and nobody comes for ten seconds."""
        self.press(bed)
        self.wait(10)

    def results(self) -> list[tuple[str, str, str]]:
        """Who, on which device, what became of it: each time that was noted."""
        return [(one.who, one.device, one.outcome) for one in self.heard(CallStepResult)]

    def journalled(self) -> list[dict[str, Any]]:
        """The same as it is in the journal."""
        return [entry.body for entry in self.journal() if entry.kind == "nursecall.CallStepResult"]

    def take(self, bed: str = "28") -> None:
        """Somebody takes it at the station."""
        now(self.wards.acknowledge(self.open(bed).id, "葛晓芸"))
