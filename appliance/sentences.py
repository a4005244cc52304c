"""Every sentence that the plan's wards are likely to need, so that the good voice can say them in advance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.plan_types import CallType
from tts.phrases import nurse_call

MOST = 1500
"""Sentences: some 400 MB of sound, and a night's work for the good voice at low priority."""

GRADES: tuple[int | None, ...] = (3, 2, 1, 0, None)
"""Care grades, the most frequent first; None is a bed of whose patient nobody has told us."""

Sentence = tuple[str, Language]


def likely(plan: Plan, grade_at: Callable[[str, str], int | None], most: int = MOST) -> tuple[Sentence, ...]:
    """The plan's nurse calls, no two alike, the most likely first, at most `most`; never with a name.

    First every bed with the grade of who lies there now, the plainest kind of call before the others; then the other
    grades, which tomorrow's patients may have.
    """
    return tuple(islice(dict.fromkeys(_all(plan, grade_at)), most))


def _all(plan: Plan, grade_at: Callable[[str, str], int | None]) -> Iterator[Sentence]:
    kinds = _kinds(plan)
    for kind in kinds:
        for ward in plan.nursecall.wards:
            for bed in ward.beds:
                yield _said(plan, kind, bed, grade_at(ward.id, bed), ward.language)
    for grade in GRADES:
        for kind in kinds:
            for ward in plan.nursecall.wards:
                for bed in ward.beds:
                    yield _said(plan, kind, bed, grade, ward.language)


def _kinds(plan: Plan) -> list[CallType]:
    """Those that are spoken: what a line says of a press it knows nothing else about, then the most urgent."""
    usual = {kind for line in plan.nursecall.lines for _, kind in line.types_named()}
    spoken = [kind for kind in plan.nursecall.call_types if kind.speakable]
    return sorted(spoken, key=lambda kind: (kind.id != "call", kind.id not in usual, kind.priority))


def _said(plan: Plan, kind: CallType, bed: str, grade: int | None, language: Language) -> Sentence:
    return nurse_call(bed, grade, kind.spoken[language], language, one=plan.speech.one), language
