"""The real reactor, in a thread of its own: for tests that need file descriptors, sockets or processes.

    def test_something() -> None:
        async def story() -> None: ...
        run(story())

The reactor is one for the whole test process and never stops; what a test opens there, it closes there. Outside the
main thread it gets no SIGCHLD, so it looks for ended processes now and then.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from twisted.internet import reactor as _reactor
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.process import reapAllProcesses
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

T = TypeVar("T")

assert isinstance(_reactor, ReactorBase)
reactor: ReactorBase = _reactor
_starting = threading.Lock()

REAPED = 0.05
"""Seconds between two looks for ended processes."""
PATIENCE = 150
"""Seconds that a test waits: only one that fails ever does."""
GIVING_UP = 30
"""Seconds that what was cancelled has to let go."""


def start() -> ReactorBase:
    """The reactor, running."""
    with _starting:
        if not reactor.running:
            running = threading.Event()
            reactor.callWhenRunning(running.set)
            reactor.callWhenRunning(lambda: LoopingCall(reapAllProcesses).start(REAPED, now=False))
            threading.Thread(target=lambda: reactor.run(installSignalHandlers=False), daemon=True).start()
            assert running.wait(30)
    return reactor


def run(coroutine: Coroutine[Deferred[Any], Any, T], timeout: float = PATIENCE) -> T:
    """What `coroutine` returns, run in the reactor's thread.

    Raises what it raises; TimeoutError after `timeout` seconds, which tells what it waited for.
    """
    outcome: Future[T] = Future()
    tasks: list[Deferred[T]] = []

    def failed(failure: Failure) -> None:
        outcome.set_exception(failure.value or AssertionError(str(failure)))

    def begin() -> None:
        tasks.append(Deferred.fromCoroutine(coroutine))
        tasks[0].addCallbacks(outcome.set_result, failed)

    start().callFromThread(begin)
    try:
        return outcome.result(timeout)
    except TimeoutError:
        for task in tasks:
            reactor.callFromThread(task.cancel)
        raise TimeoutError(f"not done after {timeout:g} s, but waiting here:\n{_waiting(outcome)}") from None


def _waiting(cancelled: Future[T]) -> str:
    """Where it was when it was cancelled, the innermost last."""
    why = cancelled.exception(GIVING_UP)
    return "".join(traceback.format_tb(why.__traceback__)) if why is not None else "it came to its end just then"


def call(function: Callable[[], T], timeout: float = PATIENCE) -> T:
    """What `function` returns, called in the reactor's thread."""

    async def once() -> T:
        return function()

    return run(once(), timeout)


class Heard(list[T], Generic[T]):
    """What came so far; `append` is given as a callback, `until` waits for enough of it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[Callable[[list[T]], bool], Deferred[None]]] = []

    def append(self, item: T) -> None:
        super().append(item)
        for entry in [entry for entry in self._waiting if entry[0](self)]:
            self._waiting.remove(entry)
            entry[1].callback(None)

    async def until(self, enough: Callable[[list[T]], bool]) -> Heard[T]:
        """Wait (in the reactor's thread) until `enough(everything so far)`; the deadline is that of `run`."""
        if not enough(self):
            waiting: Deferred[None] = Deferred()
            self._waiting.append((enough, waiting))
            await waiting
        return self
