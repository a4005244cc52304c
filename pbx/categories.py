"""What kind of number an outside number is: what calling it costs, and so who may call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

from pbx.reason import Word

Right = Literal["internal", "billed", "local", "national", "mobile", "information", "premium", "international"]
"""What a class of service may allow. `billed`: numbers of the house that bill the caller themselves, such as 600."""

Category = Literal["emergency"] | Right

RIGHTS: tuple[Right, ...] = get_args(Right)
OUTSIDE: tuple[Right, ...] = ("local", "national", "mobile", "information", "premium", "international")

WORDS: Mapping[Category, Word] = {
    "emergency": Word("emergency numbers"),
    "internal": Word("extensions"),
    "billed": Word("billed calls"),
    "local": Word("local calls"),
    "national": Word("national calls"),
    "mobile": Word("mobile numbers"),
    "information": Word("information lines"),
    "premium": Word("premium and satellite numbers"),
    "international": Word("international calls"),
}

_SATELLITES = ("870", "881", "882", "883", "979")
"""Inmarsat, the global mobile satellite systems, international networks, international premium numbers."""

# Of China: satellite telephones; what phonenumbers does not know as short; what among the short is paid information.
_CHINAS_SATELLITES = re.compile(r"86(1349|1740)[0-9]{7}")
_CHINAS_SHORT = re.compile(r"10[0-9]{3,5}|11[4-8][0-9]{0,3}|12[0-9]{1,4}|9[56][0-9]{3,6}")
_CHINAS_INFORMATION = re.compile(r"117|121|12117|12121|1258[0-9]|116114|118114")


def short(dialled: str, country: str) -> str | None:
    """A short service number such as 95588, 10086 or 12345 with its country's code before it, as E.164 would be; None
    for what is none. No other country can reach it.

    >>> short("95588", "CN")
    '8695588'
    """
    if not dialled.isascii() or not dialled.isdigit() or len(dialled) > 8:
        return None
    code = phonenumbers.country_code_for_region(country)
    number = phonenumbers.PhoneNumber(country_code=code, national_number=int(dialled))
    known = not dialled.startswith("0") and shortnumberinfo.is_valid_short_number_for_region(number, country)
    if known or (country == "CN" and _CHINAS_SHORT.fullmatch(dialled)):
        return f"{code}{dialled}"
    return None


def category(number: str, country: str, area: str) -> Right:
    """What kind of outside number E.164 `number` (digits without +) is, seen from `country` (ISO letters) and `area`.

    A short service number, a freephone number and one with shared cost (400, 800, 95588) are local.
    """
    code = str(phonenumbers.country_code_for_region(country))
    if number.startswith(_SATELLITES) or _CHINAS_SATELLITES.fullmatch(number):
        return "premium"
    kind = phonenumbers.number_type(_parsed(number))
    if not number.startswith(code) or not _of(number, country):
        return "premium" if kind == PhoneNumberType.PREMIUM_RATE else "international"
    own = number.removeprefix(code)
    if kind == PhoneNumberType.PREMIUM_RATE or (country == "CN" and _CHINAS_INFORMATION.fullmatch(own)):
        return "information"
    if kind == PhoneNumberType.MOBILE or is_mobile_of_china(number):
        return "mobile"
    fixed = kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UNKNOWN)
    return "national" if fixed and len(own) > 8 and not (area and own.startswith(area)) else "local"


def is_mobile_of_china(number: str) -> bool:
    """Whether E.164 `number` has the shape of one: carriers open new ranges faster than tables learn of them."""
    return re.fullmatch(r"861[3-9][0-9]{9}", number) is not None


def carrier_of(number: str) -> str:
    """The carrier that E.164 `number` was given out by, such as `China Mobile`; empty where that is not known.

    Whoever took the number along to another carrier is not known.
    """
    from phonenumbers import carrier  # ten megabytes, for plans that go by it

    return carrier.name_for_number(_parsed(number), "en")


def _of(number: str, country: str) -> bool:
    """Whether the number is of this country, where large ones share a code: +1, +7."""
    if not number.startswith(("1", "7")):
        return True
    region = phonenumbers.region_code_for_number(_parsed(number))
    return region in (None, country)


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return phonenumbers.PhoneNumber()
