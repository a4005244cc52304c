"""Accounts that pay by card, for the cashier: opened from a card's number, which a reader types; and what waits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import Language, Money
from billing import ledger
from billing.accounts import Accounts
from billing.card import orders
from billing.card.credit import CardBlocked, CardSystemDown
from billing.card.events import CardLinked
from billing.card.orders import Order
from billing.card.reconcile import Comparison, compare
from billing.card.schema import cards
from billing.card.system import CardMovement, CardRefused, CardSilent, CardSystem, Standing
from billing.refusal import Refusal, StillInUse

NUMBER = re.compile(r"[A-Za-z0-9]{4,32}")


class NotACard(Refusal):
    """What was typed or scanned is no card number."""

    message = "A card number has 4 to 32 letters and digits."


class UnknownCard(Refusal):
    """The card system knows no such card."""

    message = "The card system does not know card {card}."


class CardInUse(Refusal):
    """A card pays for one account only."""

    message = "Card {card} already pays for account {account}."


class NoCardSystem(Refusal):
    """The plan names none."""

    message = "The plan names no card system (billing.card)."


class CardDesk:
    """Cards and their accounts. system: None while the plan names none."""

    def __init__(
        self, database: Transactions, accounts: Accounts, system: CardSystem | None, clock: Clock, bus: Bus
    ) -> None:
        self._database, self._accounts, self._system = database, accounts, system
        self._clock, self._bus = clock, bus

    @property
    def there(self) -> bool:
        """Whether the plan names a card system."""
        return self._system is not None

    async def standing(self, card: str) -> Standing:
        """What the card system says of a card. Raises NotACard, UnknownCard, CardBlocked, CardSystemDown."""
        card = scanned(card)
        try:
            return await self._asked().standing(card)
        except CardSilent as why:
            raise CardSystemDown from why
        except CardRefused as why:
            raise UnknownCard(card=card) if why.why == "unknown-card" else CardBlocked() from why

    async def open(self, card: str, holder: str, language: Language, by: str) -> tuple[str, str]:
        """A new account that pays by `card`: its number and its PIN, told this once.

        holder: empty for the card's own. Raises what `standing` raises, CardInUse.
        """
        standing = await self.standing(card)
        if not standing.active:
            raise CardBlocked
        if used := await self.account_of(standing.card):
            raise CardInUse(card=standing.card, account=used)
        name = (holder or standing.holder or standing.card)[:64]
        number, pin = await self._accounts.open(name, language, by)
        await self.link(number, standing.card, by)
        return number, pin

    async def link(self, account: str, card: str, by: str) -> None:
        """From now on the account pays by `card`; it must be empty. Raises CardInUse, StillInUse, NoSuchAccount."""
        event = CardLinked(at=self._clock.now(), account=account, card=scanned(card), by=by)

        def write(connection: sa.Connection) -> None:
            purse = ledger.lock(connection, account)
            if purse.balance or purse.reserved:
                raise StillInUse
            used = connection.execute(sa.select(cards.c.account).where(cards.c.card == event.card)).scalar()
            if used is not None:
                raise CardInUse(card=event.card, account=used)
            row = {"account": account, "card": event.card, "linked_at": event.at, "by": by}
            connection.execute(cards.insert().values(row))
            journal.append(connection, event)

        try:
            await self._database.transact(write)
        except sa.exc.IntegrityError as why:
            raise CardInUse(card=event.card, account=account) from why
        self._bus.publish(event)

    async def card_of(self, account: str) -> str | None:
        """The card by which an account pays, None if by its own money."""
        return await self._column(cards.c.card, cards.c.account == account)

    async def account_of(self, card: str) -> str | None:
        """The account that pays by a card."""
        return await self._column(cards.c.account, cards.c.card == card)

    async def available(self, account: str) -> Money | None:
        """What the account's card has free; None for an account without a card. Raises as `standing`."""
        card = await self.card_of(account)
        return None if card is None else (await self.standing(card)).available

    async def waiting(self) -> list[Order]:
        """Commits and releases that are not confirmed yet."""
        return await self._database.transact(orders.endings)

    async def charges(self, start: datetime, end: datetime) -> list[Order]:
        """Our own list: every charge of a card written down in [start, end)."""
        return await self._database.transact(lambda connection: list(orders.commits(connection, start, end)))

    async def compared(
        self, start: datetime, end: datetime, theirs: Sequence[CardMovement] | None = None
    ) -> Comparison:
        """Our charges of [start, end) against their list: the one given, else asked for. Raises as `theirs`."""
        listed = await self.theirs(start, max(end, self._clock.now())) if theirs is None else theirs
        holds = sorted({movement.hold for movement in listed})

        def read(connection: sa.Connection) -> Comparison:
            known: dict[str, Order] = {}
            for first in range(0, len(holds), 500):
                known |= orders.of_calls(connection, holds[first : first + 500])
            return compare(orders.commits(connection, start, end), listed, known, start, end)

        return await self._database.transact(read)

    async def theirs(self, start: datetime, end: datetime) -> list[CardMovement]:
        """The card system's own list. Raises CardSystemDown, NoCardSystem."""
        try:
            return list(await self._asked().movements(start, end))
        except (CardSilent, CardRefused) as why:
            raise CardSystemDown from why

    def _asked(self) -> CardSystem:
        if self._system is None:
            raise NoCardSystem
        return self._system

    async def _column(self, column: sa.Column[str], where: sa.ColumnElement[bool]) -> str | None:
        query = sa.select(column).where(where)
        return await self._database.transact(lambda connection: connection.execute(query).scalar())


def scanned(typed: str) -> str:
    """The card number in what a reader typed: it may begin with `;` and end with `?`. Raises NotACard."""
    card = typed.strip().removeprefix(";").removesuffix("?").strip()
    if not NUMBER.fullmatch(card):
        raise NotACard
    return card
