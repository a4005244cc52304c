"""The plan's own readings."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from tts.plan import SpeechPlan


def test_a_reading_that_is_no_pinyin_is_named_by_its_word() -> None:
    """The fault points at the line of the word, not at the section."""
    with pytest.raises(Faulty) as why:
        parse('speed = 150\n[pinyin]\n"单" = "shan4"\n"查" = "zha1 cha2"\n', SpeechPlan)
    [fault] = why.value.faults
    assert (fault.path, fault.line) == ("pinyin.查", 4)


def test_readings_with_tone_numbers_or_marks_are_sound() -> None:
    """Both manners of writing are welcome."""
    plan = parse('[pinyin]\n"单" = "shan4"\n"查" = "zhā"\n', SpeechPlan)
    assert plan.pinyin == {"单": "shan4", "查": "zhā"}
