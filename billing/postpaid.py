"""Calls outside that are billed by the month: nobody dials an account, the plan says who pays.

They are leases like those of 600: credit is reserved ahead of talk, Asterisk cuts a call whose credit is over, also
when we are dead, and a call that outlived us is settled once, from the exchange's evidence, by the same settlement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import Ended
from billing.bill import Lease
from billing.care import Care
from billing.lease import Leases
from billing.payers import Payers
from billing.plan_postpaid import PostpaidGroup
from billing.rating import NoRate
from billing.refusal import CreditTooLow, Refusal
from billing.settlement import Settlement
from billing.tariff import NoTariff, Tariffs


class LimitReached(Refusal):
    """This month's limit of who pays is used up."""

    message = "The monthly limit for calls outside is used up."


class NoPrice(Refusal):
    """No tariff knows the number, so that nobody could be billed for it."""

    message = "There is no price for this number, so it cannot be called from here."


class PaidCall:
    """One call that somebody pays for. used: percent of the month's limit, where the caller is to be told."""

    log = Logger()

    def __init__(self, lease: Lease, used: int | None, leases: Leases, care: Care, settlement: Settlement) -> None:
        self._lease = lease
        self._leases, self._care, self._settlement = leases, care, settlement
        self.used = used
        self.limit = lease.granted
        """How long it may last from its answer on, unless it is extended."""

    async def over_line(self, trunk: str, why: str) -> None:
        """Another line is tried, because of `why` on the one before."""
        if trunk != self._lease.trunk:
            self._lease = await self._leases.reroute(self._lease, trunk, why)

    async def answered(self, at: datetime) -> None:
        """Both talk. Should it not be written down now, the exchange's times still settle the call."""
        try:
            lease = await self._leases.answered(self._lease, at)
            self._care.begin(lease)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("the answer of call {call} was not recorded", call=self._lease.call)

    def over(self, ended: Ended | None) -> None:
        """It is over, as `ended` or, None, as the exchange's evidence says."""
        self._settlement.begin(self._lease.call, ended)


class Postpaid:
    """Says who pays for a call outside, and on what terms. groups: of the plan, the first that has the extension."""

    def __init__(
        self,
        groups: Sequence[PostpaidGroup],
        tariff: str,
        lease_seconds: int,
        payers: Payers,
        leases: Leases,
        care: Care,
        settlement: Settlement,
        tariffs: Tariffs,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._groups, self._tariff, self._slice = groups, tariff, lease_seconds
        self._payers, self._leases, self._care, self._settlement = payers, leases, care, settlement
        self._tariffs, self._zone, self._clock = tariffs, zone, clock

    async def admit(
        self, call: str, extension: str, called: str, trunk: str, most: timedelta | None
    ) -> PaidCall | None:
        """Reserve credit for a call of `extension` to E.164 `called`; None where nobody is billed for it.

        most: how long it may last for other reasons. Raises Refusal.
        """
        group = next((one for one in self._groups if one.has(extension)), None)
        if group is None:
            return None
        try:
            lease = await self._lease(group, call, extension, called, trunk, most)
        except CancelledError:
            raise
        except Exception:
            self._care.end(call)
            raise
        return PaidCall(lease, await self._used(group, lease), self._leases, self._care, self._settlement)

    async def _lease(
        self, group: PostpaidGroup, call: str, extension: str, called: str, trunk: str, most: timedelta | None
    ) -> Lease:
        now = self._clock.now().astimezone(self._zone)
        longest = None if most is None else max(1, int(most.total_seconds()))
        seconds = self._slice if longest is None else min(self._slice, longest)
        try:
            tariff = self._tariffs.current(group.tariff or self._tariff, now)
            tariff.rate(called, now, 0)
            account = await self._payers.account(group, extension)
            self._care.expect(call)
            return await self._leases.open(
                call,
                account=account,
                extension=extension,
                called=called,
                trunk=trunk,
                tariff=tariff,
                seconds=seconds,
                most=longest,
            )
        except (NoRate, NoTariff) as why:
            raise NoPrice from why
        except CreditTooLow as why:
            raise LimitReached from why

    async def _used(self, group: PostpaidGroup, lease: Lease) -> int | None:
        """Percent of the month's limit that were used before this call, where they are to be said."""
        if group.limit is None:
            return None
        row = next(row for row in await self._payers.every() if row.account == lease.account)
        percent = 100 * (row.used - lease.reserved) // group.limit
        return percent if percent >= group.warn_percent else None
