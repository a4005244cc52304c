"""From the end of a call to its charge, whatever fails on the way; and after a start, of the calls before it.

A lease that is not settled is the only sign that a call is still to be charged, and settling it is one transaction.
So dying at any point leaves either an open lease, which the next start finds here, or a settled one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.logger import Logger

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.tasks import Tasks
from billing.bill import Lease
from billing.care import HEARTBEAT, Care
from billing.lease import Leases
from billing.ports import Ended, Lines
from billing.rating import Tariff
from billing.recovery import presumed
from billing.route import cost_tariff
from billing.tariff import Tariffs


class Settlement:
    """Brings calls home. trunk_tariffs: trunk id to the name of its cost tariff.

    rejoin: stays with a call that outlived us until it is over.
    """

    log = Logger()

    def __init__(
        self,
        leases: Leases,
        care: Care,
        tariffs: Tariffs,
        trunk_tariffs: Callable[[], Mapping[str, str]],
        lines: Lines,
        clock: Clock,
    ) -> None:
        self._leases = leases
        self._care = care
        self._tariffs = tariffs
        self._trunk_tariffs = trunk_tariffs
        self._lines = lines
        self._clock = clock
        self._tasks = Tasks()
        self._underway: set[str] = set()
        self._unseen: dict[str, Deferred[None]] = {}
        self.rejoin: Callable[[Lease], Coroutine[Any, Any, Ended]] = lambda lease: lines.rejoin(
            lease.call, lease.extension
        )

    def begin(self, call: str, ended: Ended | None = None) -> Deferred[None]:
        """Settle `call` as `ended`, or as the exchange's evidence says; fires when that is done.

        What fails (database gone, exchange not there yet) is tried again every ten seconds; until then the lease
        holds its credit. A call without a lease, or with a settled one, is left as it is.
        """
        self._underway.add(call)
        return self._tasks.start(self._bring_home(call, ended), f"settling call {call}")

    async def recover(self) -> None:
        """Begin to settle every lease that is not settled and that nobody in this process looks after.

        A call that is still alive is joined again, extended as ever, and settled when it ends. Returns when the
        exchange has been asked about each: from then on it knows which of its calls are ours.
        """
        for lease in await self._leases.unsettled():
            if lease.call not in self._underway and not self._care.expects(lease.call):
                self._care.expect(lease.call)
                self._unseen[lease.call] = Deferred()
                self.begin(lease.call)
        await DeferredList(list(self._unseen.values()))

    def stop(self) -> None:
        """Leave what is not settled to the next start."""
        self._tasks.stop()

    async def _bring_home(self, call: str, ended: Ended | None) -> None:
        while True:
            try:
                lease = await self._leases.find(call)
                if lease is not None and lease.state != "settled":
                    ended = await self._fate(lease, ended)
                    await self._leases.settle(lease, ended, self._cost_of(lease))
                break
            except CancelledError:
                raise
            except Exception:
                self.log.failure("call {call} is not settled yet; it is tried again", call=call)
            await sleep(self._clock, HEARTBEAT)
        self._care.end(call)
        self._underway.discard(call)
        self._seen(call)

    def _seen(self, call: str) -> None:
        if call in self._unseen:
            self._unseen.pop(call).callback(None)

    async def _fate(self, lease: Lease, ended: Ended | None) -> Ended:
        """How the call ended, with an end if it was answered."""
        if ended is None:
            evidence = await self._lines.evidence(lease.call)
            self._seen(lease.call)
            ended = await self._joined(lease) if evidence.alive else presumed(lease, evidence, self._clock.now())
        self._care.end(lease.call)
        lease = await self._leases.find(lease.call) or lease
        answered = lease.answered_at or ended.answered_at
        if answered is None or ended.ended_at is not None:
            return ended
        evidence = await self._lines.evidence(lease.call)
        return presumed(replace(lease, answered_at=answered), evidence, self._clock.now())

    async def _joined(self, lease: Lease) -> Ended:
        watching = self._tasks.start(self._watch(lease), f"watching call {lease.call}")
        try:
            return await self.rejoin(lease)
        finally:
            watching.cancel()

    async def _watch(self, lease: Lease) -> None:
        """Look after a call that outlived us, from its answer on, which may be still to come."""
        while lease.answered_at is None:
            evidence = await self._lines.evidence(lease.call)
            if evidence.answered_at is not None:
                lease = await self._leases.answered(lease, evidence.answered_at)
            else:
                await sleep(self._clock, HEARTBEAT)
        self._care.begin(lease)

    def _cost_of(self, lease: Lease) -> Callable[[str], Tariff | None]:
        names, now = dict(self._trunk_tariffs()), self._clock.now()

        def find(trunk: str) -> Tariff | None:
            then = cost_tariff(self._tariffs, names.get(trunk), lease.opened_at)
            return then or cost_tariff(self._tariffs, names.get(trunk), now)

        return find
