"""Which wire bytes seem to be of, heard at eight bits without parity: a guess for whoever sets a line up.

A line of seven bits with parity looks so like one of eight bits whose ones are all even, or all odd, in number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from nursecall.wire.modbus_frames import crc

Kind = Literal["silent", "garbled", "espa444", "tap", "modbus", "text"]
Parity = Literal["none", "even", "odd"]

ENOUGH = 4
"""Bytes without which nothing is said of parity or of noise."""

_POLL = re.compile(rb"([0-9])\x05")
_BLOCK = re.compile(rb"\x01[0-9]\x02[^\x01]*?\x03", re.DOTALL)
_LOG_ON = re.compile(rb"\x1bPG1")
_LINE = re.compile(rb"([^\r\n\x02\x03]+)[\r\n]+")
_FRAMED = re.compile(rb"\x02([^\x02\x03]+)\x03")
_NOISE = re.compile(rb"[\x00\x01\x04-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHECKED = re.compile(rb"\x03[^\r\n\x02]{0,2}")
"""After ETX a check may stand, which is any byte."""


@dataclass(frozen=True)
class Guess:
    """What seems to be on a line. own: whom an ESPA 4.4.4 host polls; framing, text: of a host that prints."""

    kind: Kind
    data_bits: int = 8
    parity: Parity = "none"
    own: str = ""
    framing: Literal["", "lines", "stx-etx"] = ""
    encoding: str = ""
    text: str = ""


def recognise(data: bytes) -> Guess:
    """What the bytes of a line are, none of which were ours."""
    if not data:
        return Guess("silent")
    if _is_modbus(data):
        return Guess("modbus")
    parity = _parity(data)
    if parity != "none":
        data = bytes(byte & 0x7F for byte in data)
    bits = 8 if parity == "none" else 7
    polled = sorted({found[1].decode() for found in _POLL.finditer(data)})
    if _BLOCK.search(data) or (polled and len(data) <= 4 * len(_POLL.findall(data))):
        # Who is polled beside us is another station: the custom is that paging is 2.
        own = polled[0] if len(polled) == 1 else "2" if "2" in polled else ""
        return Guess("espa444", bits, parity, own)
    if _LOG_ON.search(data) or (len(data) >= 2 and not data.strip(b"\r")):
        return Guess("tap", bits, parity)
    return _text(data, bits, parity) or Guess("garbled")


def _parity(data: bytes) -> Parity:
    if len(data) < ENOUGH or max(data) < 0x80:
        return "none"
    odd = sum(byte.bit_count() % 2 for byte in data)
    return "even" if not odd else "odd" if odd == len(data) else "none"


def _text(data: bytes, bits: int, parity: Parity) -> Guess | None:
    """The last message, where every one of them can be read."""
    if _NOISE.search(_CHECKED.sub(b"\x03", data)):
        return None
    framed, lines = _FRAMED.findall(data), _LINE.findall(data)
    found, framing = (framed, "stx-etx") if framed else (lines, "lines")
    for encoding in ("utf-8", "gb18030"):
        try:
            said = [one.decode(encoding) for one in found]
        except UnicodeDecodeError:
            continue
        if said and sum(map(len, found)) >= ENOUGH:
            # What is ASCII is GB 18030, too: Chinese may come later.
            named = "utf-8" if encoding == "utf-8" and not all(one.isascii() for one in said) else "gb18030"
            return Guess("text", bits, parity, framing=framing, encoding=named, text=said[-1])  # type: ignore[arg-type]
    return None


def _is_modbus(data: bytes) -> bool:
    """Whether another master reads coils or inputs: its requests are of eight bytes, sealed with a check."""
    sealed = 0
    at = 0
    while at + 8 <= len(data):
        if 1 <= data[at] <= 247 and 1 <= data[at + 1] <= 4 and crc(data[at : at + 8]) == 0:
            sealed, at = sealed + 1, at + 8
        else:
            at += 1
    return sealed >= 2
