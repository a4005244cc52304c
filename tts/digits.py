"""Whole numbers as words: no engine ever reads a digit by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from appliance.foundation.values import Language

One = Literal["yi", "yao"]
"""How 1 is read among digits that are read one by one: yī or yāo."""

ZH_DIGITS = "零一二三四五六七八九"
_ZH_PLACES = ("", "十", "百", "千")
_ZH_MYRIADS = ("", "万", "亿")

EN_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EN_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_THOUSANDS = ("", " thousand", " million", " billion")

LARGEST = 10**12 - 1
"""What is larger is read digit by digit."""


def cardinal(number: int, language: Language) -> str:
    """`28` as 二十八 or twenty-eight. Raises ValueError below 0."""
    if number < 0:
        raise ValueError(f"{number} is below zero")
    if number > LARGEST:
        return one_by_one(str(number), language)
    return _chinese(number) if language == "zh" else _english(number)


def one_by_one(digits: str, language: Language, one: One = "yi") -> str:
    """`101` as 一零一 (幺零幺 where `one` is `yao`) or one zero one."""
    if language == "en":
        return " ".join(EN_DIGITS[int(digit)] for digit in digits)
    spoken = "".join(ZH_DIGITS[int(digit)] for digit in digits)
    return spoken.replace("一", "幺") if one == "yao" else spoken


def in_label(digits: str, language: Language, one: One = "yi") -> str:
    """Digits of a bed, room, extension or account: up to two as a number, three and more one by one."""
    return cardinal(int(digits), language) if len(digits) < 3 else one_by_one(digits, language, one)


def _chinese(number: int) -> str:
    spoken = ""
    for power, group in reversed(list(enumerate(_groups(number, 10_000)))):
        if group == 0:
            continue
        # A nought at a group's head is said (一万零五), one at its end is not (十万五千).
        spoken += "零" if spoken and group < 1000 else ""
        spoken += _below_myriad(group) + _ZH_MYRIADS[power]
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken or "零"


def _groups(number: int, base: int) -> Iterator[int]:
    """The number in groups of digits, the last first."""
    while number:
        number, group = divmod(number, base)
        yield group


def _below_myriad(number: int) -> str:
    spoken, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(spoken)
            continue
        spoken += ("零" if gap else "") + ZH_DIGITS[digit] + _ZH_PLACES[place]
        gap = False
    return spoken


def _english(number: int) -> str:
    if number == 0:
        return EN_DIGITS[0]
    spoken: list[str] = []
    for power, group in reversed(list(enumerate(_groups(number, 1000)))):
        if group == 0:
            continue
        joint = "and " if spoken and power == 0 and group < 100 else ""
        spoken.append(joint + _below_thousand(group) + _EN_THOUSANDS[power])
    return " ".join(spoken)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{EN_DIGITS[hundreds]} hundred"] if hundreds else []
    if rest:
        parts.append(_below_hundred(rest))
    return " and ".join(parts)


def _below_hundred(number: int) -> str:
    if number < 10:
        return EN_DIGITS[number]
    if number < 20:
        return _EN_TEENS[number - 10]
    tens, ones = divmod(number, 10)
    return f"{_EN_TENS[tens]}-{EN_DIGITS[ones]}" if ones else _EN_TENS[tens]
