"""The master of a Modbus RTU line, without I/O: polls the units' discrete inputs and tells which contacts changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nursecall.wire.modbus_contacts import Changed, Unit
from nursecall.wire.modbus_frames import (
    EXCEPTION,
    REQUEST,
    Garbled,
    Reader,
    answers,
    bytes_for,
    inputs,
    read_request,
)
from nursecall.wire.modbus_rota import Rota, Station

ANSWER = 0.2
"""Seconds a unit has for its answer; the time on the wire comes on top."""

GAP = 3.5
"""Characters of silence between two frames."""

LEAST_GAP = 0.00175
"""Seconds of silence, however fast the line."""


@dataclass(frozen=True)
class UnitAlive:
    """A unit answers: for the first time, or again. unit: its address."""

    unit: int


@dataclass(frozen=True)
class UnitDead:
    """A unit does not answer any more, or never did. exception: the code it answers with in place of its inputs."""

    unit: int
    exception: int | None = None


Event = Changed | UnitAlive | UnitDead | Garbled


class Master:
    """Polls `units`. Seconds are of one steady clock.

    byte_time: seconds a byte takes on the wire. debounce: seconds a contact must stay as it is to count.
    answer: seconds a unit has for its answer.
    """

    def __init__(
        self, units: Sequence[Unit], *, byte_time: float, debounce: float = 0.05, answer: float = ANSWER
    ) -> None:
        self.heard_at = -math.inf
        """When a unit last answered."""
        self._byte_time = byte_time
        self._answer = answer
        self._gap = max(GAP * byte_time, LEAST_GAP)
        self._reader = Reader(answers({unit.address: bytes_for(unit.count) for unit in units}))
        self._rota = Rota([Station(unit, debounce) for unit in units])
        self._asked: Station | None = None
        self._asked_at = 0.0
        self._until = math.inf
        self._out = b""
        self._heard_something = False

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None while the line cannot be used."""
        return None if self._until == math.inf else self._until

    def begin(self, now: float) -> None:
        """The line can be used: every unit is told alive or dead anew, and every contact that is not at rest."""
        self._rota.start_over(now)
        self._until = now + self._gap

    def lost(self, now: float) -> None:
        """The line cannot be used any more."""
        self._reader.flush()
        self._asked, self._until, self._out = None, math.inf, b""

    def feed(self, data: bytes, now: float) -> list[Event]:
        """Bytes came: what they mean."""
        self._heard_something = True
        return self._take(self._reader.feed(data), now)

    def tick(self, now: float) -> list[Event]:
        """Time passed: what that means."""
        if now < self._until:
            return []
        # Before a request the line was quiet for long enough: what has begun will not go on.
        happened = self._take(self._reader.flush(), now)
        if self._asked is not None:
            happened += self._missed(self._asked, now, silent=not self._heard_something)
        if now >= self._until:
            self._ask(now)
        return happened

    def outgoing(self) -> bytes:
        """What to put on the wire now; each byte is given once."""
        data, self._out = self._out, b""
        return data

    def _ask(self, now: float) -> None:
        self._asked = self._rota.next(now)
        if self._asked is None:
            self._until = self._rota.wake
            return
        unit = self._asked.unit
        self._out = read_request(unit.address, unit.first, unit.count)
        self._asked_at, self._heard_something = now, False
        self._until = now + self._on_wire(5 + bytes_for(unit.count)) + self._answer

    def _on_wire(self, size: int) -> float:
        """Seconds a request and an answer of `size` bytes take."""
        return (REQUEST + GAP + size) * self._byte_time

    def _take(self, found: Sequence[bytes | Garbled], now: float) -> list[Event]:
        happened: list[Event] = []
        for one in found:
            if isinstance(one, Garbled):
                happened.append(one)
            elif self._asked is not None and one[0] == self._asked.unit.address:
                happened += self._answered(self._asked, one, now)
            # Anything else is the answer of somebody who was too late.
        return happened

    def _answered(self, station: Station, frame: bytes, now: float) -> list[Event]:
        unit = station.unit
        if frame == read_request(unit.address, unit.first, unit.count):
            return []  # Adapters for two wires may hear themselves.
        # A pseudo terminal or a serial server takes bytes faster than a line carries them: never run ahead of it.
        quiet_from = max(now, self._asked_at + self._on_wire(len(frame)))
        if frame[1] & EXCEPTION:
            return self._missed(station, quiet_from, silent=False, refusal=frame[2])
        self._asked, self._until = None, quiet_from + self._gap
        self.heard_at = now
        alive: list[Event] = [UnitAlive(unit.address)] if station.answered(now) else []
        return [*alive, *station.contacts.read(inputs(frame, unit.count), now)]

    def _missed(self, station: Station, now: float, *, silent: bool, refusal: int | None = None) -> list[Event]:
        self._asked, self._until = None, now if refusal is None else now + self._gap
        return [UnitDead(station.unit.address, refusal)] if station.missed(now, silent=silent) else []
