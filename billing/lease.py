"""Slices of credit, reserved ahead of talk and settled once.

A lease grants seconds and holds what they cost. So an account's calls can never together spend more than its balance:
each holds its own part of it. What is billed is the time measured by the exchange, each second begun, but never more
than was granted: if Asterisk cuts a call late, that is our fault and our loss, at most one lease's grace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from twisted.internet.defer import CancelledError

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.values import Money
from billing import ledger
from billing.bill import Lease, bill_for, granted_for, price_of
from billing.charge import NOTHING
from billing.credit import Credit, OwnCredit
from billing.events import CallAuthorised, CallRerouted, CallSettled, LeaseExtended
from billing.ports import Ended
from billing.rating import Tariff
from billing.refusal import AccountClosed, AccountFrozen, CreditTooLow, Refusal
from billing.schema import accounts, leases
from billing.tariff import Tariffs
from billing.watch import Asked, Unwatched, Watch

CostOf = Callable[[str], Tariff | None]
"""The cost tariff of a trunk, None if it has none."""


class Leases:
    """All leases. zone: the site's, by whose clock tariffs are read. credit: where the money comes from.

    guard: what it has to say against a call, and against more talk. by_right: callers dial by the class of service of
    their extension, not by an account of theirs.
    """

    def __init__(
        self,
        database: Transactions,
        tariffs: Tariffs,
        zone: ZoneInfo,
        clock: Clock,
        bus: Bus,
        *,
        credit: Credit | None = None,
        guard: Watch | None = None,
        by_right: bool = False,
    ) -> None:
        self._database = database
        self._credit = credit or OwnCredit()
        self._guard, self._by_right = guard or Unwatched(), by_right
        self._tariffs = tariffs
        self._zone = zone
        self._clock = clock
        self._bus = bus

    async def open(
        self,
        call: str,
        *,
        account: str,
        extension: str,
        called: str,
        trunk: str,
        tariff: Tariff,
        seconds: int,
        most: int | None = None,
    ) -> Lease:
        """Reserve the price of `seconds` of talk, or of as many as the account can pay for.

        most: seconds that the call may last, whatever is paid. Opening the same call again returns the lease it has.
        Raises CreditTooLow, NoRate, AccountFrozen, AccountClosed, NoSuchAccount.
        """
        at = self._clock.now()
        start = at.astimezone(self._zone)

        def write(connection: sa.Connection) -> tuple[Lease | Refusal, list[Event]]:
            purse = ledger.lock(connection, account)
            earlier = _find(connection, call)
            if earlier is not None:
                return earlier, []
            if purse.state != "open":
                raise AccountFrozen if purse.state == "frozen" else AccountClosed
            purse = self._credit.purse(connection, purse, call, NOTHING)
            granted = tariff.affordable(purse.available, called, start, seconds)
            if granted == 0:
                raise CreditTooLow
            price = tariff.rate(called, start, granted).amount
            asked = Asked(call, account, extension, called, price, at, self._by_right)
            refusal, told = self._guard.admit(connection, asked)
            if refusal is not None:
                return refusal, told
            lease = Lease(
                call,
                account,
                extension,
                called,
                trunk,
                tariff.version,
                price,
                granted,
                "reserved",
                at,
                None,
                None,
                most,
            )
            connection.execute(leases.insert().values(vars(lease)))
            _hold(connection, purse, price)
            event = CallAuthorised(
                at=at,
                call=call,
                account=account,
                extension=extension,
                called=called,
                trunk=trunk,
                reserved=price,
                granted_seconds=granted,
            )
            journal.append(connection, event)
            return lease, [*told, event]

        await self._credit.provide(account, call, tariff.rate(called, start, seconds).amount, at_first=True)
        try:
            opened, told = await self._database.transact(write)
        except CancelledError:
            raise
        except Exception:
            await self._credit.let_go(call)
            raise
        for event in told:
            self._bus.publish(event)
        if isinstance(opened, Refusal):
            await self._credit.let_go(call)
            raise opened
        return opened

    async def reroute(self, lease: Lease, trunk: str, why: str) -> Lease:
        """The call goes over another trunk, because of `why` on the one before."""
        event = CallRerouted(at=self._clock.now(), call=lease.call, account=lease.account, trunk=trunk, why=why)

        def write(connection: sa.Connection) -> tuple[Lease, Event | None]:
            ledger.lock(connection, lease.account)
            _set(connection, lease.call, trunk=trunk)
            journal.append(connection, event)
            return _have(connection, lease.call), event

        return await self._written(write)

    async def answered(self, lease: Lease, at: datetime) -> Lease:
        """Talk began at `at`, the exchange's time. Told twice, the first holds.

        What was granted stays granted; what is held follows the price at the time of the answer, as far as the
        credit goes (between dialling and answer a dearer band may have begun).
        """
        tariff = await self._tariffs.version(lease.tariff_version)

        def write(connection: sa.Connection) -> tuple[Lease, Event | None]:
            purse = ledger.lock(connection, lease.account)
            held = _have(connection, lease.call)
            if held.state != "reserved":
                return held, None
            purse = self._credit.purse(connection, purse, held.call, held.reserved)
            held = replace(held, state="talking", answered_at=at, last_seen_at=at)
            _set(connection, held.call, state="talking", answered_at=at, last_seen_at=at)
            return self._regrant(connection, purse, held, tariff, held.granted_seconds), None

        return await self._written(write)

    async def extend(self, lease: Lease, seconds: int) -> Lease:
        """Let a talking call last `seconds` from its answer on, or as long as the account can pay for.

        Never less than before. A frozen account gets no more. Raises nothing for lack of credit.
        """
        tariff = await self._tariffs.version(lease.tariff_version)
        at = self._clock.now()

        def write(connection: sa.Connection) -> tuple[Lease, list[Event]]:
            purse = ledger.lock(connection, lease.account)
            held = _have(connection, lease.call)
            if held.state != "talking":
                return held, []
            asked = Asked(held.call, held.account, held.extension, held.called, held.reserved, at, self._by_right)
            allowed, told = self._guard.more(connection, asked)
            if not allowed:
                return held, told
            purse = self._credit.purse(connection, purse, held.call, held.reserved)
            more = self._regrant(connection, purse, held, tariff, seconds)
            if more.granted_seconds == held.granted_seconds:
                return more, told
            event = LeaseExtended(
                at=at,
                call=more.call,
                account=more.account,
                reserved=more.reserved,
                granted_seconds=more.granted_seconds,
            )
            journal.append(connection, event)
            return more, [*told, event]

        if lease.answered_at is not None:
            price = price_of(lease, tariff, seconds, self._zone)
            await self._credit.provide(lease.account, lease.call, price, at_first=False)
        more, told = await self._database.transact(write)
        for event in told:
            self._bus.publish(event)
        return more

    async def seen(self, calls: Collection[str]) -> None:
        """These calls are still talking, as far as we know."""
        at = self._clock.now()
        touch = leases.update().where(leases.c.call.in_(calls), leases.c.state == "talking").values(last_seen_at=at)

        def write(connection: sa.Connection) -> None:
            connection.execute(touch)

        await self._database.transact(write)

    async def find(self, call: str) -> Lease | None:
        """The lease of `call`, None if it has none."""
        return await self._database.transact(lambda connection: _find(connection, call))

    async def unsettled(self) -> list[Lease]:
        """Every lease that still holds credit, oldest first."""
        query = _query().where(leases.c.state != "settled").order_by(leases.c.opened_at, leases.c.call)
        return await self._database.transact(
            lambda connection: [Lease(**row) for row in connection.execute(query).mappings()]
        )

    async def settle(self, lease: Lease, gone: Ended, cost_of: CostOf) -> CallSettled | None:
        """Charge the call and give back what it holds, in one transaction, once: None when that was done before.

        gone: a call with an answer needs its end too, else ValueError. An answer that was recorded when it happened
        comes before the one in `gone`.
        """
        tariff = await self._tariffs.version(lease.tariff_version)
        at = self._clock.now()

        def write(connection: sa.Connection) -> tuple[CallSettled | None, list[ledger.Movement]]:
            purse = ledger.lock(connection, lease.account)
            held = _have(connection, lease.call)
            if held.state == "settled":
                return None, []
            purse = self._credit.purse(connection, purse, held.call, held.reserved)
            bill = bill_for(purse, held, gone, tariff, cost_of(held.trunk), self._zone)
            _set(connection, held.call, state="settled", reserved=0, **bill.columns)
            _hold(connection, purse, Money(-held.reserved))
            moved = self._credit.settle(connection, held.account, held.call, bill.charge, at)
            if bill.charge:
                movement = ledger.move(
                    connection,
                    held.account,
                    "charge",
                    Money(-bill.charge),
                    reference=held.call,
                    by="billing",
                    at=at,
                    note=held.called,
                )
                moved.append(movement)
            event = CallSettled(
                at=at,
                call=held.call,
                account=held.account,
                called=held.called,
                trunk=held.trunk,
                seconds=bill.seconds,
                charge=bill.charge,
                cost=bill.cost or NOTHING,
                ended=bill.ended,
            )
            journal.append(connection, event)
            return event, moved

        event, moved = await self._database.transact(write)
        for movement in moved:
            self._bus.publish(movement.event)
        if event is not None:
            self._bus.publish(event)
        return event

    async def _written(self, write: Callable[[sa.Connection], tuple[Lease, Event | None]]) -> Lease:
        lease, event = await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)
        return lease

    def _regrant(
        self, connection: sa.Connection, purse: ledger.Purse, held: Lease, tariff: Tariff, seconds: int
    ) -> Lease:
        lease = granted_for(purse, held, tariff, seconds, self._zone)
        _hold(connection, purse, Money(lease.reserved - held.reserved))
        _set(connection, held.call, granted_seconds=lease.granted_seconds, reserved=lease.reserved)
        return lease


_COLUMNS = tuple(leases.c[name] for name in Lease.__dataclass_fields__)


def _query() -> sa.Select[tuple[object, ...]]:
    return sa.select(*_COLUMNS)


def _find(connection: sa.Connection, call: str) -> Lease | None:
    row = connection.execute(_query().where(leases.c.call == call)).mappings().first()
    return None if row is None else Lease(**row)


def _have(connection: sa.Connection, call: str) -> Lease:
    lease = _find(connection, call)
    if lease is None:
        raise LookupError(f"call {call} has no lease")
    return lease


def _set(connection: sa.Connection, call: str, **values: object) -> None:
    connection.execute(leases.update().where(leases.c.call == call).values(values))


def _hold(connection: sa.Connection, purse: ledger.Purse, more: Money) -> None:
    """Hold so much more of the account's money for a call, or less."""
    held = accounts.update().where(accounts.c.number == purse.number)
    connection.execute(held.values(reserved=accounts.c.reserved + more))
