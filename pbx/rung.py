"""Calls that only ring so far, to be ended by their names: nobody who called them stands for them yet."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from pbx.callout import NotReached
from pbx.party import Party


class Rung:
    """A call is known here from its first ringing until somebody answers, or nobody does."""

    def __init__(self) -> None:
        self._ringing: dict[str, Deferred[Party]] = {}

    def __contains__(self, call: str) -> bool:
        return call in self._ringing

    async def answered(self, call: str, ringing: Coroutine[Any, Any, Party]) -> Party:
        """Who answers `ringing`, which rings for `call` and hangs up when cancelled. Raises NotReached: `refused`
        where it was ended meanwhile.
        """
        task = self._ringing[call] = Deferred.fromCoroutine(ringing)
        try:
            return await task
        except CancelledError:
            if self._ringing.get(call) is task:
                raise  # whoever waits for it was cancelled
            raise NotReached("refused") from None
        finally:
            if self._ringing.get(call) is task:
                self._ringing.pop(call)

    def end(self, call: str) -> bool:
        """Let it ring no more; whether it rang."""
        task = self._ringing.pop(call, None)
        if task is not None:
            task.cancel()
        return task is not None
