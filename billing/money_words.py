"""Money on paper: to the fen, or exactly where anything is finer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from appliance.foundation.values import Money, in_yuan

FEN = 100
"""1/100 yuan, in money."""


def figures(amounts: Sequence[Money]) -> Callable[..., str]:
    """How to write money here: to the fen, or exactly where any amount is finer, so that columns add up."""
    unit = Decimal("0.01") if all(amount % FEN == 0 for amount in amounts) else Decimal("0.0001")

    def written(amount: Money, *, sign: bool = False) -> str:
        figure = f"{abs(in_yuan(amount)).quantize(unit):,}"
        return f"{'-' if amount < 0 else '+' if sign and amount else ''}{figure}"

    return written
