"""Hosts that just print: frames of text on a serial line, without I/O. The plan says what a frame looks like.

A frame is its text, then perhaps a check, and what tells where it ends: a line's end, STX and ETX around the text, or
nothing but its length. Whatever comes, nothing raises, nothing grows, and the next good frame is found.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Literal

STX, ETX = b"\x02", b"\x03"

LONGEST = 640
"""Bytes of a frame that tells no length."""

SILENCE = 1.0
"""Seconds between two characters of one frame, after which the rest is not coming."""

PIECE = 1024
"""Bytes looked at in one go."""

NOISE, CUT_SHORT, TOO_LONG = "noise", "cut short", "too long"
WRONG_CHECK, OTHER_ENCODING = "wrong check", "not in the line's encoding"


@dataclass(frozen=True)
class Frame:
    """A whole frame whose check was right. raw: with its check and its ends."""

    text: str
    raw: bytes


@dataclass(frozen=True)
class Garbled:
    """Bytes that mean nothing, or not all of what they should; why is one of the words above."""

    why: str
    data: bytes


Event = Frame | Garbled


@dataclass(frozen=True)
class Layout:
    """What a frame looks like; the words are those of the plan. length: of the text of `fixed` frames, in bytes."""

    framing: Literal["lines", "stx-etx", "fixed"] = "lines"
    length: int = 0
    check: Literal["none", "xor", "sum"] = "none"
    check_as: Literal["byte", "hex"] = "byte"
    check_over: Literal["text", "text+etx", "stx+text+etx"] = "text"
    encoding: Literal["ascii", "gb18030", "utf-8", "hex"] = "gb18030"

    @property
    def check_length(self) -> int:
        """Bytes of the check."""
        return 0 if self.check == "none" else 1 if self.check_as == "byte" else 2

    def right(self, text: bytes, check: bytes) -> bool:
        """Whether `check` is that of `text`; hexadecimal digits may be of either size."""
        return check.upper() == self.checked(text) if self.check_as == "hex" else check == self.checked(text)

    def checked(self, text: bytes) -> bytes:
        """The check that follows `text`."""
        if self.check == "none":
            return b""
        covered = {"text": text, "text+etx": text + ETX, "stx+text+etx": STX + text + ETX}[self.check_over]
        value = reduce(xor, covered, 0) if self.check == "xor" else sum(covered) % 256
        return bytes([value]) if self.check_as == "byte" else b"%02X" % value

    def encode(self, text: str) -> bytes:
        """`text` as a frame. What the encoding lacks becomes `?`; fixed frames are cut, or filled with spaces."""
        data = _data(text, self.encoding)
        if self.framing == "fixed":
            data = data[: self.length].ljust(self.length)
        if self.framing == "stx-etx":
            return STX + data + ETX + self.checked(data)
        return data + self.checked(data) + (b"\r\n" if self.framing == "lines" else b"")

    def text(self, data: bytes) -> str:
        """What `data` says; bytes that are no text become U+FFFD."""
        return data.hex().upper() if self.encoding == "hex" else data.decode(self.encoding, "replace")


class Reader:
    """Feed it bytes as they come; however they are chopped, it finds the same frames."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._pending = b""
        self._noise = b""
        self._step = {"lines": self._line, "stx-etx": self._between, "fixed": self._fixed}[layout.framing]

    @property
    def waiting(self) -> bool:
        """Whether a frame has begun and not ended: after `SILENCE`, `flush`."""
        return bool(self._pending or self._noise)

    def feed(self, data: bytes) -> list[Event]:
        """The frames that `data` completes, and what is none."""
        found: list[Event] = []
        for at in range(0, len(data), PIECE):
            self._pending += data[at : at + PIECE]
            left = -1
            while self._pending and left != len(self._pending):
                left = len(self._pending)
                found += self._step()
        return found

    def flush(self) -> list[Event]:
        """Nothing more comes: what has begun was cut short."""
        noise = list(self._quiet())
        cut, self._pending = self._pending, b""
        return [*noise, Garbled(CUT_SHORT, cut)] if cut else noise

    def _take(self, length: int) -> bytes:
        taken, self._pending = self._pending[:length], self._pending[length:]
        return taken

    def _line(self) -> Iterator[Event]:
        end = re.search(rb"[\r\n]", self._pending)
        if end is None:
            if len(self._pending) >= LONGEST:
                yield Garbled(TOO_LONG, self._take(LONGEST))
            return
        at, size = end.start(), self._layout.check_length
        text, check = self._pending[: max(0, at - size)], self._pending[max(0, at - size) : at]
        if at == 0 and not self._check_is_line_end(0):
            self._take(1)
        elif at and len(check) == size and self._layout.right(text, check):
            yield from self._frame(text, self._take(at + 1))
        elif self._check_is_line_end(at):
            if len(self._pending) > at + 1:
                yield from self._frame(self._pending[:at], self._take(at + 2))
        else:
            yield Garbled(WRONG_CHECK, self._take(at + 1))

    def _check_is_line_end(self, at: int) -> bool:
        """Whether the byte at `at`, which would end the line, is its check: then the line's end is still to come."""
        if not at or self._layout.check_length != 1:
            return False
        follows = self._pending[at + 1 : at + 2]
        return self._layout.right(self._pending[:at], self._pending[at : at + 1]) and follows in (b"", b"\r", b"\n")

    def _between(self) -> Iterator[Event]:
        begins = self._pending.find(STX)
        if begins != 0:
            # Hosts that end each frame with a new line as well are not noisy.
            noise = self._take(len(self._pending) if begins < 0 else begins).translate(None, b"\r\n")
            yield from self._noisy(noise)
            return
        yield from self._quiet()
        end = re.search(rb"[\x02\x03]", self._pending[1:LONGEST])
        if end is None:
            if len(self._pending) >= LONGEST:
                yield Garbled(TOO_LONG, self._take(LONGEST))
            return
        at = end.start() + 1
        if self._pending[at : at + 1] == STX:
            yield Garbled(CUT_SHORT, self._take(at))
            return
        whole = at + 1 + self._layout.check_length
        if len(self._pending) < whole:
            return
        text, check = self._pending[1:at], self._pending[at + 1 : whole]
        if self._layout.right(text, check):
            yield from self._frame(text, self._take(whole))
        else:
            # The byte that should be the check may begin the next frame.
            yield Garbled(WRONG_CHECK, self._take(at + 1 if STX in check else whole))

    def _fixed(self) -> Iterator[Event]:
        length = self._layout.length
        whole = length + self._layout.check_length
        skipped = 0
        while len(self._pending) - skipped >= whole:
            text = self._pending[skipped : skipped + length]
            if self._layout.right(text, self._pending[skipped + length : skipped + whole]):
                break
            skipped += 1
        yield from self._noisy(self._take(skipped))
        if len(self._pending) >= whole:
            yield from self._quiet()
            yield from self._frame(self._pending[:length], self._take(whole))

    def _noisy(self, data: bytes) -> Iterator[Event]:
        self._noise += data
        while len(self._noise) >= LONGEST:
            piece, self._noise = self._noise[:LONGEST], self._noise[LONGEST:]
            yield Garbled(NOISE, piece)

    def _quiet(self) -> Iterator[Event]:
        if self._noise:
            noise, self._noise = self._noise, b""
            yield Garbled(NOISE, noise)

    def _frame(self, text: bytes, raw: bytes) -> Iterator[Event]:
        said = self._layout.text(text)
        yield Frame(said, raw)
        if "\ufffd" in said:
            yield Garbled(OTHER_ENCODING, raw)


class TextHost:
    """Our side: hears what the host prints. answer: what it wants to hear for each good frame."""

    def __init__(self, layout: Layout, answer: bytes = b"") -> None:
        self.heard_at = -math.inf
        """When the host last said something valid."""
        self._layout = layout
        self._answer = answer
        self._reader = Reader(layout)
        self._out = b""
        self._cut_at: float | None = None

    @property
    def deadline(self) -> float | None:
        """When a frame that has begun counts as cut short."""
        return self._cut_at

    def begin(self, now: float) -> None:
        """The line can be used."""

    def feed(self, data: bytes, now: float) -> list[Event]:
        """Bytes came."""
        events = self._reader.feed(data)
        self._cut_at = now + SILENCE if self._reader.waiting else None
        good = sum(isinstance(event, Frame) for event in events)
        if good:
            self.heard_at = now
            self._out += self._answer * good
        return events

    def tick(self, now: float) -> list[Event]:
        """Time passed."""
        if self._cut_at is None or now < self._cut_at:
            return []
        self._cut_at = None
        return self._reader.flush()

    def outgoing(self) -> bytes:
        """What to put on the wire now."""
        data, self._out = self._out, b""
        return data

    def lost(self, now: float) -> None:
        """The line cannot be used any more."""
        self._reader = Reader(self._layout)
        self._out = b""
        self._cut_at = None


def _data(text: str, encoding: str) -> bytes:
    if encoding == "hex":
        return bytes.fromhex(text)
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).encode(encoding, "replace")
