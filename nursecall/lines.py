"""The wards' host lines: each plan line's device, its party on the wire, its readings and its health."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.serial_device import SerialDevice
from nursecall.dialogue import Dialogue
from nursecall.plan_lines import AnyLine, EspaLine, SerialLine
from nursecall.reading import Reading, Unreadable, read
from nursecall.wire.espa444 import Control, Event, Garbled, Party, Station

WATCH = timedelta(seconds=1)

HOLD = 15.0
"""Seconds a line counts as disturbed after the last thing that could not be read."""

SILENT = "The device is there, but the nurse-call host has said nothing for {seconds} seconds."
DISTURBED = "The line is disturbed; calls that come through whole are shown."
NO_BED = "A call came that names no bed as the plan expects it; look into the log for its text."

Hears = Callable[[AnyLine, Reading], Deferred[None] | None]
"""Told each press and each end; the host is answered when what this returns has fired, at once for None."""


class Device(Protocol):
    """What a line needs of a `SerialDevice`."""

    def start(self) -> None: ...
    def write(self, data: bytes) -> None: ...
    def stop(self) -> None: ...


class OpensDevice(Protocol):
    """`SerialDevice` itself, or a fake."""

    def __call__(
        self,
        path: Path,
        *,
        reactor: ReactorBase,
        clock: Clock,
        received: Callable[[bytes], None],
        opened: Callable[[], None],
        lost: Callable[[str], None],
        baud: int,
        data_bits: int,
        parity: str,
        stop_bits: int,
    ) -> Device: ...


def party(line: EspaLine) -> Party:
    """Our side of `line`."""
    role = Control if line.role == "control" else Station
    return role(line.own, line.peer, encoding=line.encoding, seven_bit=line.data_bits == 7, byte_time=byte_time(line))


def byte_time(line: SerialLine) -> float:
    """Seconds a byte takes on the wire: start bit, data, parity, stop bits."""
    return (1 + line.data_bits + (line.parity != "none") + line.stop_bits) / line.baud


class Lines:
    """Every line of the plan, read for as long as this runs.

    devices: where relative devices are found. heard: told each press and each end, with its line.
    """

    def __init__(
        self,
        lines: Sequence[AnyLine],
        devices: Path,
        *,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        heard: Hears,
        device: OpensDevice = SerialDevice,
    ) -> None:
        self._lines = [
            _HostLine(line, devices, reactor, clock, bus, heard, device) for line in lines if isinstance(line, EspaLine)
        ]

    def start(self) -> None:
        """Open every line."""
        for line in self._lines:
            line.start()

    def stop(self) -> None:
        """Close every line."""
        for line in self._lines:
            line.stop()


class _HostLine:
    log = Logger()

    def __init__(
        self,
        line: EspaLine,
        devices: Path,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        heard: Hears,
        device: OpensDevice,
    ) -> None:
        self._line = line
        self._clock = clock
        self._heard = heard
        self._timer: Timer | None = None
        self._health = _Health(f"line:{line.id}", clock, bus)
        self._device = device(
            devices / line.device,
            reactor=reactor,
            clock=clock,
            received=self._received,
            opened=self._opened,
            lost=self._lost,
            baud=line.baud,
            data_bits=line.data_bits,
            parity=line.parity,
            stop_bits=line.stop_bits,
        )
        self._party = party(line)
        self._dialogue = Dialogue(self._party, clock=clock, write=self._device.write, happened=self._happened)
        self._opened_at = math.inf
        self._garbled_at = self._no_bed_at = -math.inf

    def start(self) -> None:
        self._health.say(State.STARTING)
        self._device.start()
        self._watch()

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._device.stop()
        self._dialogue.closed()

    def _opened(self) -> None:
        self._opened_at = self._dialogue.seconds
        self._dialogue.opened()

    def _lost(self, why: str) -> None:
        self._opened_at = math.inf
        self._dialogue.closed()
        self._health.say(State.DOWN, why)

    def _received(self, data: bytes) -> None:
        self._dialogue.received(data)
        self._judge()

    def _happened(self, event: Event) -> Deferred[None] | None:
        if isinstance(event, Garbled):
            self.log.debug("line {line}: {garbled}", line=self._line.id, garbled=event)
            self._garbled_at = self._dialogue.seconds
            return None
        reading = read(self._line, event)
        if isinstance(reading, Unreadable):
            self.log.warn("line {line}: a call without a bed: {event}", line=self._line.id, event=event)
            self._no_bed_at = self._dialogue.seconds
        elif reading is not None:
            return self._heard(self._line, reading)
        return None

    def _watch(self) -> None:
        self._timer = self._clock.later(WATCH, self._watch)
        self._judge()

    def _judge(self) -> None:
        now, heard_at = self._dialogue.seconds, self._party.heard_at
        if self._opened_at == math.inf:
            return
        if now - max(heard_at, self._opened_at) > self._line.silence:
            self._health.say(State.DOWN, SILENT, seconds=self._line.silence)
        elif heard_at < self._opened_at:
            return  # Until the host speaks, an open device proves nothing.
        elif now - self._no_bed_at < HOLD:
            self._health.say(State.DEGRADED, NO_BED)
        elif now - self._garbled_at < HOLD:
            self._health.say(State.DEGRADED, DISTURBED)
        else:
            self._health.say(State.UP)


class _Health:
    """Publishes edges only."""

    def __init__(self, part: str, clock: Clock, bus: Bus) -> None:
        self._part = part
        self._clock = clock
        self._bus = bus
        self._last: tuple[State, str] | None = None

    def say(self, state: State, detail: str = "", **facts: object) -> None:
        if self._last == (state, detail):
            return
        self._last = state, detail
        told = tuple((name, str(fact)) for name, fact in facts.items())
        self._bus.publish(HealthChanged(at=self._clock.now(), part=self._part, state=state, detail=detail, facts=told))
