"""Who may end a call from afar, and when: DIN VDE 0834-1 lets only the bedside end a patient's call, or real speech."""

from __future__ import annotations

from nursecall.calls import CallFacts
from nursecall.plan_types import Cancel


class MayNotCancel(Exception):
    """The call stays open; the message, an English message id, says what would end it."""


def forbids(facts: CallFacts, rule: Cancel) -> MayNotCancel | None:
    """Why this call may not be cancelled from afar now; None where it may."""
    if rule == "bedside":
        return MayNotCancel("This call can only be ended at the bedside.")
    if rule == "speech" and facts.spoken_at is None:
        return MayNotCancel("This call can be cancelled from here only after somebody has spoken with the patient.")
    return None
