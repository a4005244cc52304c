"""Sentences made in advance: which, and in what order."""

from __future__ import annotations

from pathlib import Path

from appliance.foundation.config import parse
from appliance.plan import Plan
from appliance.sentences import likely

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")
PLAN = parse(SAMPLE, Plan)


def test_the_most_likely_come_first() -> None:
    """A plain call from the first bed, with the grade of who lies there."""
    sentences = likely(PLAN, lambda ward, bed: 1 if bed == "1" else None)
    assert sentences[0] == ("护士您好,一级护理,一床呼叫,请您赶快处理,谢谢!", "zh")
    assert sentences[1] == ("护士您好,二床呼叫,请您赶快处理,谢谢!", "zh")
    plain = [text for text, _ in sentences[: len(PLAN.nursecall.wards[0].beds)]]
    assert all("呼叫," in text for text in plain)


def test_no_two_are_alike_and_they_are_not_endless() -> None:
    """Every bed, grade and spoken kind while there is room; wards that say the same share it."""
    every = likely(PLAN, lambda *_: None, most=100_000)
    assert len(set(every)) == len(every)
    spoken = [kind for kind in PLAN.nursecall.call_types if kind.speakable]
    beds = {(bed, ward.language) for ward in PLAN.nursecall.wards for bed in ward.beds}
    assert len(every) == len(beds) * len(spoken) * 5
    assert likely(PLAN, lambda *_: None, most=10) == every[:10]


def test_what_is_never_spoken_is_not_made() -> None:
    """A service request only shows."""
    silent = [kind.spoken.zh for kind in PLAN.nursecall.call_types if not kind.speakable]
    assert silent
    assert not any(words in text for words in silent for text, _ in likely(PLAN, lambda *_: None, most=100_000))
