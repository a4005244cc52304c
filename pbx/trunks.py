"""Trunks: which of them live, found out by Asterisk's own probes; the dead are routed around and come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from pbx.ari.messages import ContactChanged, Event
from pbx.engine.configuration import endpoint
from pbx.plan import Trunk

REST = timedelta(seconds=30)
"""How long a trunk that refused a call for want of lines is left in peace while others can take it."""

PATIENCE = timedelta(seconds=15)
"""A probe is sent every ten seconds, and waits two for its answer."""

_BAD = ("congestion", "unreachable")


class Trunks:
    """The plan's trunks and how each is. Publishes `trunk:<id>`."""

    def __init__(self, trunks: Sequence[Trunk], clock: Clock, bus: Bus) -> None:
        self._trunks = {trunk.id: trunk for trunk in trunks}
        self._ids = {endpoint(trunk.id): trunk.id for trunk in trunks}
        self._clock = clock
        self._bus = bus
        self._state = dict.fromkeys(self._trunks, State.STARTING)
        self._busy: Counter[str] = Counter()
        self._rests: dict[str, Timer] = {}
        self._verdict: Timer | None = None
        for name in self._trunks:
            self._tell(name, "")

    def plan(self, name: str) -> Trunk:
        """What the plan says of it. Raises KeyError."""
        return self._trunks[name]

    def healthy(self) -> list[str]:
        """Those that can take a call now, in the plan's order; resting ones only when there is no other."""
        free = [name for name, trunk in self._trunks.items() if self._busy[name] < trunk.channels]
        up = [name for name in free if self._state[name] is State.UP]
        return up or [name for name in free if self._state[name] is State.DEGRADED]

    @contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """One of its channels is in use meanwhile."""
        self._busy[name] += 1
        try:
            yield
        finally:
            self._busy[name] -= 1

    def came_to(self, name: str, outcome: str) -> None:
        """How a call over it went."""
        if outcome in _BAD and self._state[name] is State.UP:
            self._set(name, State.DEGRADED, "The carrier could not take a call just now.")
            self._rests[name] = self._clock.later(REST, lambda: self._rested(name))
        elif outcome == "answered" and self._state[name] is State.DEGRADED:
            self._rested(name)

    def hear(self, event: Event) -> None:
        """Asterisk probes each trunk's address and says what it found."""
        match event:
            case ContactChanged(endpoint=name, status=status):
                self.seen(name, online=status == "Reachable")

    def seen(self, name: str, *, online: bool) -> None:
        """What the exchange says of an endpoint; others than trunks are passed over."""
        if name in self._ids and (online or self._state[self._ids[name]] is not State.STARTING):
            self.probed(self._ids[name], alive=online)

    def probed(self, name: str, *, alive: bool) -> None:
        """A probe's finding."""
        if not alive:
            self._set(name, State.DOWN, "The carrier does not answer.")
        elif self._state[name] is not State.DEGRADED:
            self._set(name, State.UP, "")

    def in_touch(self) -> None:
        """The exchange answers again: each trunk has one probe's time to show that it lives."""
        for name in self._trunks:
            self._set(name, State.STARTING, "")
        self._verdict = self._clock.later(PATIENCE, self._judge)

    def out_of_touch(self) -> None:
        """Without the exchange no trunk can be used, nor known."""
        if self._verdict is not None and self._verdict.active():
            self._verdict.cancel()
        for name in self._trunks:
            self._set(name, State.DOWN, "The exchange does not answer.")

    def stop(self) -> None:
        """No more timers."""
        for timer in [*self._rests.values(), self._verdict]:
            if timer is not None and timer.active():
                timer.cancel()

    def _judge(self) -> None:
        for name, state in self._state.items():
            if state is State.STARTING:
                self.probed(name, alive=False)

    def _rested(self, name: str) -> None:
        if self._state[name] is State.DEGRADED:
            self._set(name, State.UP, "")

    def _set(self, name: str, state: State, detail: str) -> None:
        timer = self._rests.pop(name, None)
        if timer is not None and timer.active():
            timer.cancel()
        if self._state[name] is not state:
            self._state[name] = state
            self._tell(name, detail)

    def _tell(self, name: str, detail: str) -> None:
        self._bus.publish(
            HealthChanged(at=self._clock.now(), part=f"trunk:{name}", state=self._state[name], detail=detail)
        )
