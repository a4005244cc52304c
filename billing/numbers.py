"""What was dialled at the hospital, as the world knows it: E.164 digits."""

from __future__ import annotations

import phonenumbers

from billing.refusal import Refusal


class NotANumber(Refusal):
    """What was dialled reaches nobody outside, or not as a billed call (emergency and internal numbers)."""

    message = "This number cannot be called."


def e164(dialled: str, country: str, area: str) -> str:
    """Digits of E.164 without `+`: `13800138000`, `88888888`, `057188888888`, `0044…` as dialled in `country`.

    country: ISO 3166 letters of the site. area: its area code without the leading 0; put before a number that is
    dialled without a code, empty where there is none. A `+` counts as the international prefix. Raises NotANumber.
    """
    digits = dialled.strip()
    if not digits.removeprefix("+").isascii() or not digits.removeprefix("+").isdigit():
        raise NotANumber
    local = area and not digits.startswith(("+", "0"))
    # First as a local number: eight digits of Hangzhou may look like another town's code and a short number.
    for candidate in (area + digits, digits) if local else (digits,):
        found = _valid(candidate, country)
        if found is not None:
            return found
    raise NotANumber


def _valid(digits: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
