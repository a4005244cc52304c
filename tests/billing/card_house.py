"""Billing with a card system, which outlives the daemon as the exchange does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Money, yuan
from billing.card.credit import CardCredit
from billing.card.desk import CardDesk
from billing.card.post import CardPost
from billing.card.schema import card_holds, card_orders
from billing.card.system import CardMovement, Standing
from billing.schema import leases
from tests.billing.exchange import House, Process
from tests.fakes.card import FakeCardSystem
from tests.fakes.clock import FakeClock
from tests.support import now

T = TypeVar("T")
FEN = yuan("0.01")


class MortalCards:
    """The card system as one process sees it."""

    def __init__(self, process: Process, cards: FakeCardSystem) -> None:
        self._process, self._cards = process, cards

    async def ping(self) -> None:
        await self._step(self._cards.ping)

    async def standing(self, card: str) -> Standing:
        return await self._step(lambda: self._cards.standing(card))

    async def reserve(self, key: str, hold: str, card: str, amount: Money) -> None:
        await self._step(lambda: self._cards.reserve(key, hold, card, amount))

    async def commit(self, key: str, hold: str, card: str, amount: Money) -> None:
        await self._step(lambda: self._cards.commit(key, hold, card, amount))

    async def release(self, key: str, hold: str, card: str) -> None:
        await self._step(lambda: self._cards.release(key, hold, card))

    async def movements(self, start: datetime, end: datetime) -> Sequence[CardMovement]:
        return await self._step(lambda: self._cards.movements(start, end))

    async def _step(self, do: Callable[[], Coroutine[Any, Any, T]]) -> T:
        await self._process.live()
        result = await do()
        await self._process.live()
        return result


class CardHouse(House):
    """A house whose accounts can pay by card."""

    post: CardPost
    desk: CardDesk

    def __init__(self) -> None:
        self.cards: FakeCardSystem | None = None
        super().__init__()

    def seams(self, database: Transactions, clock: Clock, bus: Bus) -> dict[str, Any]:
        if self.cards is None:
            self.cards = FakeCardSystem(self.clock)
        system = MortalCards(self.process, self.cards)
        credit = CardCredit(database, system, FEN, timedelta(seconds=10), clock)
        self.post = CardPost(database, system, credit, clock, bus)
        self.desk = CardDesk(database, self.accounts, system, clock, bus)
        Tasks().start(self._begin(), "beginning")
        return {"credit": credit}

    async def _begin(self) -> None:
        self.post.start()

    @property
    def there(self) -> FakeCardSystem:
        """The card system."""
        assert self.cards is not None
        return self.cards

    def carded(self, card: str = "20260001", balance: str = "10") -> str:
        """A new account that pays by a new card with so many yuan."""
        self.there.books.issue(card, "李明", yuan(balance))
        number, pin = now(self.desk.open(card, "", "zh", "cashier"))
        self.pins[number] = pin
        return number

    def taken(self) -> dict[str, Money]:
        """By the card system's own list: call to amount. Fails where a call was taken twice."""
        rows = self.there.books.movements
        assert len({row["hold"] for row in rows}) == len(rows), rows
        return {row["hold"]: yuan(row["amount"]) for row in rows}

    def charged(self) -> dict[str, Money]:
        """By our books: call to charge, of those that cost something."""
        return {row.call: Money(row.charge) for row in self._all(leases) if row.charge}

    def orders(self) -> list[Any]:
        """The outbox."""
        return self._all(card_orders)

    def holds(self) -> list[Any]:
        """What we believe is held."""
        return self._all(card_holds)

    def held_there(self) -> dict[str, int]:
        """What the card system holds still."""
        return {name: hold.amount for name, hold in self.there.books.holds.items() if not hold.ended}

    def _all(self, table: sa.Table) -> list[Any]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(sa.select(table)))


__all__ = ["FEN", "CardHouse", "FakeClock"]
