"""Small values: money is whole, identities are fresh."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.values import Money, in_yuan, new_id, shown, yuan


@pytest.mark.parametrize(
    ("amount", "money"),
    [("0.25", 2500), (1, 10_000), (Decimal("-3.1415"), -31_415), ("0.0001", 1), ("1e3", 10_000_000), ("0", 0)],
)
def test_amounts_become_whole_numbers(amount: Decimal | str | int, money: int) -> None:
    """Of 1/10 000 yuan."""
    assert yuan(amount) == money


@pytest.mark.parametrize("amount", ["0.00001", "", "abc", "NaN", "Infinity", "-inf", "1,000", True])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    """With words that name it."""
    with pytest.raises(ValueError, match="is not an amount in yuan"):
        yuan(amount)


@given(st.integers(-(10**15), 10**15))
def test_money_survives_the_way_through_yuan(amount: int) -> None:
    """Exactly."""
    assert yuan(in_yuan(Money(amount))) == amount


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (12_345_600, "¥1,234.56"),
        (50, "¥0.01"),
        (49, "¥0.00"),
        (-49, "¥0.00"),
        (-50, "-¥0.01"),
        (-12_345_650, "-¥1,234.57"),
        (0, "¥0.00"),
    ],
)
def test_money_is_shown_to_the_fen(money: int, text: str) -> None:
    """Half a fen is rounded away from zero."""
    assert shown(Money(money)) == text


def test_identities_are_fresh() -> None:
    """32 hexadecimal digits, never the same twice."""
    some = {new_id() for _ in range(1000)}
    assert len(some) == 1000
    assert all(len(identity) == 32 and int(identity, 16) >= 0 for identity in some)
