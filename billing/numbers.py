"""What was dialled at the hospital, as the world knows it: E.164 digits."""

from __future__ import annotations

import phonenumbers

from billing.refusal import Refusal
from pbx.numbers import world_form


class NotANumber(Refusal):
    """What was dialled reaches nobody outside, or not as a billed call (emergency and internal numbers)."""

    message = "This number cannot be called."


def e164(dialled: str, country: str, area: str) -> str:
    """Digits of E.164 without `+`, as `pbx.numbers.world_form` finds them. Raises NotANumber."""
    found = world_form(dialled, country, area)
    if found is None:
        raise NotANumber
    return found


def as_dialled(number: str, country: str) -> str:
    """E.164 `number` as people in `country` dial it, digits only: `13800138000`, `057188888888`, `0044…`.

    >>> as_dialled("8657188880000", "CN")
    '057188880000'
    """
    own = number.startswith(str(phonenumbers.country_code_for_region(country)))
    if not own:
        return f"00{number}"
    national = phonenumbers.format_number(phonenumbers.parse(f"+{number}"), phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, national))
