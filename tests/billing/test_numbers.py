"""Numbers as they are dialled in Hangzhou."""

from __future__ import annotations

import pytest

from billing.numbers import NotANumber, e164


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("13800138000", "8613800138000"),
        ("013800138000", "8613800138000"),
        ("88888888", "8657188888888"),
        ("057188888888", "8657188888888"),
        ("01062345678", "861062345678"),
        ("075512345678", "8675512345678"),
        ("4008001234", "864008001234"),
        ("00442079460958", "442079460958"),
        ("0085223456789", "85223456789"),
        ("008613800138000", "8613800138000"),
        ("+12125551234", "12125551234"),
        ("57195588", "8657157195588"),
    ],
)
def test_numbers_reach_whom_they_should(dialled: str, expected: str) -> None:
    """Local, national, mobile and international, each in its ways."""
    assert e164(dialled, "CN", "571") == expected


@pytest.mark.parametrize(
    "dialled",
    ["", "0", "00", "110", "120", "600", "8001", "1380013800", "0571888", "138001380000", "abc", "1380013800*"],
)
def test_what_is_no_outside_number_is_refused(dialled: str) -> None:
    """Too short, too long, an emergency number, an extension, not digits."""
    with pytest.raises(NotANumber) as refused:
        e164(dialled, "CN", "571")
    assert refused.value.text("zh") == "此号码不能拨打。"


def test_without_an_area_local_numbers_are_unknown() -> None:
    """Nobody can say which town is meant."""
    with pytest.raises(NotANumber):
        e164("88888888", "CN", "")


def test_another_country() -> None:
    """London: a local number, a national one, and one to China."""
    assert e164("79460958", "GB", "20") == "442079460958"
    assert e164("02079460958", "GB", "20") == "442079460958"
    assert e164("008613800138000", "GB", "20") == "8613800138000"
