"""The seam where callbacks begin: coroutines that run unawaited are owned here, never lost."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, sleep

AGAIN = timedelta(seconds=10)


class Tasks:
    """Owns coroutines started from callbacks; a failure is logged, `stop` cancels what is left."""

    log = Logger()

    def __init__(self) -> None:
        self._underway: set[Deferred[Any]] = set()

    def start(self, coroutine: Coroutine[Deferred[Any], Any, Any], what: str) -> Deferred[Any]:
        """Run `coroutine`; `what` completes the sentence “… failed” in the log."""
        task: Deferred[Any] = Deferred.fromCoroutine(coroutine)
        self._underway.add(task)

        def done(result: object) -> None:
            self._underway.discard(task)
            if isinstance(result, Failure) and not isinstance(result.value, CancelledError):
                self.log.failure("{what} failed", result, what=what)

        task.addBoth(done)
        return task

    async def until_done(self, work: Callable[[], Coroutine[Any, Any, None]], what: str, clock: Clock) -> None:
        """Do `work`; what fails (records not there yet) is logged and done again every ten seconds."""
        while True:
            try:
                return await work()
            except CancelledError:
                raise
            except Exception:
                self.log.failure("{what} failed; it is tried again", what=what)
            await sleep(clock, AGAIN)

    def stop(self) -> None:
        """Cancel whatever is still under way."""
        for task in list(self._underway):
            task.cancel()
