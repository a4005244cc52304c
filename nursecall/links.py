"""What carries the bytes of one line, and drives the party on its wire: a serial device, here or behind a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock
from appliance.foundation.devices import Device
from nursecall.dialogue import Dialogue, Stopwatch
from nursecall.plan_lines import SerialLine
from nursecall.traces import Trace
from nursecall.wire.party import Party

T = TypeVar("T")


class Owner(Protocol):
    """The line that a link carries, as the link needs it."""

    @property
    def stopwatch(self) -> Stopwatch: ...
    @property
    def trace(self) -> Trace: ...

    def opened(self) -> None:
        """The link can be used."""

    def lost(self, why: str) -> None:
        """The link cannot be used; why is a message id."""

    def happened(self, event: Any) -> Deferred[None] | None:
        """The party on the wire says so; what is returned holds back its answer."""
        ...

    def judge(self) -> None:
        """Something came: the line may be well again."""


class Link(Protocol):
    """What carries a line's bytes."""

    @property
    def heard_at(self) -> float:
        """When the host last said something valid, on the line's stopwatch; minus infinity for never."""
        ...

    def start(self) -> None:
        """Open it, and keep it open."""

    def stop(self) -> None:
        """Close it. Nothing is told."""

    def watch(self) -> None:
        """A second has passed."""


class OpensDevice(Protocol):
    """`appliance.foundation.devices.device`, or a fake."""

    def __call__(
        self,
        name: str,
        directory: Path,
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


class Serial:
    """A line over a serial device, here or behind a serial server. party: our side of it."""

    def __init__(
        self,
        owner: Owner,
        plan: SerialLine,
        party: Party[Any],
        devices: Path,
        *,
        reactor: ReactorBase,
        clock: Clock,
        device: OpensDevice,
    ) -> None:
        self._owner = owner
        self._party = party
        self._dialogue = Dialogue(
            self._party, clock=clock, write=self._write, happened=self._happened, stopwatch=owner.stopwatch
        )
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

    @property
    def heard_at(self) -> float:
        """When the host last said something valid."""
        return self._party.heard_at

    def start(self) -> None:
        """Open the device."""
        self._device.start()

    def stop(self) -> None:
        """Close the device."""
        self._device.stop()
        self._dialogue.closed()

    def watch(self) -> None:
        """A device looks after itself."""

    def do(self, ask: Callable[[float], T]) -> T:
        """Have our party do something of its own accord, at the time `ask` is given; returns what `ask` does."""
        return self._dialogue.do(ask)

    def _opened(self) -> None:
        self._owner.opened()
        self._dialogue.opened()

    def _lost(self, why: str) -> None:
        self._dialogue.closed()
        self._owner.lost(why)

    def _happened(self, event: Any) -> Deferred[None] | None:
        return self._owner.happened(event)

    def _received(self, data: bytes) -> None:
        self._owner.trace.heard(data)
        self._dialogue.received(data)
        self._owner.judge()

    def _write(self, data: bytes) -> None:
        self._owner.trace.said(data)
        self._device.write(data)
