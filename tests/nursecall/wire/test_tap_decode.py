"""A captured TAP line in words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.tap import encode_page
from nursecall.wire.tap_decode import decode_tap

VECTOR = b"\x02123\rABC\r\x0317;\r"


def decoded(*chunks: bytes) -> list[dict[str, object]]:
    """All events."""
    return list(decode_tap(chunks))


def test_a_whole_session_reads_like_one() -> None:
    """Both directions mixed; the password is not shown."""
    session = (
        b"\rID=\x1bPG1secret\r110 1.8\r\x06\r\x1b[p\r" + VECTOR + b"514 Checksum error\r\x15\r" + VECTOR
    ) + b"211 Page taken\r\x06\r\x1e\r\x04\r115 Bye\rthank you\r\x1b\x04\rM\r"
    page = {"event": "block", "terminator": "ETX", "pager": "123", "text": "ABC", "fields": ["123", "ABC"]}
    assert decoded(session) == [
        {"event": "cr"},
        {"event": "id"},
        {"event": "logon", "service": "PG", "type": "1", "password": True},
        {"event": "message", "code": 110, "text": "1.8"},
        {"event": "ack"},
        {"event": "go-ahead"},
        page,
        {"event": "message", "code": 514, "text": "Checksum error"},
        {"event": "nak"},
        page,
        {"event": "message", "code": 211, "text": "Page taken"},
        {"event": "ack"},
        {"event": "rs"},
        {"event": "eot"},
        {"event": "message", "code": 115, "text": "Bye"},
        {"event": "text", "text": "thank you"},
        {"event": "disconnect"},
        {"event": "manual"},
    ]


def test_the_last_block_of_a_page_has_all_of_it() -> None:
    """Also when one was said twice."""
    one, two, three = (block + b"\r" for block in encode_page("28", "x" * 600))
    events = decoded(one, two, two, three)
    assert [event["terminator"] for event in events] == ["US", "US", "US", "ETX"]
    assert events[-1]["text"] == "x" * 600


def test_rubbish_is_garbled_with_its_bytes() -> None:
    """A wrong check, and a capture that ends in mid-block."""
    wrong = VECTOR.replace(b"17;", b"17:")
    assert decoded(wrong, VECTOR[:5]) == [
        {"event": "garbled", "why": "wrong check characters", "bytes": wrong[:-1].hex()},
        {"event": "garbled", "why": "cut short", "bytes": VECTOR[:5].hex()},
    ]


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(VECTOR)), max_size=8))
def test_everything_can_be_printed_and_chunks_do_not_matter(chunks: list[bytes]) -> None:
    """Whatever the bytes, the same JSON."""
    events = decoded(*chunks)
    assert json.loads(json.dumps(events)) == events
    assert decoded(b"".join(chunks)) == events
