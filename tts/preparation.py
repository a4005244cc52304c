"""Sentences made in advance by the good voice, so that a call is hardly ever the first to need one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.health import State
from appliance.foundation.tasks import Tasks
from tts.voices import Health

S = TypeVar("S")

BREATH = timedelta(milliseconds=50)
"""Between two sentences, for everything else the box has to do."""
PAUSE = timedelta(seconds=5)
"""Until the voice, or the disk, is looked at again."""
AGAIN = timedelta(minutes=10)
"""Until sentences that failed are tried again."""
STEP = 10
"""The status page is told after so many sentences; each telling is drawn on every screen."""

PART = "speech:prepared"
READY = "{ready} of {all} sentences ready."


class Preparation:
    """Goes through a list of sentences, most likely first, one at a time.

    ready: whether a sentence is there. make: tries to make one; afterwards it is there or it is not.
    may: whether to go on now: the voice is well and the disk has room.
    """

    def __init__(
        self,
        clock: Clock,
        health: Health,
        ready: Callable[[S], bool],
        make: Callable[[S], Coroutine[Any, Any, None]],
        may: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._health = health
        self._ready: Callable[[Any], bool] = ready
        self._make: Callable[[Any], Coroutine[Any, Any, None]] = make
        self._may = may
        self._tasks = Tasks()
        self._under_way: Deferred[Any] | None = None

    def begin(self, sentences: Sequence[S]) -> None:
        """Make these from now on, and no longer those of before."""
        self.stop()
        self._under_way = self._tasks.start(self._all(tuple(sentences)), "making sentences in advance")

    def stop(self) -> None:
        """Make no more."""
        if self._under_way is not None:
            self._under_way.cancel()
            self._under_way = None

    async def _all(self, sentences: Sequence[S]) -> None:
        if not sentences:
            return
        while not self._may():
            await sleep(self._clock, PAUSE)
        missing: Sequence[S] = sentences
        while missing:
            missing = await self._round(missing, len(sentences))
            self._tell(len(sentences) - len(missing), len(sentences))
            if missing:
                await sleep(self._clock, AGAIN)

    async def _round(self, missing: Sequence[S], count: int) -> Sequence[S]:
        """One pass; what is still missing after it."""
        left: list[S] = []
        wanted = await self._not_ready(missing)
        self._tell(count - len(wanted), count)
        for number, sentence in enumerate(wanted, 1):
            await sleep(self._clock, BREATH)
            while not self._may():
                await sleep(self._clock, PAUSE)
            if not self._ready(sentence):  # a call may have needed it meanwhile
                await self._make(sentence)
            if not self._ready(sentence):
                left.append(sentence)
            if number % STEP == 0:
                self._tell(count - len(wanted) + number - len(left), count)
        return left

    async def _not_ready(self, sentences: Sequence[S]) -> list[S]:
        wanted: list[S] = []
        for number, sentence in enumerate(sentences):
            if number % STEP == 0:
                await sleep(self._clock, BREATH)  # each look takes a fraction of a millisecond; a call may not wait
            if not self._ready(sentence):
                wanted.append(sentence)
        return wanted

    def _tell(self, ready: int, count: int) -> None:
        self._health.tell(PART, State.UP, READY, ready=str(ready), all=str(count))
