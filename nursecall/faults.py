"""What is well and what is not, calmed down: a loose contact is one trouble, not a hundred."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from appliance.foundation.clock import Clock, Timer

K = TypeVar("K", bound=Hashable)

RIPE = timedelta(seconds=5)
"""So long after it began a trouble is told, if it lasts or has come back meanwhile."""

CALM = timedelta(seconds=15)
"""So long without a break must it be well until the trouble is over."""


@dataclass(eq=False)
class _Fault:
    well: bool = False
    spells: int = 1
    ripe: bool = False
    told: bool = False
    ripening: Timer | None = None
    calming: Timer | None = None


class Faults(Generic[K]):
    """Troubles by what they are of. told: one is to be shown. over: one that was told is over."""

    def __init__(self, clock: Clock, told: Callable[[K], None], over: Callable[[K], None]) -> None:
        self._clock = clock
        self._tell, self._end = told, over
        self._faults: dict[K, _Fault] = {}

    def unwell(self, key: K) -> None:
        """It does not work."""
        fault = self._faults.get(key)
        if fault is None:
            fault = self._faults[key] = _Fault()
            fault.ripening = self._clock.later(RIPE, lambda: self._ripe(key))
        elif fault.well:
            fault.well, fault.spells = False, fault.spells + 1
            _disarm(fault.calming)
            self._judge(key, fault)

    def well(self, key: K) -> None:
        """It works."""
        fault = self._faults.get(key)
        if fault is not None and not fault.well:
            fault.well = True
            fault.calming = self._clock.later(CALM, lambda: self._calm(key))

    def known(self, key: K) -> None:
        """It was told before a restart, and nobody has said yet that it is over."""
        if key not in self._faults:
            self._faults[key] = _Fault(ripe=True, told=True)

    def forget(self, key: K) -> None:
        """There is no such thing any more: over, if it was told."""
        if key in self._faults:
            self._calm(key)

    def told(self, key: K) -> bool:
        """Whether it is in trouble, and that was told."""
        fault = self._faults.get(key)
        return fault is not None and fault.told

    def stop(self) -> None:
        """Let go of every timer."""
        for fault in self._faults.values():
            _disarm(fault.ripening)
            _disarm(fault.calming)

    def _ripe(self, key: K) -> None:
        fault = self._faults[key]
        fault.ripe = True
        self._judge(key, fault)

    def _judge(self, key: K, fault: _Fault) -> None:
        if fault.ripe and not fault.told and (not fault.well or fault.spells > 1):
            fault.told = True
            self._tell(key)

    def _calm(self, key: K) -> None:
        fault = self._faults.pop(key)
        _disarm(fault.ripening)
        _disarm(fault.calming)
        if fault.told:
            self._end(key)


def _disarm(timer: Timer | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()
