"""Blocks of TAP 1.8 and the pages they carry: `STX field CR field CR ETX`, three characters of check, CR.

Between terminal and pager system nothing else carries a check: a response, a logon or the end of a session can be
forged by noise, a page cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nursecall.wire.espa444_blocks import decode_text

STX, ETX, EOT, ACK, LF, CR, NAK, ETB, SUB, ESC, RS, US = (
    bytes([code]) for code in (2, 3, 4, 6, 0x0A, 0x0D, 0x15, 0x17, 0x1A, 0x1B, 0x1E, 0x1F)
)

ROOM = 250
"""Bytes of fields in one block; with STX, the terminator, the check and CR it makes the standard's 256 and its CR."""

MORE, RUNS_ON, LAST = ETB, US, ETX
"""A block's terminator: more blocks of this page follow; so they do, in the middle of a field; this was all."""


def checksum(block: bytes) -> bytes:
    """The three characters after `block`, which is all from STX to its terminator: the sum of its 7-bit values."""
    return _characters(sum(byte & 0x7F for byte in block))


def is_right(block: bytes, check: bytes) -> bool:
    """Whether `check` fits. On 8-bit lines, where Chinese text goes, some hosts add up whole bytes."""
    return check in (checksum(block), _characters(sum(block)))


def _characters(total: int) -> bytes:
    return bytes(0x30 + (total >> shift & 0x0F) for shift in (8, 4, 0))


@dataclass(frozen=True)
class Page:
    """One page: `text` for `pager`. fields: all of them as they came; those after the second belong to the text."""

    pager: str
    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One block whose check was right. raw: from STX to its check."""

    raw: bytes

    @property
    def body(self) -> bytes:
        """What stands between STX and the terminator."""
        return self.raw[1:-4]

    @property
    def terminator(self) -> bytes:
        """`LAST`, `MORE` or `RUNS_ON`."""
        return self.raw[-4:-3]


def read_page(body: bytes, encoding: str | None = None) -> Page | None:
    """The page whose blocks' bodies, one after the other, are `body`; None when it names no pager.

    encoding: of the text; None to guess it.
    """
    # With some hosts every CR has a LF beside it, with others the last field lacks its CR.
    pieces = [piece.strip(LF) for piece in body.split(CR)]
    fields = tuple(decode_text(_unescaped(piece), encoding) for piece in (pieces if pieces[-1] else pieces[:-1]))
    if not fields or not fields[0].strip():
        return None
    return Page(fields[0].strip(), "\n".join(fields[1:]), fields)


def encode_page(pager: str, text: str, encoding: str = "ascii") -> list[bytes]:
    """The blocks of one page, each from STX to its check. What `encoding` does not have becomes `?`."""
    left = [*_letters(pager, encoding), CR, *_letters(text, encoding), CR]
    blocks: list[bytes] = []
    while left:
        count = _fitting(left)
        block = _block(left[:count], more=count < len(left))
        if blocks and block == blocks[-1]:
            # Two blocks alike could not be told from one said twice.
            count -= 1
            block = _block(left[:count], more=True)
        blocks.append(block)
        left = left[count:]
    return blocks


def _fitting(letters: list[bytes]) -> int:
    room = ROOM
    for count, letter in enumerate(letters):
        room -= len(letter)
        if room < 0:
            return count
    return len(letters)


def _block(letters: list[bytes], *, more: bool) -> bytes:
    terminator = LAST if not more else MORE if letters[-1] == CR else RUNS_ON
    block = STX + b"".join(letters) + terminator
    return block + checksum(block)


def _letters(text: str, encoding: str) -> Iterator[bytes]:
    for letter in text:
        code = ord(letter)
        yield SUB + bytes([code + 0x40]) if code < 0x20 else letter.encode(encoding, "replace")


def _unescaped(field: bytes) -> bytes:
    return re.sub(rb"\x1a([\x40-\x5f])", lambda escaped: bytes([escaped[1][0] - 0x40]), field)
