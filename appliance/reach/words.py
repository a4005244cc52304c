"""What is said of a call to somebody who is not at its station. Never a patient's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from appliance.foundation.i18n import Text, translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.board import LINE
from nursecall.calls import OpenCall
from tts.phrases import bed_name


class Words:
    """Sentences in the language of the ward that calls. plan: returns the one in force."""

    def __init__(self, plan: Callable[[], Plan]) -> None:
        self._plan = plan

    def language(self, ward: str) -> Language:
        """In which `ward` is spoken to."""
        known = self._plan().nursecall.ward(ward)
        return known.language if known else self._plan().site.language

    def by_telephone(self, call: OpenCall, now: datetime) -> str:
        """“护士您好,内科一病区,二十八床呼叫,已等待三分钟。”"""
        language = self.language(call.ward)
        what = self._what(call, language)
        minutes = (now - call.raised_at) // timedelta(minutes=1)
        if minutes < 1:
            return translate("Nurse, please: {call}. Nobody has come yet.", language, call=what)
        if minutes == 1:
            return translate("Nurse, please: {call}. It has waited for one minute.", language, call=what)
        return translate(
            "Nurse, please: {call}. It has waited for {minutes} minutes.", language, call=what, minutes=minutes
        )

    def to_neighbours(self, call: OpenCall, language: Language) -> str:
        """“请支援:内科一病区,二十八床呼叫。”"""
        return translate("Help is needed: {call}.", language, call=self._what(call, language))

    def shown(self, call: OpenCall) -> str:
        """For a telephone's display: “28床 呼叫”."""
        language, kind = self.language(call.ward), self._plan().nursecall.call_type(call.call_type)
        name = kind.name[language] if kind else call.call_type
        return name if call.bed == LINE else translate("Bed {bed}, {kind}", language, bed=call.bed, kind=name)

    def desk(self, ward: str, number: str) -> str:
        """Who took a call at a desk phone, where nobody says a name."""
        return translate("telephone {number}", self.language(ward), number=number)

    def pager(self, ward: str, number: str) -> str:
        """Who took a call on a pager: only its number is known."""
        return translate("pager {number}", self.language(ward), number=number)

    def _what(self, call: OpenCall, language: Language) -> str:
        plan = self._plan()
        ward, kind = plan.nursecall.ward(call.ward), plan.nursecall.call_type(call.call_type)
        named = (ward.name if ward else Text(zh=call.ward, en=call.ward))[language]
        spoken = kind.spoken[language] if kind else translate("is calling", language)
        if call.bed == LINE:
            return translate("{ward}, {spoken}", language, ward=named, spoken=spoken)
        bed = bed_name(call.bed, language, plan.speech.one)
        return translate("{ward}, {bed} {spoken}", language, ward=named, bed=bed, spoken=spoken)
