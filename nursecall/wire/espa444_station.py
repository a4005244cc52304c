"""The polled role on an ESPA 4.4.4 line."""

from __future__ import annotations

import math

from nursecall.wire.espa444_blocks import EOT
from nursecall.wire.espa444_party import Party
from nursecall.wire.espa444_turns import Turn


class Station(Party):
    """We are polled."""

    def _enq(self, address: str, now: float) -> None:
        if address == self.own:
            if self._polling is None:
                self._polled(now)
            else:
                self._selected(self._polling, now)
        elif self._polling is None:
            # Either another's poll, or the control station polling itself to send.
            self._polling = address
            self._enter(Turn.IDLE, math.inf)
            if address == self.peer:
                self.heard_at = now
        else:
            self._elsewhere(address, now)

    def _polled(self, now: float) -> None:
        self.heard_at = self._called_at = now
        entry = self._outbox.next(now)
        if entry is not None:
            self._select(entry, now)
        else:
            self._say(EOT)
            self._enter(Turn.IDLE, math.inf)

    def _eot(self, called: str | None, now: float) -> None:
        if called is not None and called != self.peer:
            self._called_another(called, now)
        self._in_vain()
        self._enter(Turn.IDLE, math.inf)

    def _received(self, now: float) -> None:
        self._enter(Turn.IDLE, math.inf)

    def _turn_over(self, now: float, *, failed: bool) -> None:
        if self._turn in (Turn.SELECTING, Turn.SENDING):
            self._say(EOT)
        self._enter(Turn.IDLE, math.inf)
