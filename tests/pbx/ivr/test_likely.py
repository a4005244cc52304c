"""What menus are sure to say is made before somebody calls."""

from __future__ import annotations

from pbx.ivr.likely import likely
from pbx.ivr.plan import whole
from tests.pbx.ivr.a_flow import plan
from tests.pbx.ivr.flows import HOSPITAL


def test_each_sentence_once_and_none_with_a_value() -> None:
    """In both languages; what is recorded needs no voice."""
    recorded = 'prompt = [{ sound = { zh = "bye.wav" }, say = { zh = "再见", en = "Good-bye" } }]'
    text = HOSPITAL.replace('prompt = { zh = "再见", en = "Good-bye" }', recorded)
    found = likely(whole(plan(text).flows))
    assert len(found) == len(set(found))
    assert ("挂号请按1", "zh") in found
    assert ("Press 1 to register", "en") in found
    assert ("您的按键有误。", "zh") in found
    assert ("再见", "zh") not in found
    assert ("Good-bye", "en") in found
    assert not any("{" in sentence for sentence, _ in found)
    assert likely({}) == ()
