"""Blocks of ESPA 4.4.4 and what they mean: `SOH header STX id US data (RS id US data)* ETX BCC`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import xor

SOH, STX, ETX, EOT, ENQ, ACK, NAK, RS, US = (bytes([code]) for code in (1, 2, 3, 4, 5, 6, 0x15, 0x1E, 0x1F))

CALL_TO_PAGER, STATUS_INFORMATION, STATUS_REQUEST, CALL_TO_SUBSCRIBER, OTHER = 1, 2, 3, 4, 5
"""Headers."""

RECORDS = {
    1: "address",
    2: "text",
    3: "beep",
    4: "type",
    5: "transmissions",
    6: "priority",
    7: "status",
    8: "system",
}
RESET, SPEECH, STANDARD = 1, 2, 3
"""Values of record 4, `type`."""

ALARM, HIGH, NORMAL = 1, 2, 3
"""Values of record 6, `priority`."""

IS_BUSY, QUEUED, PAGED, ABSENT, TERMINATED, ACKNOWLEDGED, SPEECH_OPEN, FAULT = range(1, 9)
"""Values of record 7, `status`."""

TRANSMITTER_FAILURE = 1
"""The value of record 8, `system`."""

TRANSMISSION_FAULT, BUSY, INVALID = 1, 2, 3
"""The digit before NAK."""

DEFAULTS = {"type": STANDARD, "transmissions": 1, "priority": NORMAL}
"""What an omitted record stands for. Without record 3 the receiver beeps as it likes."""

Number = int | str | None
"""A numeric record: what is no number in the block stays text."""


def bcc(block: bytes) -> int:
    """XOR of every byte after SOH up to and including ETX of an ESPA 4.4.4 block: 0..127, on an 8-bit line 0..255.

    block: from after SOH to ETX.
    """
    return reduce(xor, block, 0)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a block says; a record that was not in it is None. `others` are records the standard does not know.

    source: the address of who sent it, empty where that is not known.
    """

    address: str | None = None
    text: str | None = None
    beep: Number = None
    type: Number = None
    transmissions: Number = None
    priority: Number = None
    status: Number = None
    system: Number = None
    others: tuple[tuple[str, str], ...] = ()
    header: int = OTHER
    source: str = field(default="", compare=False)

    def records(self) -> dict[str, str | int]:
        """The records that are there, by the standard's names."""
        named = ((name, getattr(self, name)) for name in RECORDS.values())
        return {name: value for name, value in named if value is not None}

    def complete(self) -> Message:
        """The same, omitted records filled in by their defaults: a standard call of normal priority, sent once."""
        given = {name: getattr(self, name) for name in DEFAULTS if getattr(self, name) is not None}
        return replace(self, **{**DEFAULTS, **given})

    def encode(self, encoding: str = "ascii") -> bytes:
        """As a block. Control characters become spaces; what `encoding` does not have becomes `?`."""
        values = self.records()
        return encode_block(
            self.header,
            ((number, _wired(values[name], encoding)) for number, name in RECORDS.items() if name in values),
        )


@dataclass(frozen=True, kw_only=True)
class Call(Message):
    """Somebody calls (headers 1 and 4)."""

    header: int = CALL_TO_PAGER


@dataclass(frozen=True, kw_only=True)
class Reset(Message):
    """A call is over: any message but a status with record 4 = 1."""

    header: int = CALL_TO_PAGER
    type: Number = RESET


@dataclass(frozen=True, kw_only=True)
class Status(Message):
    """What became of a call (header 2)."""

    header: int = STATUS_INFORMATION


def status_of(about: Message, code: int) -> Status:
    """The status `code` of a call, or in answer to a request: what identifies the call is repeated."""
    return Status(**{**about.records(), "status": code, "system": None})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class StatusRequest(Message):
    """The question what became of a call (header 3)."""

    header: int = STATUS_REQUEST


@dataclass(frozen=True, kw_only=True)
class Other(Message):
    """Header 5, and headers the standard does not know."""


@dataclass(frozen=True)
class Garbled:
    """Bytes that mean nothing.

    why: one of the words below. in_block: a block had begun, so the sender waits for an answer to it.
    """

    why: str
    data: bytes
    in_block: bool = False


NOISE = "noise"
WRONG_CHECK = "wrong check character"
CUT_SHORT = "cut short"
TOO_LONG = "too long"
NO_RECORDS = "no records"


@dataclass(frozen=True)
class Block:
    """One block whose check was right. `raw` is the whole, SOH to BCC."""

    header: int
    raw: bytes

    def message(self, encoding: str | None = None) -> Message | Garbled:
        """What it says; text in `encoding`, or what it most likely is when None."""
        records = [_record(part) for part in self.raw[3:-2].split(RS) if b"\x1f" in part]
        if not records:
            return Garbled(NO_RECORDS, self.raw, in_block=True)
        return _message(self.header, {number: decode_text(data, encoding) for number, data in records})


def encode_block(header: int, records: Iterable[tuple[int, bytes]]) -> bytes:
    """A block with `records` as (number, data without control characters), SOH to BCC."""
    body = RS.join(b"%d" % number + US + data for number, data in records)
    checked = b"%d" % header + STX + body + ETX
    return SOH + checked + bytes([bcc(checked)])


def _record(part: bytes) -> tuple[str, bytes]:
    number, _, data = part.partition(US)
    # Some hosts pad the number with a blank.
    return number.decode("ascii", "replace").strip(), data


def decode_text(data: bytes, encoding: str | None) -> str:
    """`data` in `encoding`, or in what it most likely is when None."""
    for guess in (encoding,) if encoding else ("utf-8", "gb18030"):
        try:
            return data.decode(guess)
        except UnicodeDecodeError:
            continue
    return data.decode(encoding or "utf-8", "replace")


def _wired(value: str | int, encoding: str) -> bytes:
    return re.sub(r"[\x00-\x1f\x7f]", " ", str(value)).encode(encoding, "replace")


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.strip().isdigit() else text


def _message(header: int, texts: Mapping[str, str]) -> Message:
    values: dict[str, object] = {
        "header": header,
        "others": tuple((n, text) for n, text in texts.items() if n not in _NAMES),
    }
    for number, text in texts.items():
        if number in _NAMES:
            values[_NAMES[number]] = text if number in ("1", "2") else _number(text)
    return _kind(header, values.get("type"))(**values)  # type: ignore[arg-type]


def _kind(header: int, kind: object) -> type[Message]:
    if header == STATUS_INFORMATION:
        return Status
    if header == STATUS_REQUEST:
        return StatusRequest
    if kind == RESET:
        return Reset
    return Call if header in (CALL_TO_PAGER, CALL_TO_SUBSCRIBER) else Other


_NAMES = {str(number): name for number, name in RECORDS.items()}
