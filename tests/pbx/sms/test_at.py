"""The AT dialogue, however the bytes are chopped."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sms.at import Arrived, Command, Dialogue, Event, Finished, Remark, Ringing, Stored, Verdict

PDU = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"
SEND = Command(f"AT+CMGS={len(PDU) // 2 - 1}", PDU, timeout=60, prompt_timeout=5)
SIGNAL = Command("AT+CSQ", timeout=10)
REPORT = "06130C91527420121670110172111332E11101721113322100"


def asked(*commands: Command) -> Dialogue:
    """A dialogue with these commands to come, at time 0."""
    dialogue = Dialogue()
    for command in commands:
        dialogue.submit(command, now=0)
    return dialogue


def test_commands_follow_one_another() -> None:
    """The second is sent when the first is answered."""
    dialogue = asked(SIGNAL, SEND)
    assert dialogue.outgoing() == b"AT+CSQ\r"
    events = dialogue.feed(b"\r\n+CSQ: 21,99\r\n\r\nOK\r\n", now=1)
    assert events == [Finished(SIGNAL, Verdict.OK, ("+CSQ: 21,99",))]
    assert dialogue.outgoing() == b"AT+CMGS=23\r"
    assert dialogue.deadline == 6


def test_the_pdu_waits_for_the_prompt() -> None:
    """Only after `> ` is it sent, with Ctrl-Z; then the network has a minute."""
    dialogue = asked(SEND)
    dialogue.outgoing()
    assert dialogue.feed(b"\r\n", now=1) == []
    assert dialogue.outgoing() == b""
    assert dialogue.feed(b"> ", now=2) == []
    assert dialogue.outgoing() == PDU.encode() + b"\x1a"
    assert dialogue.deadline == 62
    assert dialogue.feed(b"\r\n+CMGS: 42\r\n\r\nOK\r\n", now=3) == [Finished(SEND, Verdict.OK, ("+CMGS: 42",))]
    assert dialogue.deadline is None


def test_echo_is_no_answer() -> None:
    """A modem that repeats all it hears, the PDU too."""
    dialogue = asked(SEND)
    events = dialogue.feed(b"AT+CMGS=23\r\r\n> " + PDU.encode() + b"\x1a\r\n+CMGS: 1\r\n\r\nOK\r\n", now=1)
    assert events == [Finished(SEND, Verdict.OK, ("+CMGS: 1",))]


def test_the_modem_speaks_up_in_mid_command() -> None:
    """A new message, a delivery report and a ring, each apart from the answer they fall into."""
    dialogue = asked(SIGNAL)
    said = f'+CSQ: 7,0\r\n\r\n+CMTI: "SM",3\r\n\r\n+CDS: 24\r\n{REPORT}\r\n\r\nRING\r\n\r\n^RSSI:9\r\n\r\nOK\r\n'
    assert dialogue.feed(said.encode(), now=1) == [
        Stored("SM", 3),
        Arrived(bytes.fromhex(REPORT)),
        Ringing(),
        Remark("^RSSI:9"),
        Finished(SIGNAL, Verdict.OK, ("+CSQ: 7,0",)),
    ]


def test_the_modem_speaks_up_unasked() -> None:
    """Nothing is under way; a line that means nothing is a remark."""
    dialogue = asked()
    said = f'\r\n+CMT: ,24\r\n{REPORT}\r\n+CDSI: "ME",12\r\nRDY\r\nOK\r\n'
    events = dialogue.feed(said.encode(), now=0)
    assert events == [Arrived(bytes.fromhex(REPORT)), Stored("ME", 12), Remark("RDY"), Remark("OK")]


def test_a_report_whose_pdu_is_lost_hides_nothing() -> None:
    """The line after it is read for what it is."""
    dialogue = asked(SIGNAL)
    events = dialogue.feed(b'\r\n+CDS: 24\r\n+CMTI: "SM",1\r\n+CSQ: 1,0\r\nOK\r\n', now=0)
    assert events == [Stored("SM", 1), Finished(SIGNAL, Verdict.OK, ("+CSQ: 1,0",))]


def test_errors_carry_their_code() -> None:
    """Numbers where there are numbers."""
    said = {
        b"ERROR": (Verdict.ERROR, None),
        b"+CMS ERROR: 38": (Verdict.CMS, 38),
        b"+CME ERROR:10": (Verdict.CME, 10),
        b"+CME ERROR: SIM not inserted": (Verdict.CME, None),
        b"COMMAND NOT SUPPORT": (Verdict.ERROR, None),
    }
    for line, (verdict, code) in said.items():
        assert asked(SIGNAL).feed(b"\r\n" + line + b"\r\n", now=1) == [Finished(SIGNAL, verdict, (), code)]


def test_an_error_instead_of_the_prompt() -> None:
    """The PDU is never sent."""
    dialogue = asked(SEND)
    dialogue.outgoing()
    assert dialogue.feed(b"\r\n+CMS ERROR: 302\r\n", now=1) == [Finished(SEND, Verdict.CMS, (), 302)]
    assert dialogue.outgoing() == b""


def test_silence_ends_a_command() -> None:
    """At its deadline, not before; then an escape gives up the rest."""
    dialogue = asked(SEND, SIGNAL)
    assert dialogue.tick(now=4.9) == []
    assert dialogue.tick(now=5) == [Finished(SEND, Verdict.SILENT)]
    dialogue.outgoing()
    assert dialogue.escape() == [Finished(SIGNAL, Verdict.SILENT)]
    assert dialogue.outgoing() == b"\x1b\r"
    assert dialogue.tick(now=1000) == []


def test_a_flood_without_line_ends_is_forgotten() -> None:
    """It neither grows nor hides what follows its end."""
    dialogue = asked(SIGNAL)
    for _ in range(100):
        assert dialogue.feed(b"x" * 1000, now=0) == []
    assert dialogue.feed(b"\r\nOK\r\n", now=0) == [Finished(SIGNAL, Verdict.OK)]


SAYINGS = st.sampled_from(
    [
        b"\r\nOK\r\n",
        b"\r\n> ",
        b"> ",
        b"\r\nERROR\r\n",
        b"\r\n+CMS ERROR: 500\r\n",
        b"\r\n+CMGS: 17\r\n",
        b'\r\n+CMTI: "SM",1\r\n',
        b"\r\n+CDS: 24\r\n" + REPORT.encode() + b"\r\n",
        b"\r\n+CMT: ,24\r\n",
        b"\r\nRING\r\n",
        b"AT+CMGS=23\r",
        PDU.encode() + b"\x1a",
        b"\0\0",
        b"x" * 3000,
        b"\xff\xfe",
    ]
)


@settings(deadline=None)
@given(st.lists(SAYINGS | st.binary(max_size=8), max_size=25), st.lists(st.integers(1, 40), max_size=60))
def test_chopping_changes_nothing(sayings: list[bytes], sizes: list[int]) -> None:
    """The same events and the same bytes sent, in any pieces; and no bytes raise anything."""
    said = b"".join(sayings)
    assert heard(said, []) == heard(said, sizes) == heard(said, [1] * len(said))


def heard(said: bytes, sizes: list[int]) -> tuple[list[Event], bytes]:
    """Events of `said` in pieces of these sizes, and what was sent; always with commands to answer."""
    dialogue = asked(SEND, SIGNAL, SEND, SEND, SIGNAL)
    events: list[Event] = []
    for size in sizes:
        events += dialogue.feed(said[:size], now=1)
        said = said[size:]
    events += dialogue.feed(said, now=1)
    return events, dialogue.outgoing()
