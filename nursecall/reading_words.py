"""What a line says of a bed, as a sentence for hospital IT."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.line_ends import Heard
from nursecall.plan import NurseCallPlan
from nursecall.reading import Ended, Presence, Press, Reading, Terminal, Unreadable


def sentence(heard: Heard, plan: NurseCallPlan, language: Language) -> str:
    """`Bed 28, Medical ward 1: WC call`."""
    if isinstance(heard, Unreadable):
        return translate("No bed is found in “{text}”", language, text=heard.text)
    ward = plan.ward(heard.ward)
    where = translate(
        "Bed {bed}, {ward}", language, bed=heard.bed, ward=ward.name[language] if ward is not None else heard.ward
    )
    strange = ward is not None and heard.bed not in ward.beds
    mark = translate(" (no bed of this ward in the plan)", language) if strange else ""
    return f"{where}{mark}: {_said(heard, plan, language)}"


def _said(reading: Reading, plan: NurseCallPlan, language: Language) -> str:
    match reading:
        case Press(call_type=kind):
            return _kind(kind, plan, language)
        case Ended(call_type=None):
            return translate("reset, whatever was open is over", language)
        case Ended(call_type=kind):
            return translate("reset, over is: {type}", language, type=_kind(kind or "", plan, language))
        case Presence(here=True):
            return translate("a nurse is present", language)
        case Presence():
            return translate("the nurse has left", language)
        case Terminal(well=True):
            return translate("its terminal is well", language)
        case _:
            return translate("its terminal is unplugged or broken", language)


def _kind(identity: str, plan: NurseCallPlan, language: Language) -> str:
    kind = plan.call_type(identity)
    return kind.name[language] if kind is not None else identity
