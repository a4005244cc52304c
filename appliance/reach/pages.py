"""Steps by pager."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.plan import Plan
from appliance.reach.ports import Wards, found
from appliance.reach.words import Words
from nursecall.calls import OpenCall, Told
from nursecall.events import CallEscalated, Outcome
from nursecall.page_answers import PageAnswered
from nursecall.page_memory import Page
from nursecall.paging import Outcome as Paged

ALARM, URGENT = 1, 2
"""The pager system's priority for calls of priority up to URGENT; others have the one of its plan."""

OVERRULES: dict[Outcome, tuple[Outcome | None, ...]] = {
    "delivered": (None,),
    "failed": (None, "delivered"),
    "accepted": (None, "delivered", "failed"),
}
"""What a later word of a pager system may change: a group's first pager may be absent, and its second one answer."""


class Pagers(Protocol):
    """`nursecall.pagers.Pagers`."""

    async def page(
        self, pager: str, address: str, text: str, priority: int | None = None, about: Page | None = None
    ) -> Paged: ...


class Pages:
    """`ID` pages the address that the plan gives the system, `ID:ADDRESS` one pager of it.

    pagers: returns the systems of the plan in force.
    """

    log = Logger()

    def __init__(
        self, plan: Callable[[], Plan], wards: Wards, pagers: Callable[[], Pagers], clock: Clock, bus: Bus
    ) -> None:
        self._wards, self._pagers, self._clock = wards, pagers, clock
        self._words = Words(plan)
        self._called: set[Page] = set()
        bus.subscribe(PageAnswered, self.report)

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Delivered when the pager system took it. What it says of it after that comes to `report`."""
        call = found(self._wards, step.call)
        urgent = call is not None and call.priority <= URGENT
        for who, pager in step.to:
            system, _, address = pager.partition(":")
            page = Page(step.call, step.serial, pager, self._clock.now())
            came = await self._pagers().page(system, address, text, ALARM if urgent else None, page)
            if not came.delivered:
                self.log.warn("pager {pager}: {why}", pager=pager, why=came.proof.format(**dict(came.facts)))
            told = _told(found(self._wards, step.call), page)
            # On a noisy line its later word may come before its acknowledgement.
            if told is None or told.outcome is None:
                outcome: Outcome = "delivered" if came.delivered else "failed"
                await self._wards.step_result(step.call, step.serial, pager, who, outcome, self._clock.now())

    async def report(self, answered: PageAnswered) -> None:
        """A pager system says what became of a page. What comes late or twice, or may mean two calls, is traced."""
        page = self._meant(answered.pages)
        call = found(self._wards, page.call) if page else None
        told = _told(call, page) if page else None
        if page is None or call is None or told is None or not self._is_news(answered, page, told):
            self.log.info("pager system {p}: {outcome}, of nothing new", p=answered.pager, outcome=answered.outcome)
            return
        if answered.called:
            self._called.add(page)
        await self._wards.step_result(
            page.call, page.serial, page.device, self._who(answered, call, told), answered.outcome, answered.at
        )

    def _meant(self, pages: Sequence[Page]) -> Page | None:
        """The latest of one call that waits; taking the wrong call would silence somebody whom nobody has heard."""
        waiting = [page for page in pages if _waited_for(found(self._wards, page.call), page)]
        return waiting[0] if len({page.call for page in waiting}) == 1 else None

    def _is_news(self, answered: PageAnswered, page: Page, told: Told) -> bool:
        self._called = {one for one in self._called if found(self._wards, one.call)}
        # Taken, then called: the journal has when it was each.
        newly_called = answered.called and told.outcome == "delivered" and page not in self._called
        return newly_called or told.outcome in OVERRULES.get(answered.outcome, ())

    def _who(self, answered: PageAnswered, call: OpenCall, told: Told) -> str:
        if answered.outcome != "accepted":
            return told.who
        system, _, address = told.device.partition(":")
        return self._words.pager(call.ward, address or system)


def _told(call: OpenCall | None, page: Page) -> Told | None:
    """That telling of the call, as it stands now."""
    of_it = ("pager", page.serial, page.device)
    return next((one for one in call.told if (one.by, one.serial, one.device) == of_it), None) if call else None


def _waited_for(call: OpenCall | None, page: Page) -> bool:
    """Whether nobody has answered `call`, nor had somebody who was paged before it was raised anew."""
    return call is not None and call.waiting and (call.anew_at is None or call.anew_at <= page.at)
