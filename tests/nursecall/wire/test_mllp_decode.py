"""A captured HL7 wire in words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.mllp import envelope
from nursecall.wire.mllp_decode import decode_mllp

MESSAGE = "MSH|^~\\&|HIS|H1|NB|W|20260302||ADT^A01|42|P|2.4||||||GBK\rPID|1||1001^^^H~X||李^明\rZPV||二级\r"


def test_a_message_is_told_with_the_standards_names() -> None:
    """Fields that are empty are left out; a segment of the house's own has numbers only."""
    message, msh, pid, zpv = decode_mllp([envelope(MESSAGE.encode("gb18030"))])
    assert message == {
        "event": "message", "type": "ADT", "trigger": "A01", "control": "42", "encoding": "gb18030",
    }  # fmt: skip
    assert (msh["MSH-9 Message Type"], msh["MSH-10 Message Control ID"]) == ("ADT^A01", "42")
    assert pid == {
        "event": "PID",
        "PID-1 Set ID": "1",
        "PID-3 Patient Identifier List": "1001^^^H~X",
        "PID-5 Patient Name": "李^明",
    }
    assert zpv == {"event": "ZPV", "ZPV-2": "二级"}


def test_what_is_no_message_says_why() -> None:
    """Garbage, a cut message, one in a character set that is not known."""
    foreign = MESSAGE.replace("GBK", "ISO IR87").encode("gb18030")
    told = list(decode_mllp([b"GET /", b"\x0bMSH|cut\x0b" + foreign + b"\x1c"]))
    assert [(one["event"], one["why"]) for one in told] == [
        ("garbage", "It stands outside of any message."),
        ("cut", "The message began and never ended."),
        ("unreadable", "The character set ISO IR87 in MSH-18 is not supported: send GB18030 or UTF-8."),
    ]
    assert next(decode_mllp([envelope(foreign)], encoding="gb18030"))["event"] == "message"


@given(st.lists(st.binary(max_size=20), max_size=6))
def test_whatever_comes_it_is_told_in_json(chunks: list[bytes]) -> None:
    """However it is chopped the same."""
    told = json.dumps(list(decode_mllp(chunks)))
    assert told == json.dumps(list(decode_mllp([b"".join(chunks)])))
    assert isinstance(json.dumps(list(decode_mllp([b"\x0bMSH|^~\\&|" + chunk + b"\x1c" for chunk in chunks]))), str)
