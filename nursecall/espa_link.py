"""A line to an ESPA 4.4.4 host: its bytes as on any serial line, and what it hears of its calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from nursecall.espa_memory import Memory
from nursecall.events import CallEvent
from nursecall.line_ends import espa_party
from nursecall.links import OpensDevice, Owner, Serial
from nursecall.plan_lines import EspaLine
from nursecall.standing import Standing
from nursecall.statuses import Stands, Statuses
from nursecall.wire.espa444 import Message


class EspaSerial(Serial):
    """Satisfies links.Link. stands: asks the ward. memory: used where the plan has statuses told unasked."""

    log = Logger()

    def __init__(
        self,
        owner: Owner,
        plan: EspaLine,
        devices: Path,
        *,
        stands: Stands,
        memory: Path,
        bus: Bus,
        reactor: ReactorBase,
        clock: Clock,
        device: OpensDevice,
    ) -> None:
        self._espa = espa_party(plan)
        super().__init__(owner, plan, self._espa, devices, reactor=reactor, clock=clock, device=device)
        self._bus = bus
        self._statuses = Statuses(plan, stands, self._says, Memory(memory) if plan.statuses else None)
        self._deaf: Callable[[], None] | None = None

    def start(self) -> None:
        """Open the device, and hear what becomes of calls."""
        self._deaf = self._bus.subscribe(CallEvent, lambda event: self._statuses.changed(event.ward))
        super().start()

    def stop(self) -> None:
        """Close the device."""
        if self._deaf is not None:
            self._deaf()
        super().stop()

    def _opened(self) -> None:
        super()._opened()
        self._statuses.catch_up()

    def _happened(self, event: Any) -> Deferred[None] | None:
        try:
            self._statuses.heard(event)
        except Exception:
            # A call must be heard, whatever its host may hear of it.
            self.log.failure("no status of {event}", event=event)
        return super()._happened(event)

    def _says(self, about: Message, standing: Standing) -> None:
        self.do(lambda now: self._espa.status(about, standing, now))
