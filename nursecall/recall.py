"""What the records know of open calls and beds, read at the start; the ward does not wait for them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError, DeferredList

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.tasks import Tasks
from nursecall.bedsides import Bedside
from nursecall.calls import CallFacts
from nursecall.patients import Patients
from nursecall.scribe import RETRY
from nursecall.store import CallStore


class Recall:
    """Reads until it succeeds, once.

    found: called with the calls that are open in the records and the beds known there, when patients can be looked up.
    failed: called with the reason of each attempt that came to nothing.
    """

    def __init__(
        self,
        store: CallStore,
        patients: Patients,
        clock: Clock,
        found: Callable[[list[CallFacts], list[Bedside]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._store, self._patients, self._clock = store, patients, clock
        self._found, self._failed = found, failed
        self._tasks = Tasks()

    async def start(self) -> None:
        """Over after the first attempt, or when that takes too long; whatever comes later comes by itself."""
        reading = self._tasks.start(self._read(), "bringing back open calls")
        long_enough = sleep(self._clock, RETRY)
        await DeferredList([reading, long_enough], fireOnOneCallback=True, consumeErrors=True)
        long_enough.cancel()

    def stop(self) -> None:
        """Read no more."""
        self._tasks.stop()

    async def _read(self) -> None:
        try:
            calls, bedsides = await self._store.left()
            if not self._patients.loaded:
                await self._patients.load()
        except CancelledError:
            raise
        except Exception as why:
            self._failed(why)
            self._tasks.start(self._read_later(), "bringing back open calls")
        else:
            self._found(calls, bedsides)

    async def _read_later(self) -> None:
        await sleep(self._clock, RETRY)
        await self._read()
