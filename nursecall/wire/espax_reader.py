"""ESPA-X bytes into messages: whatever comes, no exception, no growth, and the next good message is found.

A message ends where its document ends. The length in the header only tells a header from noise: there are hosts that
count characters instead of bytes, or leave out the header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nursecall.wire.espax_messages import HEADER, Message, NoMessage, NotWellFormed, read_message

LONGEST = 256 * 1024
"""Bytes of a message. The longest text that the standard knows has 16 348 characters."""

SILENCE = 5.0
"""Seconds between two pieces of one message, after which the rest is not coming."""

TOLD = 256
"""Bytes of what means nothing that are told at once."""


@dataclass(frozen=True)
class Garbled:
    """Bytes that mean nothing. why: one of the words below. data: how they begin."""

    why: str
    data: bytes


NOISE = "noise"
CUT_SHORT = "cut short"
TOO_LONG = "too long"
NOT_WELL_FORMED = "not well-formed"
NO_MESSAGE = "no message"

_HEADER = re.compile(rb"EX(?=\x00[\x00-\x04].{6}[<\xef\s])", re.DOTALL)
_BEGINNING = re.compile(rb"E(X(\x00([\x00-\x04].{0,6})?)?)?\Z", re.DOTALL)
_END = re.compile(rb"</([A-Za-z_][\w.-]*:)?ESPA-X\s*>")
_LONGEST_END = 64


class Reader:
    """Feed it bytes as they come; however they are chopped, it finds the same messages.

    encoding: see `read_message`.
    """

    def __init__(self, *, encoding: str | None = None) -> None:
        self._encoding = encoding
        self._pending = bytearray()
        self._noise = b""
        self._scanned = 0

    @property
    def waiting(self) -> bool:
        """Whether something has begun and not ended: after `SILENCE`, `flush`."""
        return bool(self._pending or self._noise)

    def feed(self, data: bytes) -> list[Message | Garbled]:
        """The messages that `data` completes."""
        return [found for at in range(0, len(data), LONGEST) for found in self._found(data[at : at + LONGEST])]

    def flush(self) -> list[Message | Garbled]:
        """Nothing more comes: what has begun was cut short."""
        found: list[Message | Garbled] = []
        if _HEADER.match(self._pending):
            found.append(self._garbled(CUT_SHORT, len(self._pending)))
        self._skip(len(self._pending))
        return [*found, *self._quiet()]

    def _found(self, data: bytes) -> Iterator[Message | Garbled]:
        self._pending += data
        left = None
        while self._pending and left != len(self._pending):
            left = len(self._pending)
            yield from self._step()

    def _step(self) -> Iterator[Message | Garbled]:
        header = _HEADER.search(self._pending)
        if header is None or header.start():
            beginning = header or _BEGINNING.search(self._pending, max(0, len(self._pending) - HEADER))
            self._skip(beginning.start() if beginning else len(self._pending))
        while len(self._noise) >= TOLD:
            piece, self._noise = self._noise[:TOLD], self._noise[TOLD:]
            yield Garbled(NOISE, piece)
        if header is not None:
            yield from self._quiet()
            yield from self._message()

    def _message(self) -> Iterator[Message | Garbled]:
        start = max(HEADER, self._scanned - _LONGEST_END)
        end = _END.search(self._pending, start, LONGEST)
        # Headers hold a zero, which XML cannot: where one stands the message before it was cut.
        another = _HEADER.search(self._pending, start, end.start() + 1 if end else LONGEST)
        self._scanned = len(self._pending)
        if another is not None:
            yield self._garbled(CUT_SHORT, another.start())
        elif end is not None:
            yield self._whole(end.end())
        elif len(self._pending) >= LONGEST:
            yield self._garbled(TOO_LONG, LONGEST)

    def _whole(self, length: int) -> Message | Garbled:
        try:
            message = read_message(bytes(self._pending[HEADER:length]), self._encoding)
        except NotWellFormed:
            return self._garbled(NOT_WELL_FORMED, length)
        except NoMessage:
            return self._garbled(NO_MESSAGE, length)
        self._take(length)
        return message

    def _garbled(self, why: str, length: int) -> Garbled:
        garbled = Garbled(why, bytes(self._pending[: min(length, TOLD)]))
        self._take(length)
        return garbled

    def _take(self, length: int) -> None:
        del self._pending[:length]
        self._scanned = 0

    def _skip(self, length: int) -> None:
        # White space and zeros between messages belong to hosts that count wrong.
        self._noise += bytes(self._pending[:length]).translate(None, b" \t\r\n\0")
        self._take(length)

    def _quiet(self) -> Iterator[Garbled]:
        if self._noise:
            noise, self._noise = self._noise, b""
            yield Garbled(NOISE, noise)
