"""Where a number is from, by the world's numbering plans. Never in the daemon: the names take a hundred megabytes."""

from __future__ import annotations

import phonenumbers

from appliance.foundation.values import Language
from pbx.regions.table import CARRIERS, Belonging, RegionTable

_CHINESE = {english: chinese for chinese, english in CARRIERS.items()}


def belonging(number: str, table: RegionTable, language: Language) -> Belonging:
    """Carrier and region of E.164 `number` in words; the table's word counts before that of the numbering plans."""
    from phonenumbers import carrier, geocoder

    known = table.find(number)
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return known
    said = _CHINESE.get(known.carrier, known.carrier) if language == "zh" else known.carrier
    return Belonging(
        said or carrier.name_for_number(parsed, language),
        known.region or geocoder.description_for_number(parsed, language),
    )
