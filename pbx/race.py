"""Several telephones rung at once, or one alone, for somebody who may leave meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from pbx.callout import NotReached
from pbx.leg import Latch, Leg, first
from pbx.party import Party

Way = Callable[[], Awaitable[Party]]
"""Rings one telephone. Raises NotReached; hangs up when cancelled."""


@dataclass
class Reached:
    """How it went. party: who took the call. outcome: as `pbx.pair.outcome` has it, of the last who did not."""

    party: Party | None = None
    outcome: str = "no-answer"


async def first_of(ways: Sequence[Way], caller: Leg) -> Reached:
    """All at once; who comes first takes it, the others stop ringing. Everything stops when the caller leaves."""
    race = _Race(ways)
    try:
        await first(race.settled, caller.gone)
    finally:
        race.stop()
    if race.reached.party is not None and not caller.alive:
        await race.reached.party.hang_up()
        race.reached.party = None
    return race.reached


class _Race:
    """Ways tried at once. settled: somebody came, or nobody will."""

    log = Logger()

    def __init__(self, ways: Sequence[Way]) -> None:
        self.reached = Reached()
        self.settled: Latch[bool] = Latch()
        self._left = len(ways)
        self._tasks = [Deferred.fromCoroutine(self._run(way)) for way in ways]

    def stop(self) -> None:
        """Nobody is waited for any longer."""
        self.settled.set(True)
        for task in self._tasks:
            task.cancel()

    async def _run(self, way: Way) -> None:
        try:
            await self._take(await way())
        except NotReached as why:
            self.reached.outcome = why.outcome
        except CancelledError:
            pass  # somebody else came, or the caller left
        except Exception:
            self.log.failure("a telephone could not be rung")
        self._left -= 1
        if not self._left:
            self.settled.set(True)

    async def _take(self, party: Party) -> None:
        if self.settled.value:
            await party.hang_up()
        else:
            self.reached.party = party
            self.settled.set(True)
