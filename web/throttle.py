"""Slow down guessing: so many tries in a window of time, then wait."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock

REMEMBERED = 10_000


class Throttle:
    """Counts tries by key. A try counts when it begins, so that many at once gain nothing."""

    def __init__(self, clock: Clock, tries: int, window: timedelta) -> None:
        self._clock = clock
        self._tries = tries
        self._window = window
        self._made: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str) -> timedelta:
        """How long until `key` may try again; zero when it may now."""
        made = self._recent(key)
        if len(made) < self._tries:
            return timedelta(0)
        return made[-self._tries] + self._window - self._clock.now()

    def count(self, key: str) -> None:
        """`key` tries now."""
        self._recent(key).append(self._clock.now())
        self._made.move_to_end(key)
        while len(self._made) > REMEMBERED:
            self._made.popitem(last=False)

    def undo(self, key: str) -> None:
        """The last try of `key` was no guess."""
        made = self._made.get(key)
        if made:
            made.pop()

    def forgive(self, key: str) -> None:
        """`key` was right: start anew."""
        self._made.pop(key, None)

    def _recent(self, key: str) -> deque[datetime]:
        made = self._made.setdefault(key, deque(maxlen=self._tries))
        edge = self._clock.now() - self._window
        while made and made[0] <= edge:
            made.popleft()
        return made
