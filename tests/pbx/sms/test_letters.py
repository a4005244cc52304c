"""What may be sent, said in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pbx.sms.letters import dialable, parts_of, pdus
from pbx.sms.office import Letter
from pbx.sms.pdu import decode_submit
from pbx.sms.trouble import Unsendable


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("13800138000", "13800138000"),
        (" +86 138-0013-8000 ", "+8613800138000"),
        ("(0571) 8888.0000", "057188880000"),
        ("10086", "10086"),
    ],
)
def test_numbers_are_taken_as_people_write_them(written: str, plain: str) -> None:
    """Blanks, hyphens, dots and brackets fall away."""
    assert dialable(written) == plain


@pytest.mark.parametrize("written", ["", "12", "+86138O0138000", "1" * 20, "８６１３８", "++86138", "*100#"])
def test_what_is_no_number_is_refused(written: str) -> None:
    """With what was written in the sentence."""
    with pytest.raises(Unsendable) as refusal:
        dialable(written)
    assert written in str(refusal.value)
    assert "不是电话号码" in refusal.value.text("zh")


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (" \n", "The message is empty.", "短信内容为空。"),
        ("a\0b", "The message has a character that no telephone can show.", "短信中有手机无法显示的字符。"),
        ("\ud83c", "The message has a character that no telephone can show.", "短信中有手机无法显示的字符。"),
        (
            "好" * 661,
            "The message is too long: it takes 11 parts, 10 are allowed.",
            "短信太长：需要 11 条，最多 10 条。",
        ),
    ],
)
def test_texts_that_cannot_be_sent_are_refused(text: str, english: str, chinese: str) -> None:
    """In one sentence."""
    with pytest.raises(Unsendable) as refusal:
        parts_of(text)
    assert str(refusal.value) == english
    assert refusal.value.text("zh") == chinese


def test_the_longest_message_is_allowed() -> None:
    """Ten parts of sixty-six characters."""
    assert len(parts_of("好" * 660)) == 10


def test_the_same_message_is_the_same_on_the_wire() -> None:
    """Whenever it is sent, so that parts sent before and after a restart come together."""
    day = timedelta(days=1)
    once, again = (list(pdus(Letter("01ff" * 8, "10086", "好" * 100, day))) for _ in range(2))
    assert once == again
    parts = [decode_submit(pdu).part for pdu in once]
    assert [part and (part.reference, part.part) for part in parts] == [(0x01FF, 1), (0x01FF, 2)]
    assert all(part and part.wide for part in parts)
    (single,) = pdus(Letter("00ff" * 8, "10086", "hello", day))
    assert decode_submit(single).part is None
