"""Pager systems: a page goes out, and whoever sent it learns whether it was taken. Each says how it is.

What a system says of a page after that is published as `page_answers.PageAnswered`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.devices import device as any_device
from nursecall.dialogue import Stopwatch
from nursecall.line_ends import Garbled
from nursecall.links import OpensDevice, Serial
from nursecall.page_answers import PageAnswers, meaning, transmits
from nursecall.page_memory import Memory, Page
from nursecall.pager_health import PagerHealth
from nursecall.paging import Outcome, Result, paging
from nursecall.plan_pagers import AnyPagers
from nursecall.traces import Meant, Traces
from nursecall.wire.espa444 import Status

WATCH = timedelta(seconds=1)

NOT_STARTED = "The pager system is not connected."
NO_SUCH = "There is no pager system {pager} in the plan."
NO_ADDRESS = "Pager system {pager}: the page names no pager, and the plan names none for it."
NOT_TAKEN = "The pager system did not take the page within {seconds} seconds."


class Pagers:
    """Every pager system of the plan, for as long as this runs.

    devices: where relative devices are found. keep: a directory for what they must remember. traces: where each line's
    bytes are kept for a while.
    """

    def __init__(
        self,
        pagers: Sequence[AnyPagers],
        devices: Path,
        *,
        keep: Path,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        traces: Traces,
        device: OpensDevice = any_device,
    ) -> None:
        self._systems = {plan.id: _System(plan, devices, keep, reactor, clock, bus, traces, device) for plan in pagers}

    def start(self) -> None:
        """Open every device."""
        for system in self._systems.values():
            system.start()

    def stop(self) -> None:
        """Close every device. Pages that wait are unreachable."""
        for system in self._systems.values():
            system.stop()

    async def page(
        self, pager: str, address: str, text: str, priority: int | None = None, about: Page | None = None
    ) -> Outcome:
        """Page `address` at the system `pager`; returns within the patience the plan gives it, and never raises.

        address: a pager or a group; empty for the plan's own. priority: 1 alarm, 2 high, 3 normal; None for the plan's.
        about: what `PageAnswered` will name, should the system say more of the page later.
        """
        system = self._systems.get(pager)
        if system is None:
            return Outcome(Result.UNREACHABLE, NO_SUCH, (("pager", pager),))
        return await system.page(address, text, priority, about)


class _System:
    """One line to a pager system: what its link needs of its owner, and pages."""

    log = Logger()

    def __init__(
        self,
        plan: AnyPagers,
        devices: Path,
        keep: Path,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        traces: Traces,
        device: OpensDevice,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._wire = paging(plan)
        self.stopwatch = Stopwatch(clock)
        self.trace = traces.of(plan.part)
        self.trace.speaks(plan.protocol)
        self._traces = traces
        self._link = Serial(self, plan, self._wire.party, devices, reactor=reactor, clock=clock, device=device)
        self._waiting: dict[int, Deferred[Outcome]] = {}
        self._memory = Memory(keep / f"{plan.id}.json")
        self._answers = PageAnswers(plan.id, self._memory, clock, bus)
        self._health = PagerHealth(plan, clock, bus, supervised=self._wire.supervised)
        self._gone = NOT_STARTED
        self._timer: Timer | None = None

    def start(self) -> None:
        self._health.starting()
        self._link.start()
        self._watch()

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._link.stop()
        self._gone = NOT_STARTED
        self._health.closed()
        self._give_up_all(Outcome(Result.UNREACHABLE, NOT_STARTED))

    async def page(self, address: str, text: str, priority: int | None, about: Page | None) -> Outcome:
        address = address or self._plan.address
        if not address:
            return Outcome(Result.REFUSED, NO_ADDRESS, (("pager", self._plan.id),))
        if not self._health.is_open:
            return Outcome(Result.UNREACHABLE, self._gone)
        if self._health.trouble is not None and self._wire.supervised:
            return self._health.trouble
        said = self._wire.said(address, text)
        if about is not None and said is not None:
            # Before it is taken: our answer may be lost, and a nurse quick.
            self._memory.sent(about, said)
        ticket = self._link.do(lambda now: self._wire.send(address, text, priority, now))
        waiting = self._waiting[ticket] = Deferred()
        seconds = self._plan.patience
        nobody = Outcome(Result.UNREACHABLE, NOT_TAKEN, (("seconds", str(seconds)),))
        timer = self._clock.later(timedelta(seconds=seconds), lambda: self._too_late(ticket, nobody))
        try:
            return await waiting
        finally:
            self._waiting.pop(ticket, None)
            if timer.active():
                timer.cancel()

    def _too_late(self, ticket: int, outcome: Outcome) -> None:
        self.trace.note(Meant(outcome.proof, outcome.facts))
        self._give_up(ticket, outcome)

    def _give_up(self, ticket: int, outcome: Outcome) -> None:
        # Nobody is told twice: what somebody else is now told by other means must not go out later.
        self._wire.cancel(ticket)
        waiting = self._waiting.pop(ticket, None)
        if waiting is not None:
            waiting.callback(outcome)

    def _give_up_all(self, outcome: Outcome) -> None:
        for ticket in list(self._waiting):
            self._give_up(ticket, outcome)

    def opened(self) -> None:
        self.trace.note("opened")
        self._health.opened(self.stopwatch.seconds())
        self.judge()

    def lost(self, why: str) -> None:
        self.trace.note("lost", why)
        self._gone = why
        self._health.lost(why)
        self._give_up_all(Outcome(Result.UNREACHABLE, why))

    def happened(self, event: object) -> None:
        if isinstance(event, Status):
            self._status(event)
            return
        if isinstance(event, Garbled):
            self.trace.told(event)
        said = self._wire.about(event)
        if said is None:
            self.log.debug("pager system {pager}: {event}", pager=self._plan.id, event=event)
        elif said.ticket is not None and said.outcome is not None:
            self._answered(said.ticket, said.outcome)
        else:
            self._in_trouble(said.outcome)

    def _status(self, status: Status) -> None:
        ours = bool(self._answers.heard(status))
        self.trace.told(Meant(meaning(status, ours=ours)))
        works = transmits(status)
        # What repeats a page of ours is that page's failure, and is passed on as such.
        if works or (works is False and not ours):
            self._health.transmitter_failed = not works

    def _answered(self, ticket: int, outcome: Outcome) -> None:
        self.trace.told(Meant(outcome.proof, outcome.facts))
        self._health.trouble = None
        if outcome.delivered:
            self._health.transmitter_failed = False
        if ticket in self._waiting:
            self._waiting.pop(ticket).callback(outcome)

    def _in_trouble(self, trouble: Outcome | None) -> None:
        """All that wait are in it; None when it is over."""
        self._health.trouble = trouble
        if trouble is not None:
            # It may well be that nothing came: that is said of no piece.
            self.trace.note(Meant(trouble.proof, trouble.facts))
            self._give_up_all(trouble)

    def _watch(self) -> None:
        self._timer = self._clock.later(WATCH, self._watch)
        self.judge()
        self._traces.tell(self._plan.part)

    def judge(self) -> None:
        self._health.judge(self.stopwatch.seconds(), self._link.heard_at)
