"""Pager systems: a page goes out, and whoever sent it learns whether it was taken. Each says how it is.

What a system says of a page after that is published as `page_answers.PageAnswered`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.devices import device as any_device
from appliance.foundation.health import HealthChanged, State
from nursecall.dialogue import Dialogue
from nursecall.links import OpensDevice
from nursecall.page_answers import PageAnswers
from nursecall.page_memory import Memory, Page
from nursecall.paging import NO_ANSWER, Outcome, Result, paging
from nursecall.plan_pagers import AnyPagers, EspaPagers
from nursecall.wire.espa444 import Status

WATCH = timedelta(seconds=1)

NOT_STARTED = "The pager system is not connected."
NO_SUCH = "There is no pager system {pager} in the plan."
NO_ADDRESS = "Pager system {pager}: the page names no pager, and the plan names none for it."
NOT_TAKEN = "The pager system did not take the page within {seconds} seconds."
UNPROVED = "The device is there. The pager system says nothing until somebody is paged, so nothing is proved yet."


class Pagers:
    """Every pager system of the plan, for as long as this runs.

    devices: where relative devices are found. keep: a directory for what they must remember.
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
        device: OpensDevice = any_device,
    ) -> None:
        self._systems = {plan.id: _System(plan, devices, keep, reactor, clock, bus, device) for plan in pagers}

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
    log = Logger()

    def __init__(
        self,
        plan: AnyPagers,
        devices: Path,
        keep: Path,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        device: OpensDevice,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._bus = bus
        self._wire = paging(plan)
        self._dialogue = Dialogue(self._wire.party, clock=clock, write=self._write, happened=self._happened)
        self._device = device(
            plan.device,
            devices,
            reactor=reactor,
            clock=clock,
            received=self._received,
            opened=self._opened,
            lost=self._lost,
            baud=plan.baud,
            data_bits=plan.data_bits,
            parity=plan.parity,
            stop_bits=plan.stop_bits,
        )
        self._waiting: dict[int, Deferred[Outcome]] = {}
        self._memory = Memory(keep / f"{plan.id}.json")
        self._answers = PageAnswers(plan.id, self._memory, clock, bus)
        self._opened_at = math.inf
        self._gone = NOT_STARTED
        self._trouble: Outcome | None = None
        self._timer: Timer | None = None
        self._said: tuple[State, str, tuple[tuple[str, str], ...]] | None = None

    def start(self) -> None:
        self._say(State.STARTING)
        self._device.start()
        self._watch()

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._device.stop()
        self._opened_at, self._gone = math.inf, NOT_STARTED
        self._dialogue.closed()
        self._give_up_all(Outcome(Result.UNREACHABLE, NOT_STARTED))

    async def page(self, address: str, text: str, priority: int | None, about: Page | None) -> Outcome:
        address = address or self._plan.address
        if not address:
            return Outcome(Result.REFUSED, NO_ADDRESS, (("pager", self._plan.id),))
        if self._opened_at == math.inf:
            return Outcome(Result.UNREACHABLE, self._gone)
        if self._trouble is not None and self._wire.supervised:
            return self._trouble
        said = self._wire.said(address, text)
        if about is not None and said is not None:
            # Before it is taken: our answer may be lost, and a nurse quick.
            self._memory.sent(about, said)
        ticket = self._dialogue.do(lambda now: self._wire.send(address, text, priority, now))
        waiting = self._waiting[ticket] = Deferred()
        seconds = self._plan.patience
        nobody = Outcome(Result.UNREACHABLE, NOT_TAKEN, (("seconds", str(seconds)),))
        timer = self._clock.later(timedelta(seconds=seconds), lambda: self._give_up(ticket, nobody))
        try:
            return await waiting
        finally:
            self._waiting.pop(ticket, None)
            if timer.active():
                timer.cancel()

    def _give_up(self, ticket: int, outcome: Outcome) -> None:
        # Nobody is told twice: what somebody else is now told by other means must not go out later.
        self._wire.cancel(ticket)
        waiting = self._waiting.pop(ticket, None)
        if waiting is not None:
            waiting.callback(outcome)

    def _give_up_all(self, outcome: Outcome) -> None:
        for ticket in list(self._waiting):
            self._give_up(ticket, outcome)

    def _opened(self) -> None:
        self._opened_at, self._trouble = self._dialogue.seconds, None
        self._dialogue.opened()
        self._judge()

    def _lost(self, why: str) -> None:
        self._opened_at, self._gone = math.inf, why
        self._dialogue.closed()
        self._give_up_all(Outcome(Result.UNREACHABLE, why))
        self._say(State.DOWN, why)

    def _received(self, data: bytes) -> None:
        self._dialogue.received(data)
        self._judge()

    def _write(self, data: bytes) -> None:
        self._device.write(data)

    def _happened(self, event: object) -> None:
        if isinstance(event, Status):
            self._answers.heard(event)
            return
        said = self._wire.about(event)
        if said is None:
            self.log.debug("pager system {pager}: {event}", pager=self._plan.id, event=event)
        elif said.ticket is not None and said.outcome is not None:
            self._trouble = None
            if said.ticket in self._waiting:
                self._waiting.pop(said.ticket).callback(said.outcome)
        else:
            self._trouble = said.outcome
            if said.outcome is not None:
                self._give_up_all(said.outcome)

    def _watch(self) -> None:
        self._timer = self._clock.later(WATCH, self._watch)
        self._judge()

    def _judge(self) -> None:
        if self._opened_at == math.inf:
            return
        heard_at, now = self._wire.party.heard_at, self._dialogue.seconds
        if isinstance(self._plan, EspaPagers) and now - max(heard_at, self._opened_at) > self._plan.silence:
            self._say(State.DOWN, NO_ANSWER)
        elif self._trouble is not None:
            self._say(State.DOWN, self._trouble.proof, self._trouble.facts)
        elif heard_at >= self._opened_at:
            self._say(State.UP)
        elif not self._wire.supervised:
            self._say(State.UP, UNPROVED)

    def _say(self, state: State, detail: str = "", facts: tuple[tuple[str, str], ...] = ()) -> None:
        if self._said == (state, detail, facts):
            return
        self._said = state, detail, facts
        part = f"pager:{self._plan.id}"
        self._bus.publish(HealthChanged(at=self._clock.now(), part=part, state=state, detail=detail, facts=facts))
