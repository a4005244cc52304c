"""Where the money of a call comes from: the account itself, or a card (`billing.card.credit`)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing.accounts import Account
from billing.ledger import Movement, Purse


class Credit(Protocol):
    """What a lease asks before it grants talk, and tells when it is settled."""

    async def provide(self, account: str, call: str, price: Money, *, at_first: bool) -> None:
        """Have `price` ready for `call`, or as much as there is.

        at_first: raises Refusal when there can be no call; later on the call just gets no more.
        """
        ...

    async def told(self, account: Account) -> Account:
        """The account with the balance its holder is to hear. Raises Refusal."""
        ...

    async def let_go(self, call: str) -> None:
        """There will be no lease for `call` after all."""
        ...

    def purse(self, connection: sa.Connection, purse: Purse, call: str, leased: Money) -> Purse:
        """Of the account `purse` (locked): what `call` may spend. leased: what its lease holds of it already."""
        ...

    def settle(self, connection: sa.Connection, account: str, call: str, charge: Money, at: datetime) -> list[Movement]:
        """The call is about to be charged, in this transaction: movements that bring the money in."""
        ...


class OwnCredit:
    """The account's own money."""

    async def provide(self, account: str, call: str, price: Money, *, at_first: bool) -> None:
        """It is there already."""

    async def told(self, account: Account) -> Account:
        """As it is."""
        return account

    async def let_go(self, call: str) -> None:
        """Nothing was taken."""

    def purse(self, connection: sa.Connection, purse: Purse, call: str, leased: Money) -> Purse:
        """All that no other call holds."""
        return purse

    def settle(self, connection: sa.Connection, account: str, call: str, charge: Money, at: datetime) -> list[Movement]:
        """It is in the account."""
        return []
