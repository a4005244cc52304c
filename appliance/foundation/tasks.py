"""The seam where callbacks begin: coroutines that run unawaited are owned here, never lost."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure


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

    def stop(self) -> None:
        """Cancel whatever is still under way."""
        for task in list(self._underway):
            task.cancel()
