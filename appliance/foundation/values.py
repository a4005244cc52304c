"""Small values that every storey shares."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
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


class HungUp(Exception):
    """The caller is gone; nothing more can be said to them."""


@dataclass(frozen=True)
class Ended:
    """How an outside leg went. Times are the exchange's own.

    outcome: answered, busy, no-answer, congestion, unreachable, caller-left.
    answered_at, ended_at: aware UTC, None when never answered.
    """

    outcome: str
    answered_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Evidence:
    """What the exchange recorded of a call, read when we were not there to hear it.

    alive: its legs are still up.
    answered_at: when the outside leg was answered, None if it never was.
    ended_at: when the first of its legs hung up; None if no hang-up was recorded (the exchange died).
    engine_started_at: when the exchange that now runs was started.
    """

    alive: bool
    answered_at: datetime | None
    ended_at: datetime | None
    engine_started_at: datetime
