"""ESPA-X bytes into messages: however chopped, whatever comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espax import Garbled, Message
from nursecall.wire.espax_messages import encode_message
from nursecall.wire.espax_reader import LONGEST, Reader

START = Message(
    "REQ.P-START",
    {"CP-PR-REF": "7", "CP-WARD": "3A", "CP-BED": "28", "CP-TEXTMSG": "28床 <呼叫> & \"x\" 'y'", "CP-PRIO": "High"},
    "5",
    "abc",
)
BEAT = Message("REQ.HEARTBEAT", {}, "6", "abc")
FRAME, BEAT_FRAME = encode_message(START, "2026-11-22T08:15:00"), encode_message(BEAT)
XML = FRAME[10:]


def framed(xml: bytes, length: int | None = None, number: bytes = b"\0\0\0\0") -> bytes:
    """`xml` behind a header."""
    return b"EX" + (len(xml) + 10 if length is None else length).to_bytes(4, "big") + number + xml


def read(*chunks: bytes, encoding: str | None = None) -> list[Message | Garbled]:
    """All messages, to the end."""
    reader = Reader(encoding=encoding)
    return [found for chunk in chunks for found in reader.feed(chunk)] + reader.flush()


def test_what_we_write_is_read() -> None:
    """With everything XML has to hide."""
    assert read(FRAME + BEAT_FRAME) == [START, BEAT]
    assert FRAME[:2] == b"EX"
    assert int.from_bytes(FRAME[2:6], "big") == len(FRAME)
    assert b'timestamp="2026-11-22T08:15:00"' in FRAME


@pytest.mark.parametrize(
    "frame",
    [
        framed(XML, number=b"\0\0\2*"),
        framed(XML, number=b"\0\0\0\5"),
        framed(XML + b"\r\n"),
        framed(XML + b"\0"),
        framed(b"\xef\xbb\xbf" + XML),
        framed(b"\r\n" + XML),
        framed(XML, length=len(XML)),
        framed(XML, length=len(XML.decode()) + 10),
        framed(XML, length=len(XML) + 300),
        framed(XML.replace(b"</ESPA-X>", b"</ESPA-X \n>")),
        framed(XML.decode().replace("UTF-8", "GB2312").encode("gb18030")),
        framed(XML.decode().replace(' encoding="UTF-8"', "").encode("gb18030")),
        framed(XML.decode().encode("gb18030")),
        framed(
            XML.replace(b"<ESPA-X xmlns=", b"<x:ESPA-X xmlns:x=")
            .replace(b"<REQ", b"<x:REQ")
            .replace(b"</REQ", b"</x:REQ")
            .replace(b"<CP", b"<x:CP")
            .replace(b"</CP", b"</x:CP")
            .replace(b"</ESPA", b"</x:ESPA")
        ),
        framed(XML.replace(b' xmlns="http://ns.espa-x.org/espa-x"', b"")),
        framed(XML.replace(b"<CP-WARD>", b"<!-- x --><PROPRIETARY><A><B>1</B></A></PROPRIETARY>\n <CP-WARD>")),
    ],
)
def test_the_field_writes_in_many_ways(frame: bytes) -> None:
    """Numbers in the header, lengths miscounted, white space, undeclared encodings, prefixes, foreign parts."""
    assert read(frame + BEAT_FRAME) == [START, BEAT]


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (b"<ESPA-X><REQ.LOGIN></ESPA-X>", "not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><ESPA-X><REQ.LOGIN>&b;</REQ.LOGIN></ESPA-X>', "not well-formed"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><ESPA-X><REQ.LOGIN/></ESPA-X>', "not well-formed"),
        (b"<ESPA-X>text</ESPA-X>", "no message"),
        (b"<ESPA-X><HELLO/></ESPA-X>", "no message"),
        (b"<x><ESPA-X></ESPA-X></x>", "not well-formed"),
    ],
)
def test_bad_documents_are_named_and_the_next_one_is_read(xml: bytes, why: str) -> None:
    """No DTD, no entities, no file, no message."""
    found = read(framed(xml) + BEAT_FRAME)
    assert isinstance(found[0], Garbled)
    assert found[0].why == why
    assert found[-1] == BEAT


def test_noise_and_cuts_are_named_and_the_next_message_is_read() -> None:
    """Before, between, after."""
    cut = FRAME[:200]
    assert read(b"HELLO EXAMPLE\r\n" + FRAME + b"xx" + cut + BEAT_FRAME + cut) == [
        Garbled("noise", b"HELLOEXAMPLE"),
        START,
        Garbled("noise", b"xx"),
        Garbled("cut short", cut),
        BEAT,
        Garbled("cut short", cut),
    ]


def test_a_message_too_long_is_named_and_the_next_one_is_read() -> None:
    """And no more than that is kept."""
    found = read(framed(b"<a>" + b"x" * LONGEST, length=200) + BEAT_FRAME)
    assert found[0] == Garbled("too long", framed(b"<a>" + b"x" * 243, length=200))
    assert found[-1] == BEAT


def test_control_characters_are_not_written() -> None:
    """XML does not know them."""
    (found,) = read(encode_message(Message("IND.P-EVENT", {"SS-NETW-NAME": "a\x00b\x1bc\ufffe\ud800"}, "\x07", "<&>")))
    assert found == Message("IND.P-EVENT", {"SS-NETW-NAME": "a b c  "}, " ", "<&>")


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([FRAME, BEAT_FRAME, FRAME[:60], FRAME[60:], b"EX", b"EX\0\0", framed(b"<a/>"), b"</ESPA-X>", XML]),
)


@given(st.lists(PIECES, max_size=8).map(b"".join), st.data())
def test_however_the_bytes_are_chopped_the_messages_are_the_same(data: bytes, chop: st.DataObject) -> None:
    """Byte by byte, or anyhow."""
    whole = read(data)
    assert read(*(data[at : at + 1] for at in range(len(data)))) == whole
    cuts = sorted(chop.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    assert read(*(data[one:other] for one, other in zip([0, *cuts], [*cuts, len(data)], strict=True))) == whole


@given(st.lists(PIECES, max_size=8))
def test_whatever_comes_the_next_message_is_found(pieces: list[bytes]) -> None:
    """After the silence that ends what has begun."""
    reader = Reader()
    for piece in pieces:
        reader.feed(piece)
    reader.flush()
    assert not reader.waiting
    assert reader.feed(FRAME) == [START]
