"""Outside numbers: as they are dialled at the hospital, as the world knows them, as a carrier wants them."""

from __future__ import annotations

from typing import Literal

import phonenumbers

Form = Literal["e164", "plus", "national"]

_SHORTEST_WITH_AREA = 9
_FREE_OF_PREFIX = ("400", "800")


def carrier_form(number: str, form: Form, country: str) -> str:
    """E.164 `number` (digits without +) as a carrier of `country` (ISO letters) wants it.

    >>> carrier_form("8657188880000", "national", "CN")
    '057188880000'
    """
    code = str(phonenumbers.country_code_for_region(country))
    own = number.removeprefix(code)
    # Short service numbers (10086, 95588) are known in their country only, so they are sent as they are dialled.
    if number.startswith(code) and len(own) < _SHORTEST_WITH_AREA and not _valid(f"+{number}", country):
        return own
    if form == "e164":
        return number
    if form == "plus":
        return f"+{number}"
    if not number.startswith(code):
        return f"00{number}"
    # 4008001234 has no area, so no trunk prefix either.
    if own.startswith(_FREE_OF_PREFIX):
        return own
    region = phonenumbers.PhoneMetadata.metadata_for_region(country)
    return ((region and region.national_prefix) or "") + own


def world_form(dialled: str, country: str, area: str) -> str | None:
    """E.164 digits without `+` of `13800138000`, `88888888`, `057188888888`, `0044…` as dialled in `country`.

    country: ISO 3166 letters of the site. area: its area code without the leading 0; put before a number that is
    dialled without a code, empty where there is none. A `+` counts as the international prefix. None for what reaches
    nobody outside, such as an emergency number or an extension.

    >>> world_form("88880000", "CN", "571")
    '8657188880000'
    """
    digits = dialled.strip()
    if not digits.removeprefix("+").isascii() or not digits.removeprefix("+").isdigit():
        return None
    local = area and not digits.startswith(("+", "0"))
    # First as a local number: eight digits of Hangzhou may look like another town's code and a short number.
    candidates = (area + digits, digits) if local else (digits,)
    return next(filter(None, (_valid(candidate, country) for candidate in candidates)), None)


def every_form(number: str, country: str, area: str) -> frozenset[str]:
    """All the ways people write a number, digits only: as it came, E.164, national with and without its 0, local.

    >>> sorted(every_form("057188880000", "CN", "571"))
    ['057188880000', '57188880000', '8657188880000', '88880000']
    """
    digits = number.removeprefix("+")
    world = world_form(number, country, area)
    if not digits or world is None:
        return frozenset({digits} - {""})
    code = str(phonenumbers.country_code_for_region(country))
    if not world.startswith(code):
        return frozenset({digits, world, f"00{world}"})
    national = world.removeprefix(code)
    local = {national.removeprefix(area)} if area and national.startswith(area) else set()
    return frozenset({digits, world, national, f"0{national}", *local})


def _valid(digits: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
