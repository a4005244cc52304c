"""A captured ESPA-X connection in words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espax import Message
from nursecall.wire.espax_decode import decode_espax
from nursecall.wire.espax_messages import encode_message

LOGIN = encode_message(Message("REQ.LOGIN", {"LI-USER": "ward", "LI-PASSWORD": "secret"}, "1"))
START = encode_message(Message("REQ.P-START", {"CP-PR-REF": "7", "CP-TEXTMSG": "28床 呼叫"}, "2", "s"))


def decoded(*chunks: bytes) -> list[dict[str, object]]:
    """All events."""
    return list(decode_espax(chunks))


def test_messages_keep_the_standards_names_and_passwords_are_hidden() -> None:
    """And what is no message is there with its bytes."""
    assert decoded(LOGIN, b"noise", START) == [
        {"event": "req.login", "invokeID": "1", "LI-USER": "ward", "LI-PASSWORD": "***"},
        {"event": "garbled", "why": "noise", "bytes": b"noise".hex()},
        {"event": "req.p-start", "invokeID": "2", "sessionID": "s", "CP-PR-REF": "7", "CP-TEXTMSG": "28床 呼叫"},
    ]


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([LOGIN, START, START[:90]])), max_size=8))
def test_everything_can_be_printed_and_chunks_do_not_matter(chunks: list[bytes]) -> None:
    """Whatever the bytes, the same JSON."""
    events = decoded(*chunks)
    assert json.loads(json.dumps(events)) == events
    assert decoded(b"".join(chunks)) == events
