"""The plan's names and our own words, in one language, for reports and tables."""

from __future__ import annotations

from datetime import datetime, tzinfo

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan import NurseCallPlan

EMERGENCY = 2
"""Priorities up to this one are printed as urgent."""

GRADES = ("Special care", "Care grade 1", "Care grade 2", "Care grade 3")
OUTCOMES = {"reset": "reset", "cancelled": "cancelled", "cleared": "cleared", "continued": "continued", "": "open"}


class Words:
    """What is not in the plan any more keeps its id."""

    def __init__(self, plan: NurseCallPlan, zone: tzinfo, language: Language) -> None:
        self._plan = plan
        self._zone = zone
        self.language = language

    def say(self, message: str, **facts: object) -> str:
        return translate(message, self.language, **facts)

    def ward(self, identity: str) -> str:
        ward = self._plan.ward(identity)
        return ward.name[self.language] if ward else identity

    def call_type(self, identity: str) -> str:
        kind = self._plan.call_type(identity)
        return kind.name[self.language] if kind else identity

    def shift(self, ward: str, identity: str) -> str:
        known = self._plan.ward(ward)
        shift = next((shift for shift in known.shifts if shift.id == identity), None) if known else None
        return shift.name[self.language] if shift else identity or self.say("No shift")

    def urgent(self, identity: str) -> bool:
        kind = self._plan.call_type(identity)
        return kind is not None and kind.priority <= EMERGENCY

    def grade(self, grade: int | None) -> str:
        return "–" if grade is None else self.say(GRADES[grade])

    def local(self, at: datetime) -> datetime:
        """At the site."""
        return at.astimezone(self._zone)
