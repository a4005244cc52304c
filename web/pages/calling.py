"""Which kinds of call a nurse may raise by hand at a station."""

from __future__ import annotations

from appliance.foundation.values import Language
from nursecall.plan_types import PLUG_OUT, TROUBLE, CallType
from web.pages.faces import colour, icon
from web.ports import House


def by_hand(house: House) -> list[CallType]:
    """The most urgent first. What only the watch over lines can know is left out, and so is what a service asks for."""
    plan = house.nursecall()
    asked = {service.call_type for service in plan.services}
    kinds = [kind for kind in plan.call_types if kind.speakable and kind.id not in asked | {PLUG_OUT, TROUBLE}]
    return sorted(kinds, key=lambda kind: kind.priority)


def offered(house: House, language: Language) -> list[tuple[str, str, str, str]]:
    """Of each: id, name, icon, colour."""
    return [(kind.id, kind.name[language], icon(kind), colour(kind, kind.priority)) for kind in by_hand(house)]
