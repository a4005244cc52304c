"""The wards' host lines: each plan line's device or listener, its party on the wire, its readings and its health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.devices import device as real_device
from nursecall.dialogue import Stopwatch
from nursecall.espa_link import EspaSerial
from nursecall.espax_memory import Memory
from nursecall.espax_statuses import Becomes
from nursecall.flood import Flood
from nursecall.line_ends import Garbled, Heard, party, reader
from nursecall.line_health import SILENT, UNHEARD, LineHealth
from nursecall.links import Link, OpensDevice, Serial
from nursecall.listening import Listening
from nursecall.plan_lines import AnyLine, EspaLine, EspaxLine, ModbusLine
from nursecall.reading import Reading, Unreadable
from nursecall.statuses import Stands
from nursecall.traces import Traces
from nursecall.wire.espa444 import Misaddressed
from nursecall.wire.modbus import UnitAlive, UnitDead

WATCH = timedelta(seconds=1)

Hears = Callable[[AnyLine, Reading], Deferred[None] | None]
"""Told all that a line says; the host is answered when what this returns has fired, at once for None."""


class Lines:
    """Every line of the plan, read for as long as this runs.

    devices: where relative devices are found. keep: a directory for what lines must remember. heard: told each
    reading, with its line. stands, becomes: asked where a call stands and what became of it, for hosts that want to
    know. traces: where each line's bytes are kept for a while.
    """

    def __init__(
        self,
        lines: Sequence[AnyLine],
        devices: Path,
        *,
        keep: Path,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        heard: Hears,
        stands: Stands,
        becomes: Becomes,
        traces: Traces,
        device: OpensDevice = real_device,
    ) -> None:
        def link(host: HostLine) -> Link:
            plan, memory = host.plan, keep / f"{host.plan.id}.json"
            match plan:
                case EspaxLine():
                    return Listening(
                        host, plan, Memory(memory), becomes=becomes, bus=bus, reactor=reactor, clock=clock
                    )  # fmt: skip
                case EspaLine():
                    return EspaSerial(
                        host, plan, devices,
                        stands=stands, memory=memory, bus=bus, reactor=reactor, clock=clock, device=device,
                    )  # fmt: skip
                case _:
                    return Serial(host, plan, party(plan), devices, reactor=reactor, clock=clock, device=device)

        self._lines = [HostLine(line, link, clock=clock, bus=bus, heard=heard, traces=traces) for line in lines]

    def start(self) -> None:
        """Open every line."""
        for line in self._lines:
            line.start()

    def stop(self) -> None:
        """Close every line."""
        for line in self._lines:
            line.stop()


class HostLine:
    """One line, whatever it runs over: its link tells it what happens, it tells the ward what that means."""

    log = Logger()

    def __init__(
        self,
        plan: AnyLine,
        link: Callable[[HostLine], Link],
        *,
        clock: Clock,
        bus: Bus,
        heard: Hears,
        traces: Traces,
    ) -> None:
        self.plan = plan
        self.stopwatch = Stopwatch(clock)
        self.trace = traces.of(plan.id)
        self.trace.speaks(plan.protocol)
        self._traces = traces
        self._clock = clock
        self._heard = heard
        self._read = reader(plan)
        self._flood = Flood()
        silent = UNHEARD if isinstance(plan, EspaxLine) else SILENT
        address = plan.own if isinstance(plan, EspaLine) else ""
        self._health = LineHealth(plan.id, plan.silence, silent, clock, bus, address=address)
        self._timer: Timer | None = None
        self._link = link(self)

    def start(self) -> None:
        """Open the line, and keep it open."""
        self._health.starting()
        self._link.start()
        self._watch()

    def stop(self) -> None:
        """Close it."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._link.stop()

    def opened(self) -> None:
        """The link can be used."""
        self.trace.note("opened")
        self._health.opened(self.stopwatch.seconds())

    def lost(self, why: str) -> None:
        """The link cannot be used; why is a message id."""
        self.trace.note("lost", why)
        self._health.lost(why)

    def judge(self) -> None:
        """Say how the line is, if that has changed."""
        self._health.judge(self.stopwatch.seconds(), self._link.heard_at)

    def happened(self, event: Any) -> Deferred[None] | None:
        """Something that the party on the wire says; what is returned holds back its answer to the host."""
        now = self.stopwatch.seconds()
        if isinstance(event, Garbled):
            self.trace.told(event)
            self._health.garbled_at = now
        elif isinstance(event, Misaddressed):
            if self._health.misaddressed(event.address, now):
                self.trace.note("misaddressed", event.address)
        elif isinstance(event, UnitDead | UnitAlive):
            (self._health.dead.add if isinstance(event, UnitDead) else self._health.dead.discard)(event.unit)
        told = [promise for heard in self._read(event) if (promise := self._take(heard, now)) is not None]
        # An input module waits for no answer, and its neighbours must not wait to be polled.
        if not told or isinstance(self.plan, ModbusLine):
            return None
        return told[0] if len(told) == 1 else DeferredList(told, consumeErrors=True).addCallback(lambda _: None)

    def _take(self, heard: Heard, now: float) -> Deferred[None] | None:
        self.trace.told(heard)
        if isinstance(heard, Unreadable):
            self._health.no_bed_at = now
            return None
        passes = self._flood.passes(heard, now)
        self._health.flooded_at = self._flood.at
        return self._tell(heard) if passes else None

    def _tell(self, reading: Reading) -> Deferred[None] | None:
        try:
            return self._heard(self.plan, reading)
        except Exception:
            self.log.failure("what line {line} said was not taken", line=self.plan.id)
            return None

    def _watch(self) -> None:
        self._timer = self._clock.later(WATCH, self._watch)
        for reading in self._flood.due(self.stopwatch.seconds()):
            self._tell(reading)
        self._link.watch()
        self.judge()
        self._traces.tell(self.plan.id)
