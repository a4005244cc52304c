"""`nightbell decode`: every wire, from a file, from standard input, as digits, as a saved trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.cli.decode import WIRES
from nursecall.traces import Trace, as_json, as_text
from nursecall.wire.espa444 import Call
from nursecall.wire.modbus_frames import read_answer, read_request
from nursecall.wire.tap import encode_page
from tests.fakes.clock import FakeClock
from tests.nursecall.test_traces import espax

CAPTURES: dict[str, tuple[bytes, dict[str, object]]] = {
    "espa444": (Call(address="28", text="WC").encode(), {"event": "call", "address": "28", "text": "WC"}),
    "tap": (encode_page("9", "28 WC")[0] + b"\r", {"event": "block", "pager": "9", "text": "28 WC"}),
    "espax": (espax(bed="28", text="WC"), {"event": "req.login", "LI-CLIENT": "Nightbell"}),
    "modbus": (read_request(5, 0, 8) + read_answer(5, [True] * 8), {"event": "request", "slave_address": 5}),
    "text": (b"28 WC\r\n", {"event": "frame", "text": "28 WC"}),
    "at": (b"AT+CMGF=0\r\r\nOK\r\n", {"event": "command", "line": "AT+CMGF=0"}),
    "mllp": (
        b"\x0bMSH|^~\\&|HIS|H|NB|H|20260302||ADT^A01|7|P|2.5\rPID|||4711||X\r\x1c\r",
        {"event": "message"},
    ),
}


def decoded(*arguments: str, given: bytes = b"", code: int = 0) -> str:
    """What it prints."""
    done = CliRunner().invoke(main, ["--language", "en", "decode", *arguments], input=given)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("wire", sorted(WIRES))
def test_every_wire_is_read_from_a_file(wire: str, tmp_path: Path) -> None:
    """As JSON, by the standard's names; and in words."""
    data, expected = CAPTURES[wire]
    file = tmp_path / "capture.bin"
    file.write_bytes(data)
    first = json.loads(decoded(wire, str(file)).splitlines()[0])
    assert expected.items() <= first.items()
    assert decoded(wire, str(file), "--words").startswith(f"{expected['event']} ")


@pytest.mark.parametrize("wire", ["espa444", "tap", "modbus", "at"])
@pytest.mark.parametrize("form", [as_text, as_json])
def test_a_saved_trace_of_any_wire_is_read(wire: str, form: type, tmp_path: Path) -> None:
    """Without being told that it is one."""
    trace = Trace(FakeClock())
    trace.heard(CAPTURES[wire][0][:5])
    trace.heard(CAPTURES[wire][0][5:])
    file = tmp_path / "trace"
    file.write_text("\n".join(form("l", wire, [(piece, "x") for piece in trace.pieces()])))
    plain = tmp_path / "plain"
    plain.write_bytes(CAPTURES[wire][0])
    assert decoded(wire, str(file)) == decoded(wire, str(plain))


def test_each_direction_of_a_trace_is_read_by_itself_where_they_overlap(tmp_path: Path) -> None:
    """Half a message, our answer to the one before, the other half."""
    data = CAPTURES["espax"][0]
    trace = Trace(FakeClock())
    trace.heard(data[:100])
    trace.said(data[:30])
    trace.heard(data[100:])
    file = tmp_path / "trace"
    file.write_text("\n".join(as_text("l", "espax", [(piece, "") for piece in trace.pieces()])))
    events = [json.loads(line)["event"] for line in decoded("espax", str(file)).splitlines()]
    assert events == ["req.login", "req.p-start", "garbled"] or sorted(events) == [
        "garbled",
        "req.login",
        "req.p-start",
    ]


def test_digits_and_options() -> None:
    """A frame with a check; the encoding; digits with white space."""
    given = b"02 62 65 64 03\n67"
    options = ("--hex", "--framing", "stx-etx", "--check", "xor", "--check-over", "stx+text+etx")
    assert json.loads(decoded("text", *options, given=b"02 62 65 64 03 62"))["event"] == "frame"
    assert json.loads(decoded("text", *options, given=given))["event"] == "garbled"
    assert "28床" in decoded("text", "--encoding", "gb18030", given="28床\r\n".encode("gb18030"))
    fixed = ("--framing", "fixed", "--length", "2", "--encoding", "hex", "--hex")
    assert json.loads(decoded("text", *fixed, given=b"aa1c"))["text"] == "AA1C"


@pytest.mark.parametrize(
    ("arguments", "given", "why"),
    [
        (["modbus", "--encoding", "ascii"], b"", "--encoding means nothing for modbus"),
        (["tap", "--check", "xor"], b"", "--check means nothing for tap"),
        (["text", "--framing", "fixed"], b"", "--framing fixed needs --length"),
        (["tap", "--hex"], b"0", "a single hexadecimal digit is left over"),
        (["tap"], b"# nightbell trace: line w, tap; times\nrubbish\n", "line 2 is no line of a trace: rubbish"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(arguments: list[str], given: bytes, why: str) -> None:
    """And ends with a code."""
    done = CliRunner().invoke(main, ["--language", "en", "decode", *arguments], input=given)
    assert done.exit_code in (1, 2)
    assert why in done.output
