"""What the forms of the ward's plan share: where their pages hang, and whom a message can go to."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.forms.names import ROLES, Names
from web.layouts.common import called

HOME, HEAD = "/plan/wards", "ward_head.html"

BACK = "Beds and call points"


def people(to: str, names: Names, language: Language) -> str:
    """Who is meant by what a step or a service says."""
    if to in ROLES:
        return translate(ROLES[to], language)
    if to.startswith("role:"):
        return translate("everybody on duty as {role}", language, role=to.removeprefix("role:"))
    if to.startswith("group:"):
        return called(names["people"], to.removeprefix("group:"))
    return called(names["wards"], to)
