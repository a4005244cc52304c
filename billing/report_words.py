"""Words and figures that billing's reports share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, tzinfo

import phonenumbers

from appliance.foundation import report
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money, in_yuan

KINDS = {
    "deposit": "Deposit",
    "refund": "Refund",
    "charge": "Outside call",
    "transfer": "Transfer",
    "settlement": "Account settled",
    "write-off": "Written off",
    "card": "From the card",
    "bill": "Onto the monthly bill",
    "payment": "Bill paid",
    "float": "Change from the safe",
    "handover": "Till hand-over",
}
"""Of ledger entries, as message ids."""


def speaker(language: Language) -> Callable[..., str]:
    """Says message ids in `language`."""

    def say(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    return say


def in_cells(amount: Money) -> float:
    """Yuan, as a spreadsheet adds them up."""
    return float(in_yuan(amount))


def on_clock(moment: datetime, zone: tzinfo) -> datetime:
    """A moment as a spreadsheet has it: by the site's clock, without a zone, whole seconds."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def spaced(number: str) -> str:
    """E.164 digits as people write them: `+86 138 0013 8000`; as they are where they are no number."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def period(first: date, last: date, language: Language) -> str:
    """One day in words, or from one to another."""
    if first == last:
        return report.long_date(first, language)
    return translate("{first} to {last}", language, first=first, last=last)


PAYERS = {"bed": "Bed {id}", "department": "Department {id}", "person": "Person {id}"}


def who_pays(payer: str, language: Language) -> str:
    """`department/surgery` in words."""
    kind, _, identity = payer.partition("/")
    return translate(PAYERS.get(kind, "{id}"), language, id=identity or payer)
