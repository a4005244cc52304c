"""Calls of accounts that pay by card: money is held at the card system ahead of talk, and taken once it is charged.

    dialled ─► reserve ─► leased ─► reserve more … ─► charged + commit ordered at once ─► commit until confirmed
                 └ no answer in time: the caller is told, a release is ordered

A card account holds no money of ours. What its call may spend is what the card system is known to hold for that very
call; so two calls of one card never spend the same money. Each charge is one commit of the same amount, written down
with it: the sum of commits is the sum of charges, whatever dies when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.values import Money
from billing import ledger
from billing.accounts import Account
from billing.card import orders
from billing.card.orders import Order
from billing.card.schema import card_holds
from billing.card.system import CardRefused, CardSilent, CardSystem
from billing.refusal import CreditTooLow, Refusal
from billing.schema import leases

AT_FIRST, AT_MOST = timedelta(seconds=0.5), timedelta(seconds=2)
"""Pauses between two tries while a caller waits."""


class CardSystemDown(Refusal):
    """The card system does not answer; nothing was charged."""

    message = "The card system does not answer. Nothing was charged. Please try again later."


class CardBlocked(Refusal):
    """The card system does not know the card any more, or has blocked it."""

    message = "The card is blocked. Please ask at the cashier's desk."


class CardCredit:
    """Satisfies `billing.credit.Credit`. system: None while the plan names none: card accounts cannot call then.

    unit: the least amount that cards know; what is held is rounded up to it, what is charged is rounded down.
    `ordered` is called when something waits to be let go.
    """

    log = Logger()

    def __init__(
        self, database: Transactions, system: CardSystem | None, unit: Money, patience: timedelta, clock: Clock
    ) -> None:
        self._database = database
        self._system = system
        self._unit = unit
        self._patience = patience
        self._clock = clock
        self._providing: set[str] = set()
        self.ordered: Callable[[], None] = lambda: None

    async def provide(self, account: str, call: str, price: Money, *, at_first: bool) -> None:
        """Have so much held for `call`, or as much as the card has. Accounts without a card are left alone.

        at_first: there is no call without it, so CardSystemDown, CardBlocked or CreditTooLow is raised, and what may
        have been held is let go. Later on the call just gets no more.
        """
        if not await self._database.transact(lambda connection: orders.card_of(connection, account)):
            return
        self._providing.add(call)
        try:
            await self._provide(account, call, price)
        except Refusal as why:
            if at_first:
                await self.let_go(call)
                raise
            self.log.info("call {call} gets no more of its card: {why}", call=call, why=why)
        finally:
            self._providing.discard(call)

    async def _provide(self, account: str, call: str, price: Money) -> None:
        give_up = self._clock.now() + self._patience
        most: Money | None = None
        while (order := await self._next(account, call, price, most)) is not None:
            try:
                await self._ask(order, give_up)
            except CardRefused as why:
                await self._resolve(order, why)
                if why.why != "insufficient":
                    raise CardBlocked from why
                most = self._down(why.available or Money(0))
                if most <= 0 or most >= order.amount:
                    break
            else:
                await self._resolve(order, None)
                if most is not None:
                    break
        held = await self._database.transact(lambda connection: orders.hold_of(connection, call))
        if held is None or held.held == 0:
            raise CreditTooLow

    async def _next(self, account: str, call: str, price: Money, most: Money | None) -> Order | None:
        """The reservation to ask for: the one whose fate is not known, else what is missing; None when nothing is."""
        at = self._clock.now()

        def write(connection: sa.Connection) -> Order | None:
            purse = ledger.lock(connection, account)
            card = orders.card_of(connection, account)
            hold = orders.hold_of(connection, call)
            if card is None or (hold is not None and hold.state != "open"):
                return None
            if hold is not None and (order := orders.pending(connection, call)) is not None:
                return order
            missing = self._up(Money(price - (hold.held if hold else 0)))
            if most is not None:
                missing = min(missing, most)
            if missing <= 0 or purse.state != "open":
                return None
            hold = hold or orders.open_hold(connection, call, account, card, at)
            return orders.order_reserve(connection, hold, missing, at)

        return await self._database.transact(write)

    async def _ask(self, order: Order, give_up: datetime) -> None:
        """Ask until there is an answer. Raises CardRefused, CardSystemDown."""
        pause = AT_FIRST
        while True:
            if self._system is None:
                raise CardSystemDown
            try:
                return await self._system.reserve(order.key, order.call, order.card, order.amount)
            except CardSilent as why:
                self.log.info("the card system does not answer {key}: {why}", key=order.key, why=why)
                if self._clock.now() + pause >= give_up:
                    raise CardSystemDown from why
            await sleep(self._clock, pause)
            pause = min(pause * 2, AT_MOST)

    async def _resolve(self, order: Order, no: CardRefused | None) -> None:
        at = self._clock.now()

        def write(connection: sa.Connection) -> None:
            ledger.lock(connection, order.account)
            if no is None:
                orders.done(connection, order, at)
            else:
                orders.refused(connection, order, at, no.why)

        await self._database.transact(write)

    async def told(self, account: Account) -> Account:
        """A card account with what its card has free. Raises CardSystemDown, CardBlocked."""
        card = await self._database.transact(lambda connection: orders.card_of(connection, account.number))
        if card is None:
            return account
        if self._system is None:
            raise CardSystemDown
        try:
            standing = await self._system.standing(card)
        except CardSilent as why:
            raise CardSystemDown from why
        except CardRefused as why:
            raise CardBlocked from why
        if not standing.active:
            raise CardBlocked
        return replace(account, balance=standing.available, reserved=Money(0))

    async def let_go(self, call: str) -> None:
        """Order the release of what a call holds that has no lease; one with a lease is ended by its settlement."""
        await self._let_go(call)
        self.ordered()

    async def _let_go(self, call: str) -> None:
        at = self._clock.now()
        try:
            await self._database.transact(lambda connection: _let_go(connection, call, at))
        except CancelledError:
            raise
        except Exception:
            self.log.failure("what call {call} holds of its card is let go later", call=call)

    async def sweep(self) -> None:
        """Let go of what calls hold that never came to a lease, because we died or the records were gone."""
        without = card_holds.outerjoin(leases, leases.c.call == card_holds.c.call)
        query = sa.select(card_holds.c.call).select_from(without)
        query = query.where(card_holds.c.state == "open", leases.c.call.is_(None))
        left = await self._database.transact(lambda connection: list(connection.execute(query).scalars()))
        for call in left:
            if call not in self._providing:
                await self._let_go(call)

    def purse(self, connection: sa.Connection, purse: ledger.Purse, call: str, leased: Money) -> ledger.Purse:
        """The money a call of this account may spend. leased: what its lease holds of it already."""
        if orders.card_of(connection, purse.number) is None:
            return purse
        hold = orders.hold_of(connection, call)
        held = hold.held if hold is not None and hold.state == "open" else Money(0)
        return replace(purse, balance=held, reserved=leased, credit_limit=Money(0), unit=self._unit)

    def settle(
        self, connection: sa.Connection, account: str, call: str, charge: Money, at: datetime
    ) -> list[ledger.Movement]:
        """The call is charged: the same is to be taken from its card, and comes into the account before the charge."""
        hold = orders.hold_of(connection, call)
        if hold is None:
            return []
        orders.order_end(connection, hold, charge, at)
        if not charge:
            return []
        return [ledger.move(connection, account, "card", charge, reference=call, by="billing", at=at, note=hold.card)]

    def _up(self, amount: Money) -> Money:
        return Money(-(-amount // self._unit) * self._unit)

    def _down(self, amount: Money) -> Money:
        return Money(amount // self._unit * self._unit)


def _let_go(connection: sa.Connection, call: str, at: datetime) -> None:
    hold = orders.hold_of(connection, call)
    if hold is None:
        return
    ledger.lock(connection, hold.account)
    hold = orders.hold_of(connection, call)
    leased = connection.execute(sa.select(leases.c.call).where(leases.c.call == call)).first()
    if hold is not None and leased is None:
        orders.order_end(connection, hold, Money(0), at)
