"""HL7 messages in parts."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire import hl7
from nursecall.wire.hl7 import Message, Unreadable
from nursecall.wire.hl7_answer import Answer, acknowledge
from nursecall.wire.hl7_path import FieldPath
from nursecall.wire.hl7_sentence import Sentence, sentence

ZONE = ZoneInfo("Asia/Shanghai")


def adt(charset: str = "", name: str = "李^明") -> str:
    """An admission. Ward and name are Chinese; 亅 and 侟 have a bar and a caret as second bytes in GBK."""
    head = f"MSH|^~\\&|HIS|一院|NB|W|20260302090000||ADT^A01^ADT_A01|42|P|2.4||||||{charset}"
    rows = [head, "EVN|A01|202603020859", f"PID|1||1001^^^H~X7||{name}||19500304|M", "PV1|1|I|内科亅侟^12^3^一院||||||"]
    return "\r".join([*rows, "OBX|1|CE|HLJB^护理级别||1^一级", "OBX|2|ST|OTHER||x", "ZPV|a|b|二级\r"])


def get(message: Message, path: str) -> str:
    """The value at `path`."""
    return message.get(FieldPath.parse(path))


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        *(("GB 18030-2000", "gb18030"), ("GB18030", "gb18030"), ("gbk", "gb18030"), ("GB2312", "gb18030")),
        *(("", "gb18030"), ("", "utf-8"), ("UNICODE UTF-8", "utf-8"), ("UTF8", "utf-8"), ("~GBK", "gb18030")),
    ],
)
def test_every_character_set_that_occurs_is_read(charset: str, encoding: str) -> None:
    """Also where no name is given."""
    message = hl7.read(adt(charset).encode(encoding))
    assert (message.encoding, get(message, "PID-5.1"), get(message, "PID-5.2")) == (encoding, "李", "明")
    assert [get(message, f"PV1-3.{n}") for n in range(1, 6)] == ["内科亅侟", "12", "3", "一院", ""]
    assert (message.kind, message.event, message.control, message.sender) == ("ADT", "A01", "42", ("HIS", "一院"))


@pytest.mark.parametrize("charset", ["ISO IR87", "UNICODE UTF-16", "BIG-5", "GBK~ISO IR159", "Klingon"])
def test_other_character_sets_are_refused_by_name(charset: str) -> None:
    """Before a name is shown that nobody can read."""
    with pytest.raises(Unreadable, match="in MSH-18 is not supported") as caught:
        hl7.read(adt(charset).encode("gb18030"))
    assert (caught.value.where, caught.value.code) == ("MSH-18", 103)


@pytest.mark.parametrize(
    ("charset", "encoding", "override", "said"),
    [
        ("UTF-8", "gb18030", None, "MSH-18 says utf-8, but byte"),
        ("GBK", "utf-8", None, "MSH-18 says gb18030, but the message is written in UTF-8"),
        ("ASCII", "gb18030", None, "MSH-18 says ascii, but byte"),
        ("", "gb18030", "utf-8", "The plan says utf-8, but byte"),
        ("", "utf-8", "gb18030", "The plan says gb18030, but the message is written in UTF-8"),
    ],
)
def test_a_wrong_character_set_is_noticed(charset: str, encoding: str, override: str | None, said: str) -> None:
    """Nothing is guessed against what was said."""
    with pytest.raises(Unreadable, match=said):
        hl7.read(adt(charset).encode(encoding), override)


def test_the_plan_overrules_the_message() -> None:
    """For systems that always say ASCII."""
    assert get(hl7.read(adt("ASCII").encode("gb18030"), "gb18030"), "PID-5.2") == "明"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(("PID-3", "1001"), ("PID-3.4", "H"), ("OBX[HLJB]-5", "1"), ("OBX[护理级别]-5.2", "一级")),
        *(("OBX[2]-3", "OTHER"), ("OBX[9]-3", ""), ("ZPV-3", "二级"), ("ZZZ-1", ""), ("PID-5.3", "")),
        *(("PID-5.1.2", ""), ("PID-99", ""), ("MSH-9.2", "A01"), ("MSH-2", "^~\\&")),
    ],
)
def test_a_value_is_found_by_its_path(path: str, value: str) -> None:
    """As the plan writes it; nothing where there is nothing."""
    assert get(hl7.read(adt().encode()), path) == value


@pytest.mark.parametrize("path", ["", "PV1", "PV1-0", "pv1-3", "PV1-3.0", "PV1-3.1.1.1", "OBX[]-5", "PV12-3"])
def test_what_is_no_path_is_said_when_the_plan_is_checked(path: str) -> None:
    """With examples of what is."""
    with pytest.raises(ValueError, match="is no field of an HL7 message such as PV1-15"):
        FieldPath.parse(path)


def test_repetitions_can_be_asked_for() -> None:
    """A patient may have several numbers."""
    pid = hl7.read(adt().encode()).first("PID")
    assert (pid.text(3, repetition=2), pid.repetitions(3), pid.repetitions(2), pid.repetitions(40)) == ("X7", 2, 1, 0)


def test_escapes_are_resolved() -> None:
    """Marks, line breaks, bytes in the message's own character set; what is unknown is left out."""
    name = r"A\T\B\S\\F\\R\\E\\.br\x\H\y\XCDF5\\Zoe\!"
    message = hl7.read(adt("GBK", name).encode("gb18030"))
    assert get(message, "PID-5") == "A&B^|~\\ xy王!"
    assert get(hl7.read(adt("", hl7.escape("a|b^c\\&~\r\n")).encode()), "PID-5") == "a|b^c\\&~"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_other_line_ends_are_read(ends: str) -> None:
    """Some systems send text files."""
    assert get(hl7.read(adt().replace("\r", ends).encode()), "PV1-3.2") == "12"


@pytest.mark.parametrize("data", [b"", b"GET / HTTP/1.1", b"MSH", b"MSH|", b"MSH|^^^^|", b"PID|1", b"MSHA^~\\&A"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    """In words."""
    with pytest.raises(Unreadable, match="does not begin with an MSH segment"):
        hl7.read(data)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("202603020859", datetime(2026, 3, 2, 0, 59, tzinfo=UTC)),
        ("20260302085959.25", datetime(2026, 3, 2, 0, 59, 59, 250_000, tzinfo=UTC)),
        ("20260302085959+0000", datetime(2026, 3, 2, 8, 59, 59, tzinfo=UTC)),
        ("20260302", None),  # a day is no order of events
        ("20261302090000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_the_sites_unless_they_say_otherwise(text: str, at: datetime | None) -> None:
    """Exact to the minute at least."""
    assert hl7.moment(text, ZONE) == at


def test_the_answer_names_the_message_and_goes_back_to_its_sender() -> None:
    """In its own character set."""
    message = hl7.read(adt("GB18030").encode("gb18030"))
    at = datetime(2026, 3, 2, 9, 0, 1, tzinfo=ZONE)
    answer = hl7.read(
        acknowledge(message, Answer("AR", (sentence("There is no bed {bed}.", bed="3|4"),), "PV1-3.2", 103), "n1", at)
    )
    assert [answer.first("MSH").text(n) for n in (3, 4, 5, 6, 7, 10, 18)] == [
        *("NB", "W", "HIS", "一院", "20260302090001+0800", "n1", "GB18030"),
    ]
    assert [answer.first("MSH").text(9, n) for n in (1, 2, 3)] == ["ACK", "A01", "ACK"]
    assert [answer.first("MSA").text(n) for n in (1, 2, 3)] == ["AR", "42", "There is no bed 3|4."]
    assert [answer.first("ERR").text(2, n) for n in (1, 2, 3, 4, 5)] == ["PV1", "1", "3", "1", "2"]
    assert [answer.first("ERR").text(n) for n in (3, 4, 8)] == ["103", "E", "There is no bed 3|4."]


def test_an_answer_can_be_given_to_what_cannot_be_read() -> None:
    """With what of its head is legible, or with nothing."""
    at = datetime(2026, 3, 2, 9, 0, 1, tzinfo=ZONE)
    no = Answer("AR", (Sentence("x"),))
    known = hl7.read(acknowledge(hl7.header(adt("ISO IR87").encode("gb18030")), no, "n1", at))
    assert known.first("MSA").text(2) == "42"
    unknown = hl7.read(acknowledge(hl7.header(b"\xff\xff"), no, "n2", at))
    assert [unknown.first("MSA").text(n) for n in (1, 2, 3)] == ["AR", "", "x"]


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b"MSH|^~\\&|" + tail))
def test_whatever_bytes_there_is_a_message_or_a_sentence(data: bytes) -> None:
    """And every field of it can be asked for, and it can be answered."""
    sentence = "."
    try:
        message = hl7.read(data)
    except Unreadable as why:
        message, sentence = hl7.header(data), str(why)
    assert sentence.endswith(".")
    for segment in message.segments:
        assert isinstance(segment.text(3, 2, 2), str)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    back = hl7.read(acknowledge(message, Answer("AA"), "1", at))
    assert back.first("MSA").text(1) == "AA"
