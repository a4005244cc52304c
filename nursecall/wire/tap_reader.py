"""TAP 1.8 bytes into words, both ways: whatever comes, no exception, no growth, and the next good block is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nursecall.wire.tap_blocks import CR, Block, is_right

LONGEST = 1024
"""Bytes of a block. The standard says 256; hosts that forget to split a page must not lose it."""

PIECE = 256
"""Bytes of a line, after which it is noise, told in pieces of this size."""


@dataclass(frozen=True)
class Line:
    """What stood before a CR, or before an ESC that begins another; line feeds taken away. Empty for a bare CR."""

    data: bytes


@dataclass(frozen=True)
class Prompt:
    """`ID=`, which no CR needs to end."""


@dataclass(frozen=True)
class Garbled:
    """Bytes that mean nothing. why: one of the words below. in_block: the sender waits for an answer to it."""

    why: str
    data: bytes
    in_block: bool = False


NOISE = "noise"
WRONG_CHECK = "wrong check characters"
CUT_SHORT = "cut short"
TOO_LONG = "too long"
NO_PAGER = "no pager"

Word = Line | Prompt | Block | Garbled

_MARK = re.compile(rb"ID=|[\x02\r]|(?!\A)\x1b")
_TERMINATOR = re.compile(rb"[\x02\x03\x17\x1f]")
_CHECK = re.compile(rb"[\x30-\x3f]{0,3}")
_SEVEN_BITS = bytes(code & 0x7F for code in range(256))
_STX = 0x02


class Reader:
    """Feed it bytes as they come; however they are chopped, it finds the same words.

    seven_bit: take the eighth bit of each byte for parity and drop it.
    """

    def __init__(self, *, seven_bit: bool = True) -> None:
        self._seven_bit = seven_bit
        self._pending = b""
        self._ended = False  # a word just ended without its CR: that may still come, and means nothing

    @property
    def in_block(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._pending[:1] == b"\x02"

    @property
    def waiting(self) -> bool:
        """Whether something has begun that silence ends. Text has time: somebody may be typing it."""
        return self._pending[:1] < b" " and bool(self._pending)

    def feed(self, data: bytes) -> list[Word]:
        """The words that `data` completes."""
        # Flow control, and the zeros with which some hosts fill up, are no part of anything, not of a check either.
        data = (data.translate(_SEVEN_BITS) if self._seven_bit else data).translate(None, b"\x00\x11\x13")
        return [word for at in range(0, len(data), LONGEST) for word in self._words(data[at : at + LONGEST])]

    def flush(self) -> list[Word]:
        """Nothing more comes: what has begun ends here, and whole blocks without their CR are whole."""
        if not self.in_block:
            line, self._pending = self._pending.translate(None, b"\n"), b""
            return [Line(line)] if line else []
        words = list(self._words(CR))
        if self.in_block:
            cut, self._pending = self._pending[:-1], b""
            words.append(Garbled(CUT_SHORT, cut, in_block=True))
        return words

    def _words(self, data: bytes) -> Iterator[Word]:
        self._pending += data
        left = None
        while self._pending and left != len(self._pending):
            left = len(self._pending)
            yield from self._block() if self.in_block else self._line()

    def _line(self) -> Iterator[Word]:
        mark = _MARK.search(self._pending, 0, PIECE + 2)
        if mark is None or mark.start() >= PIECE:
            if len(self._pending) >= PIECE + 2:
                yield Garbled(NOISE, self._take(PIECE))
            return
        line = self._take(mark.start()).translate(None, b"\n")
        kind = mark[0]
        if kind == CR:
            self._take(1)
        if line or (kind == CR and not self._ended):
            yield Line(line)
        if kind == b"ID=":
            self._take(3)
            yield Prompt()
        self._ended = kind == b"ID="

    def _block(self) -> Iterator[Word]:
        end = _TERMINATOR.search(self._pending, 1, LONGEST)
        if end is None:
            if len(self._pending) >= LONGEST:
                yield Garbled(TOO_LONG, self._take(LONGEST), in_block=True)
        elif end[0][0] == _STX:
            # The sender began anew.
            yield Garbled(CUT_SHORT, self._take(end.start()), in_block=True)
        else:
            yield from self._checked(end.end())

    def _checked(self, end: int) -> Iterator[Word]:
        check = _CHECK.match(self._pending, end)
        at = check.end() if check else end
        if at == len(self._pending):
            return
        raw = self._take(at)
        # The CR belongs to the block. Where it was lost the next word has begun.
        self._ended = self._pending[:1] != CR
        if not self._ended:
            self._take(1)
        if len(raw) == end + 3 and is_right(raw[:end], raw[end:]):
            yield Block(raw)
        else:
            yield Garbled(WRONG_CHECK, raw, in_block=True)

    def _take(self, length: int) -> bytes:
        taken, self._pending = self._pending[:length], self._pending[length:]
        return taken
