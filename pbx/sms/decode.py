"""A captured GSM modem's line in words: AT commands, what the modem says, and the short messages in PDU mode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from pbx.sms.pdu import Deliver, PduError, StatusReport, Submit, decode_arriving, decode_submit, unframed
from pbx.sms.userdata import Concatenation

Facts = dict[str, object]

LONGEST = 2048
"""Characters of a line; what is longer is told in pieces."""

_END = re.compile(rb"[\r\n\x1a\x1b]|(?<=^> )|(?<=^>)(?=[0-9A-Fa-f])")
_VERDICT = re.compile(r"(OK|ERROR|NO CARRIER|\+CM[SE] ERROR)(?:\s*:\s*(.*))?")
_SAID = re.compile(r"([+^]\w+)\s*:\s*(.*)")
_PDU = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_FROM_NETWORK = ("+CMT", "+CDS", "+CMGR", "+CMGL")


def decode_at(chunks: Iterable[bytes]) -> Iterator[Facts]:
    """What the bytes of a modem's line mean, both directions mixed: one JSON-ready dict for each line.

    `event` is `command` with its `line`; `prompt`; `pdu` with the fields of 3GPP TS 23.040 by their names there (times
    in ISO 8601, `TP-UD` as text); `result` with `result` and perhaps its `code`; `response` with `name` and `values`;
    `escape` where an entry was given up; or `text`.
    """
    reader = _Reader()
    for chunk in chunks:
        for line, end in reader.feed(chunk):
            yield from reader.words(line, end)
    yield from reader.words(reader.rest(), b"")


class _Reader:
    def __init__(self) -> None:
        self._pending = b""
        self._arriving = False

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Whole lines, and what ended each."""
        self._pending += data
        while found := _END.search(self._pending):
            line, self._pending = self._pending[: found.start()], self._pending[found.end() :]
            yield line.decode("ascii", "backslashreplace").strip("\0"), found[0]
        while len(self._pending) > LONGEST:
            line, self._pending = self._pending[:LONGEST], self._pending[LONGEST:]
            yield line.decode("ascii", "backslashreplace"), b""

    def rest(self) -> str:
        """What has no end."""
        rest, self._pending = self._pending, b""
        return rest.decode("ascii", "backslashreplace")

    def words(self, line: str, end: bytes) -> Iterator[Facts]:
        """What one line says."""
        line = line.strip()
        if line.startswith(">"):
            yield {"event": "prompt"}
            line = line[1:].strip()
        if line:
            yield self._line(line, submits=end == b"\x1a")
        if end == b"\x1b":
            yield {"event": "escape"}

    def _line(self, line: str, *, submits: bool) -> Facts:
        arriving, self._arriving = self._arriving, False
        if _PDU.fullmatch(line) and (submits or arriving):
            return _pdu(bytes.fromhex(line), submits=submits)
        if line.upper().startswith("AT"):
            return {"event": "command", "line": line}
        if verdict := _VERDICT.fullmatch(line):
            code = {"code": int(verdict[2]) if verdict[2].isdigit() else verdict[2]} if verdict[2] else {}
            return {"event": "result", "result": verdict[1], **code}
        if said := _SAID.fullmatch(line):
            self._arriving = said[1] in _FROM_NETWORK
            return {"event": "response", "name": said[1], "values": said[2]}
        return {"event": "text", "text": line}


def _pdu(octets: bytes, *, submits: bool) -> Facts:
    try:
        tpdu = unframed(octets)
        return {"event": "pdu", **(_submit(decode_submit(tpdu)) if submits else _arriving(decode_arriving(tpdu)))}
    except PduError as why:
        return {"event": "garbled", "why": str(why), "bytes": octets.hex()}


def _submit(message: Submit) -> Facts:
    validity = {"TP-VP": int(message.validity.total_seconds())} if message.validity else {}
    return {
        "TP-MTI": "SMS-SUBMIT",
        "TP-MR": message.reference,
        "TP-DA": message.to,
        "TP-DCS": message.alphabet.name,
        **validity,
        "TP-SRR": message.report,
        "TP-UD": message.text,
        **_part(message.part),
    }


def _arriving(message: Deliver | StatusReport) -> Facts:
    if isinstance(message, Deliver):
        return {
            "TP-MTI": "SMS-DELIVER",
            "TP-OA": message.sender,
            "TP-DCS": message.alphabet.name,
            "TP-SCTS": _moment(message.sent_at),
            "TP-UD": message.text,
            **_part(message.part),
        }
    return {
        "TP-MTI": "SMS-STATUS-REPORT",
        "TP-MR": message.reference,
        "TP-RA": message.recipient,
        "TP-SCTS": _moment(message.sent_at),
        "TP-DT": _moment(message.done_at),
        "TP-ST": message.status,
    }


def _part(part: Concatenation | None) -> Facts:
    return {} if part is None else {"concatenated": f"{part.part}/{part.parts}", "reference": part.reference}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
