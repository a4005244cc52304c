"""Where a call stands, in the words a nurse-call host can be told: the values of ESPA 4.4.4's record 7."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from nursecall.calls import CallFacts, Told
from nursecall.wire import espa444_blocks as espa444


class Standing(IntEnum):
    """What became of a call. The standard's 1, busy, is about a receiver that cannot listen, and never about a call."""

    QUEUED = espa444.QUEUED
    PAGED = espa444.PAGED
    ABSENT = espa444.ABSENT
    TERMINATED = espa444.TERMINATED
    ACKNOWLEDGED = espa444.ACKNOWLEDGED
    SPEECH_OPEN = espa444.SPEECH_OPEN
    FAULT = espa444.FAULT


@dataclass(frozen=True)
class Became:
    """Where a call stands, and whose doing that is.

    by: who took it. told: whom it was passed on to, the latest last. nobody: nobody was found whose turn it is.
    """

    standing: Standing
    by: str = ""
    told: tuple[Told, ...] = ()
    nobody: bool = False

    @classmethod
    def of(cls, facts: CallFacts) -> Became:
        """What became of the call of these facts."""
        nobody = facts.step > 0 and all(one.serial != facts.escalations for one in facts.told)
        return cls(standing(facts), facts.acknowledged_by or "", facts.told, nobody)


def standing(facts: CallFacts) -> Standing:
    """How a host is told the state of a call.

    | the call                                                            | told        |
    |---------------------------------------------------------------------|-------------|
    | raised: on the ward's screens and spoken; nobody is told by name yet | queued       |
    | escalated, and one of those told last may still come                | paged        |
    | escalated, and all of them declined, or did not answer              | absent       |
    | escalated, and not one of them could be told at all                 | fault        |
    | acknowledged, or attended: a nurse comes, or is there               | acknowledged |
    | talking                                                             | speech open  |
    | ended                                                               | terminated   |
    """
    match facts.state:
        case "raised":
            return Standing.QUEUED
        case "escalated":
            return _told(facts)
        case "acknowledged" | "attended":
            return Standing.ACKNOWLEDGED
        case "talking":
            return Standing.SPEECH_OPEN
        case "ended":
            return Standing.TERMINATED


def _told(facts: CallFacts) -> Standing:
    """What became of those told last. Where a step found nobody, there is nobody to be reached: absent, no fault."""
    if not facts.told_in_vain:
        return Standing.PAGED
    last = [one for one in facts.told if one.serial == facts.escalations]
    return Standing.FAULT if last and all(map(_unreachable, last)) else Standing.ABSENT


def _unreachable(told: Told) -> bool:
    return told.outcome == "failed"
