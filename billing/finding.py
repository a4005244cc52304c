"""An account found by whatever the cashier has at hand: number, card, bed, name, or the first letters of its pinyin."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from billing.card.schema import cards
from billing.schema import accounts
from billing.views import AccountRow

SHOWN = 12


@lru_cache(maxsize=20_000)
def initials(name: str) -> str:
    """`王秀英` → `wxy`, `Anna Smith` → `as`; lower case."""
    from pypinyin import Style, lazy_pinyin  # takes a moment, and the desk alone asks

    return "".join(part[:1] for word in name.split() for part in lazy_pinyin(word, style=Style.FIRST_LETTER)).lower()


@lru_cache(maxsize=20_000)
def spelt(name: str) -> str:
    """`王秀英` → `wangxiuying`; lower case, without spaces."""
    from pypinyin import lazy_pinyin

    return "".join("".join(lazy_pinyin(word)) for word in name.split()).lower()


async def find(database: Transactions, text: str, visits: Collection[str] = ()) -> list[AccountRow]:
    """Accounts that are not closed: the one of this number or card alone; else all that fit, at most SHOWN + 1.

    visits: keys of the visits in the bed that `text` may mean; their accounts come first.
    """
    wanted = text.strip().lower()
    query = (
        sa.select(*(accounts.c[name] for name in AccountRow.__dataclass_fields__))
        .where(accounts.c.state != "closed")
        .order_by(accounts.c.number)
    )

    def read(connection: sa.Connection) -> list[AccountRow]:
        paying = sa.select(cards.c.account).where(cards.c.card == text.strip())
        exact = query.where(
            (accounts.c.number == text.strip()) | (accounts.c.card == text.strip()) | accounts.c.number.in_(paying)
        )
        if found := connection.execute(exact).first():
            return [AccountRow(**found._mapping)]
        rows = (AccountRow(**row._mapping) for row in connection.execute(query))
        return [row for row in rows if row.patient in visits or _fits(row, wanted)]

    if not wanted:
        return []
    fitting = await database.transact(read)
    return sorted(fitting, key=lambda row: (row.patient not in visits, row.number))[: SHOWN + 1]


def _fits(row: AccountRow, wanted: str) -> bool:
    if wanted.isdecimal():
        return len(wanted) >= 3 and row.number.startswith(wanted)
    if wanted in row.holder.lower():
        return True
    letters = wanted.replace(" ", "")
    return letters.isascii() and (initials(row.holder).startswith(letters) or spelt(row.holder).startswith(letters))
