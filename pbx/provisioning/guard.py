"""Slows down whoever asks for other telephones' configurations."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from appliance.foundation.clock import Clock

WINDOW = timedelta(minutes=10)
MACS = 20
"""So many telephones may one address be in a window: a router, or a bench on which cartons are unpacked."""
GUESSES = 5
"""So many wrong tokens, or MACs other than the telephone says it has."""
REQUESTS = 1200
"""So many requests at all: two a second."""
REMEMBERED = 2000

Why = Literal["macs", "tokens", "requests"]


@dataclass
class _Asker:
    since: datetime
    macs: set[str] = field(default_factory=set)
    guesses: int = 0
    requests: int = 0
    shut: bool = False


class Guard:
    """Counts by address, in windows of time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._askers: OrderedDict[str, _Asker] = OrderedDict()

    def shut(self, address: str) -> bool:
        """Whether it gets no answer now."""
        return self._asker(address).shut

    def shut_now(self) -> list[str]:
        """Every address that gets no answer now."""
        return [address for address in list(self._askers) if self.shut(address)]

    def asks(self, address: str) -> Why | None:
        """It asks for anything; says why, when it is shut out by that."""
        asker = self._asker(address)
        asker.requests += 1
        return self._judge(asker, "requests", excess=asker.requests > REQUESTS)

    def asked_for(self, address: str, mac: str) -> Why | None:
        """It asks for a telephone's file; says why, when it is shut out by that."""
        asker = self._asker(address)
        asker.macs.add(mac)
        return self._judge(asker, "macs", excess=len(asker.macs) > MACS)

    def guessed(self, address: str) -> Why | None:
        """It was wrong; says why, when it is shut out by that."""
        asker = self._asker(address)
        asker.guesses += 1
        return self._judge(asker, "tokens", excess=asker.guesses > GUESSES)

    def _judge(self, asker: _Asker, why: Why, *, excess: bool) -> Why | None:
        if not excess or asker.shut:
            return None
        asker.shut, asker.since = True, self._clock.now()
        return why

    def _asker(self, address: str) -> _Asker:
        now = self._clock.now()
        asker = self._askers.get(address)
        if asker is None or now - asker.since >= WINDOW:
            asker = self._askers[address] = _Asker(now)
        self._askers.move_to_end(address)
        while len(self._askers) > REMEMBERED:
            self._askers.popitem(last=False)
        return asker
