"""Who of the house called an emergency number lately: shown to the operator and on the status page."""

from __future__ import annotations

from appliance.foundation.values import Language
from web.pages.extensions import where
from web.ports import House
from web.render import fragment


def emergencies(house: House, language: Language) -> dict[str, str]:
    """Those that go on, and those of the last hour."""
    found = house.exchange().emergencies.recent()
    names = where(house, language) if found else {}
    return {
        f"emergency-{one.call}": fragment(
            "emergency.html", language, one=one, whose=names.get(one.extension, ""), zone=house.site().zone
        )
        for one in found
    }
