"""Small values that every storey shares."""

from __future__ import annotations

import uuid
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NewType

Language = Literal["zh", "en"]
"""The two languages in which everything is said and shown."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")

Money = NewType("Money", int)
"""Whole 1/10 000 yuan. Never a float."""

YUAN = 10_000


def yuan(amount: Decimal | str | int) -> Money:
    """`"0.25"` yuan as money. Raises ValueError for more than four decimals or what is no number."""
    try:
        exact = Decimal(str(amount)) * YUAN
    except ArithmeticError as why:
        raise ValueError(f"{amount!r} is not an amount in yuan") from why
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise ValueError(f"{amount!r} is not an amount in yuan of at most four decimals")
    return Money(int(exact))


def in_yuan(money: Money) -> Decimal:
    """Money as a decimal number of yuan, exactly."""
    return Decimal(money) / YUAN


def shown(money: Money) -> str:
    """`¥1,234.56` as people read it: rounded half up to the fen; exact ledgers print `in_yuan`."""
    fen = in_yuan(money).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'-' if fen < 0 else ''}¥{abs(fen):,}"


def new_id() -> str:
    """A fresh identity that needs no database: 32 hexadecimal digits."""
    return uuid.uuid4().hex
