"""Whether the books add up: balances, what calls hold, and all books together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from billing.card.schema import card_holds
from billing.schema import accounts, leases, ledger, postings


@dataclass(frozen=True)
class Discrepancy:
    """Something that does not add up. why: a message id, `facts` fill its fields; money in 1/10 000 yuan."""

    why: str
    facts: dict[str, object]

    def text(self, language: Language) -> str:
        """In words."""
        return translate(self.why, language, **self.facts)


def discrepancies(connection: sa.Connection) -> Iterator[Discrepancy]:
    """What does not add up; nothing when the books are right.

    Of each account: its balance is the sum of its ledger lines, each line's balance follows from the one before, what
    is reserved is what its open leases hold, and both together stay within the credit limit and what a card is known to
    hold. All books together hold
    nothing.
    """
    for row in connection.execute(sa.select(accounts).order_by(accounts.c.number)):
        yield from _of_account(connection, row)
    if total := _sum(connection, postings.c.amount):
        yield Discrepancy("all books together hold {total} and not nothing", {"total": total})


def _of_account(connection: sa.Connection, row: sa.Row[Any]) -> Iterator[Discrepancy]:
    held = _sum(connection, leases.c.reserved, leases.c.account == row.number, leases.c.state != "settled")
    if row.reserved != held:
        yield Discrepancy(
            "account {number}: {reserved} reserved, but its open leases hold {held}",
            {"number": row.number, "reserved": row.reserved, "held": held},
        )
    lent = _sum(connection, card_holds.c.held, card_holds.c.account == row.number, card_holds.c.state == "open")
    if not 0 <= row.reserved <= row.balance + row.credit_limit + lent:
        yield Discrepancy(
            "account {number}: {reserved} reserved of a balance of {balance} and a limit of {limit}",
            {"number": row.number, "reserved": row.reserved, "balance": row.balance, "limit": row.credit_limit},
        )
    balance = 0
    for line in connection.execute(sa.select(ledger).where(ledger.c.account == row.number).order_by(ledger.c.id)):
        balance += line.amount
        if line.balance != balance:
            yield Discrepancy(
                "account {number}: entry {entry} says {said} after it, its lines add up to {balance}",
                {"number": row.number, "entry": line.id, "said": line.balance, "balance": balance},
            )
            balance = line.balance  # name each fault once
    if row.balance != balance:
        yield Discrepancy(
            "account {number}: balance {said}, but its ledger lines add up to {balance}",
            {"number": row.number, "said": row.balance, "balance": balance},
        )


def _sum(connection: sa.Connection, column: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(*where)).scalar_one())
