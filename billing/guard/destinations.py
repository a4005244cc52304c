"""What kind of destination a number is, and which country. Pure.

Premium rate: `phonenumbers` (Google's libphonenumber metadata) knows it of most countries; the prefixes below are those
of no country. Source of these: ITU, List of ITU-T Recommendation E.164 assigned country codes (Annex to the
Operational Bulletin), with its shared codes 881, 882, 883 and the service codes 870, 878 and 979.
"""

from __future__ import annotations

from collections.abc import Sequence

import phonenumbers

from billing.guard.plan import Kind

SATELLITE = {
    "870": "Inmarsat",
    "881": "Global Mobile Satellite System",
    "882": "International networks",
    "883": "International networks",
}
PREMIUM = {"979": "International premium rate", "878": "Universal personal telecommunications"}
NON_GEOGRAPHIC = "001"
"""What `phonenumbers` says of a number of no country."""


def kind_of(called: str) -> Kind | None:
    """`premium` or `satellite` for E.164 digits; None for any other."""
    if called[:3] in SATELLITE:
        return "satellite"
    if called[:3] in PREMIUM:
        return "premium"
    number = _parsed(called)
    if number is not None and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        return "premium"
    return None


def country_of(called: str) -> str:
    """ISO letters of the country; `+` and the country code where it is of none, or not known."""
    number = _parsed(called)
    if number is None:
        return f"+{called[:3]}"
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return f"+{number.country_code}" if region in (None, NON_GEOGRAPHIC, "ZZ") else str(region)


def longest(called: str, prefixes: Sequence[str]) -> int:
    """How many digits of the longest of `prefixes` that fits; 0 for none."""
    return max((len(prefix) for prefix in prefixes if called.startswith(prefix)), default=0)


def _parsed(called: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(f"+{called}")
    except phonenumbers.NumberParseException:
        return None
