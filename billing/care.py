"""Looks after calls that talk: more credit in good time, and a sign of life in the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock, Since, Timer
from appliance.foundation.tasks import Tasks
from billing.bill import Lease, whole_seconds
from billing.last_minute import LastMinute
from billing.lease import Leases
from billing.ports import Ended, Lines

HEARTBEAT = timedelta(seconds=10)
"""How often talking calls are written down as still there; and how soon what failed is tried again."""

EARLY = 0.6
"""A lease is extended when this part of it is left, so before half is used."""


@dataclass
class _Talk:
    """told: how many seconds from the answer the exchange has been told to let the call last. warned_of: the end, in
    seconds from the answer, that who pays was last told of, or will be.
    """

    lease: Lease
    told: int
    answered: Since
    timer: Timer | None = None
    warning: Timer | None = None
    warned_of: int = 0

    def disarm(self) -> None:
        """Nothing more is to happen."""
        for timer in (self.timer, self.warning):
            if timer is not None and timer.active():
                timer.cancel()


class Care:
    """Calls under way in this process.

    Credit is reserved first and Asterisk is told afterwards: dying in between cuts the call early, never late.
    """

    log = Logger()

    def __init__(self, leases: Leases, lines: Lines, lease_seconds: int, clock: Clock, last_minute: LastMinute) -> None:
        self._leases = leases
        self._lines = lines
        self._slice = lease_seconds
        self._clock = clock
        self._last_minute = last_minute
        self._tasks = Tasks()
        self._expected: set[str] = set()
        self._talks: dict[str, _Talk] = {}
        self._heartbeat: Timer | None = None

    def expect(self, call: str) -> None:
        """A call may come to talk."""
        self._expected.add(call)

    def expects(self, call: str) -> bool:
        """Whether a call of this process may talk, or does."""
        return call in self._expected

    def begin(self, lease: Lease) -> None:
        """An expected call talks (`lease.answered_at` is set); the exchange lets it last as long as was granted.

        A call that is over already, its answer having been written down meanwhile, is left alone.
        """
        if lease.call not in self._expected or lease.call in self._talks:
            return
        assert lease.answered_at is not None
        answered = Since(self._clock, lease.answered_at)
        self._talks[lease.call] = talk = _Talk(lease, lease.granted_seconds, answered)
        self._plan(talk)
        self._foresee(talk, self._slice)
        if self._heartbeat is None:
            self._heartbeat = self._clock.later(HEARTBEAT, self._beat)

    def used_up(self, call: str, ended: Ended) -> bool:
        """Whether a call that we look after was cut since no more was granted; the far end may have hung up just so."""
        talk = self._talks.get(call)
        if talk is None or talk.lease.answered_at is None or ended.ended_at is None:
            return False
        return whole_seconds(ended.ended_at - talk.lease.answered_at) >= talk.told

    def end(self, call: str) -> None:
        """A call is over, or never talked."""
        self._expected.discard(call)
        talk = self._talks.pop(call, None)
        if talk is not None:
            talk.disarm()

    def stop(self) -> None:
        """Look after nothing any more; the calls go on without us."""
        for call in list(self._expected):
            self.end(call)
        if self._heartbeat is not None and self._heartbeat.active():
            self._heartbeat.cancel()
        self._tasks.stop()

    def _beat(self) -> None:
        if not self._talks:
            self._heartbeat = None
            return
        self._heartbeat = self._clock.later(HEARTBEAT, self._beat)
        self._tasks.start(self._leases.seen(list(self._talks)), "noting the calls under way")

    def _plan(self, talk: _Talk) -> None:
        delay = timedelta(seconds=talk.told - EARLY * self._slice) - talk.answered.ago()
        if delay <= timedelta(0):
            delay = HEARTBEAT  # no credit left: money may still be paid in
        talk.timer = self._clock.later(delay, lambda: self._due(talk))

    def _due(self, talk: _Talk) -> None:
        self._tasks.start(self._extend(talk), f"extending call {talk.lease.call}")

    async def _extend(self, talk: _Talk) -> None:
        try:
            await self._more(talk)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("call {call} was not extended; it is tried again", call=talk.lease.call)
        if talk.lease.call in self._talks:
            self._plan(talk)

    async def _more(self, talk: _Talk) -> None:
        spoken = whole_seconds(talk.answered.ago())
        most, wanted = talk.lease.most_seconds, spoken + self._slice
        wanted = wanted if most is None else min(wanted, most)
        talk.lease = await self._leases.extend(talk.lease, wanted)
        if talk.lease.granted_seconds > talk.told and talk.lease.call in self._talks:
            await self._lines.extend(talk.lease.call, talk.lease.granted - talk.answered.ago())
            talk.told = talk.lease.granted_seconds
        if talk.lease.call in self._talks:
            self._foresee(talk, wanted)

    def _foresee(self, talk: _Talk, wanted: int) -> None:
        """Who was granted less than was wanted has no more credit: the end is known."""
        granted = talk.lease.granted_seconds
        if granted == talk.warned_of:
            return
        if talk.warning is not None and talk.warning.active():
            talk.warning.cancel()
        talk.warned_of = granted if granted < wanted else 0
        if talk.warned_of and (delay := self._last_minute.before(talk.lease, talk.answered)) is not None:
            talk.warning = self._clock.later(delay, lambda: self._warn(talk))

    def _warn(self, talk: _Talk) -> None:
        self._tasks.start(self._last_minute.tell(talk.lease, talk.answered), f"warning call {talk.lease.call}")
