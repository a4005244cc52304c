"""How an outside number is handed to a carrier."""

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
    if form == "e164":
        return number
    if form == "plus":
        return f"+{number}"
    code = str(phonenumbers.country_code_for_region(country))
    if not number.startswith(code):
        return f"00{number}"
    own = number.removeprefix(code)
    # Service numbers (10086, 95588, 4008001234) have no area, so no trunk prefix either.
    if len(own) < _SHORTEST_WITH_AREA or own.startswith(_FREE_OF_PREFIX):
        return own
    region = phonenumbers.PhoneMetadata.metadata_for_region(country)
    return ((region and region.national_prefix) or "") + own
