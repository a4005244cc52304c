"""Whole numbers as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.values import Language
from tts.digits import LARGEST, ZH_DIGITS, cardinal, in_label, one_by_one


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "零", "zero"),
        (5, "五", "five"),
        (10, "十", "ten"),
        (11, "十一", "eleven"),
        (20, "二十", "twenty"),
        (28, "二十八", "twenty-eight"),
        (99, "九十九", "ninety-nine"),
        (100, "一百", "one hundred"),
        (105, "一百零五", "one hundred and five"),
        (110, "一百一十", "one hundred and ten"),
        (1005, "一千零五", "one thousand and five"),
        (1050, "一千零五十", "one thousand and fifty"),
        (10_005, "一万零五", "ten thousand and five"),
        (100_500, "十万零五百", "one hundred thousand five hundred"),
        (105_000, "十万五千", "one hundred and five thousand"),
        (100_000_001, "一亿零一", "one hundred million and one"),
    ],
)
def test_a_number_is_said_as_people_say_it(number: int, zh: str, en: str) -> None:
    """The noughts inside are where they are hard."""
    assert cardinal(number, "zh") == zh
    assert cardinal(number, "en") == en


@given(st.integers(0, LARGEST))
def test_a_chinese_number_can_be_counted_back(number: int) -> None:
    """Whatever the number, its words mean that number."""
    assert _counted(cardinal(number, "zh")) == number


@given(st.integers(0, LARGEST), st.integers(0, LARGEST), st.sampled_from(["zh", "en"]))
def test_two_numbers_never_sound_the_same(one: int, other: int, language: Language) -> None:
    """A bed is mistaken for no other."""
    assert (cardinal(one, language) == cardinal(other, language)) is (one == other)


def test_a_number_below_zero_is_refused() -> None:
    """The callers say minus themselves."""
    with pytest.raises(ValueError, match="below zero"):
        cardinal(-1, "zh")


def test_three_digits_and_more_are_read_one_by_one() -> None:
    """Room 101 is no hundred and one."""
    assert [in_label(label, "zh") for label in ("7", "28", "101", "1203")] == ["七", "二十八", "一零一", "一二零三"]
    assert in_label("101", "en") == "one zero one"


def test_a_site_may_say_yao_for_one() -> None:
    """But only where digits are read one by one."""
    assert one_by_one("110", "zh", "yao") == "幺幺零"
    assert in_label("11", "zh", "yao") == "十一"


def _counted(words: str) -> int:
    total = group = digit = 0
    for word in words.replace("零", ""):
        if word in ZH_DIGITS:
            digit = ZH_DIGITS.index(word)
        elif word in "十百千":
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[word]
            digit = 0
        else:
            total += (group + digit) * {"万": 10_000, "亿": 100_000_000}[word]
            group = digit = 0
    return total + group + digit
