"""A modem's line in words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pbx.sms.decode import decode_at
from pbx.sms.pdu import Submit, encode_submit, framed
from pbx.sms.userdata import Alphabet

# From a modem's manual: an SMS-DELIVER "hellohello" to be found in many of them.
DELIVER = "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37"
REPORT = "0006130C91527420121670110172111332E11101721113322100"


def decoded(*chunks: bytes) -> list[dict[str, object]]:
    """All events."""
    return list(decode_at(chunks))


def test_sending_a_message_reads_like_one() -> None:
    """Command, prompt, PDU, result; echo and all."""
    tpdu = encode_submit(Submit("13800138000", "28床呼叫", Alphabet.UCS2, report=True, reference=7))
    wire = b"AT+CMGS=30\r\r\n> " + framed(tpdu).hex().upper().encode() + b"\x1a\r\n+CMGS: 12\r\n\r\nOK\r\n"
    assert decoded(wire) == [
        {"event": "command", "line": "AT+CMGS=30"},
        {"event": "prompt"},
        {"event": "pdu", "TP-MTI": "SMS-SUBMIT", "TP-MR": 7, "TP-DA": "13800138000", "TP-DCS": "UCS2"}
        | {"TP-SRR": True, "TP-UD": "28床呼叫"},
        {"event": "response", "name": "+CMGS", "values": "12"},
        {"event": "result", "result": "OK"},
    ]


def test_what_arrives_is_read() -> None:
    """A message, a delivery report, an error, an entry given up."""
    wire = f"\r\n+CMT: ,28\r\n{DELIVER}\r\n\r\n+CDS: 25\r\n{REPORT}\r\n\r\n+CMS ERROR: 38\r\n> \x1b".encode()
    events = decoded(wire)
    assert events[1] == {"event": "pdu", "TP-MTI": "SMS-DELIVER", "TP-OA": "27838890001", "TP-DCS": "GSM7"} | {
        # Two digits of the year: the century is ours.
        "TP-SCTS": "2099-03-29T15:16:59+02:00",
        "TP-UD": "hellohello",
    }
    assert events[3]["TP-MTI"] == "SMS-STATUS-REPORT"
    assert events[4] == {"event": "result", "result": "+CMS ERROR", "code": 38}
    assert events[5:] == [{"event": "prompt"}, {"event": "escape"}]


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"\r\n> ", b"+CMT: ,28\r\n", DELIVER.encode()]))))
def test_whatever_comes_can_be_printed_and_chunks_do_not_matter(chunks: list[bytes]) -> None:
    """No exception, the same JSON."""
    events = decoded(*chunks)
    assert json.loads(json.dumps(events)) == events
    assert decoded(b"".join(chunks)) == events
