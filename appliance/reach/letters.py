"""Steps by e-mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.values import new_id
from appliance.plan import Plan
from appliance.reach.ports import Wards
from nursecall.events import CallEscalated, Outcome
from pbx.events import NoticeFailed, NoticeSent
from pbx.notices import Notice


class Notices(Protocol):
    """`pbx.notices.Notices`: what was accepted is on disk, and will be sent."""

    async def accept(self, letters: Sequence[Notice]) -> None: ...


class Letters:
    """By the first mail server of the plan."""

    def __init__(self, plan: Callable[[], Plan], wards: Wards, notices: Notices, clock: Clock, bus: Bus) -> None:
        self._plan, self._wards, self._notices, self._clock = plan, wards, notices, clock
        self._sent: dict[str, tuple[CallEscalated, str, str]] = {}
        bus.subscribe(NoticeSent, self.report)
        bus.subscribe(NoticeFailed, self.report)

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Without a mail server nobody can be told."""
        server = next(iter(self._plan().pbx.mail), None)
        for who, address in step.to:
            if server is None:
                await self._result(step, who, address, "failed")
                continue
            notice = Notice(f"mail:{server.id}", text, text, address, new_id())
            self._sent[notice.id] = step, who, address
            await self._notices.accept([notice])

    async def report(self, notice: NoticeSent | NoticeFailed) -> None:
        """A mail server took it, or none ever will."""
        if notice.notice in self._sent:
            outcome: Outcome = "delivered" if isinstance(notice, NoticeSent) else "failed"
            await self._result(*self._sent.pop(notice.notice), outcome)

    async def _result(self, step: CallEscalated, who: str, address: str, outcome: Outcome) -> None:
        await self._wards.step_result(step.call, step.serial, address, who, outcome, self._clock.now())
