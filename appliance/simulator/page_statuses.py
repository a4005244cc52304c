"""What simulated pager systems say of pages that they took; and the verb `page-status`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.pagers import PagerSystem, PagerSystems
from nursecall.wire import espa444
from nursecall.wire import espa444_blocks as blocks

PATIENCE = 20.0
"""Seconds in which the box must have taken a status."""

STATUSES: Mapping[str, espa444.Status] = {
    "busy": espa444.Status(status=blocks.IS_BUSY),
    "queued": espa444.Status(status=blocks.QUEUED),
    "paged": espa444.Status(status=blocks.PAGED),
    "absent": espa444.Status(status=blocks.ABSENT),
    "terminated": espa444.Status(status=blocks.TERMINATED),
    "acknowledged": espa444.Status(status=blocks.ACKNOWLEDGED),
    "speech-open": espa444.Status(status=blocks.SPEECH_OPEN),
    "fault": espa444.Status(status=blocks.FAULT),
    "transmitter-failure": espa444.Status(system=blocks.TRANSMITTER_FAILURE),
}

NO_SUCH = "A pager system can say no {status}. It can: {known}."
NO_PAGE = "Pager system {pager} took no such page."
NOT_TAKEN = "Pager system {pager}: nobody took the status within {seconds} seconds."


class PageStatuses:
    """The statuses of every system among `systems`."""

    def __init__(self, systems: PagerSystems, clock: Clock) -> None:
        self._systems, self._clock = systems, clock
        self._said: dict[tuple[str, int], Deferred[None]] = {}
        for system in systems.simulated:
            system.listeners.append(self._happened)

    def register(self, simulator: Simulator) -> None:
        """Answer `page-status`."""
        simulator.register("page-status", self.say)

    async def say(self, request: Request) -> Answer:
        """`pager`, `status`: of the last page, to `address` where that is given, with another `text` where that is.

        `times` (1), `timeout` seconds for each; returns when the box has taken them.
        """
        system, named = self._systems.system(word(request, "pager")), word(request, "status")
        if named not in STATUSES:
            raise Refused(NO_SUCH, status=named, known=", ".join(STATUSES))
        page = _page(system, word(request, "address", ""))
        address, text = page["address"], word(request, "text", page["text"])
        seconds = number(request, "timeout", PATIENCE, least=0.1, most=3600)
        for _ in range(int(number(request, "times", 1, least=1, most=100))):
            await self._taken(system, replace(STATUSES[named], address=address or None, text=text or None), seconds)
        return {"pager": system.plan.id, "address": address, "text": text, "status": named}

    async def _taken(self, system: PagerSystem, status: espa444.Status, seconds: float) -> None:
        key = system.plan.id, system.say(status)
        taken = self._said[key] = Deferred()

        def give_up() -> None:
            if not taken.called:
                taken.errback(Refused(NOT_TAKEN, pager=system.plan.id, seconds=f"{seconds:g}"))

        timer = self._clock.later(timedelta(seconds=seconds), give_up)
        try:
            await taken
        finally:
            del self._said[key]
            if timer.active():
                timer.cancel()

    def _happened(self, system: PagerSystem, event: object) -> None:
        taken = self._said.get((system.plan.id, event.ticket)) if isinstance(event, espa444.Delivered) else None
        if taken is not None and not taken.called:
            taken.callback(None)


def _page(system: PagerSystem, address: str) -> Answer:
    """The last that was taken. To an `address` that was never paged: none of the box's, and said all the same."""
    pages = [page for page in system.pages if address in ("", page["address"])]
    if not pages and not address:
        raise Refused(NO_PAGE, pager=system.plan.id)
    return pages[-1] if pages else {"address": address, "text": ""}
