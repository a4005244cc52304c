"""MLLP, the envelope of HL7 v2 on TCP: `0B` message `1C 0D`, however chopped; what is no message is named.

In the field the last `0D` is missing or a line feed follows, so a message is whole at its `1C`. Neither `0B` nor `1C`
can be part of a message in any of the character sets that occur (the second bytes of GBK begin at 40).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

START, END = b"\x0b", b"\x1c"
LARGEST = 1024 * 1024
"""Bytes of one message; an admission has a few hundred."""

HEAD = 4096
"""So much of what is no whole message is told: enough to know whose it is."""

_MARK = re.compile(rb"[\x0b\x1c]")
_BLANK = b"\r\n\0 "


@dataclass(frozen=True)
class Block:
    """One whole message."""

    data: bytes


@dataclass(frozen=True)
class TooLarge:
    """A whole message of `size` bytes, more than we take; `data` is its beginning."""

    data: bytes
    size: int


@dataclass(frozen=True)
class Garbage:
    """What is no message: `cut` began and never ended, else it stood outside. `data` is its beginning."""

    data: bytes
    size: int
    cut: bool


Event = Block | TooLarge | Garbage


def envelope(message: bytes) -> bytes:
    """`message` as it goes over the wire."""
    return START + message + END + b"\r"


class Deframer:
    """Bytes to messages. largest: bytes that one message may have."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._kept = bytearray()
        self._size, self._inside, self._blank = 0, False, True

    @property
    def inside(self) -> bool:
        """A message has begun and is not over."""
        return self._inside

    @property
    def noise(self) -> int:
        """Bytes since the last message that belong to none."""
        return 0 if self._inside or self._blank else self._size

    def feed(self, data: bytes) -> Iterator[Event]:
        """What `data` completes. Never raises."""
        while data:
            mark = _MARK.search(data) if self._inside else re.search(START, data)
            self._keep(data[: mark.start()] if mark else data)
            if mark is None:
                return
            data = data[mark.end() :]
            if mark[0] == END:
                yield self._whole()
            else:
                yield from self._no_message()
                self._begin(inside=True)

    def end(self) -> Iterator[Event]:
        """The connection is over: what had begun will not come."""
        yield from self._no_message()
        self._begin(inside=False)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        self._kept += data[: (self._largest if self._inside else HEAD) - len(self._kept)]
        self._blank = self._blank and not data.strip(_BLANK)

    def _whole(self) -> Block | TooLarge:
        kept, size = bytes(self._kept), self._size
        self._begin(inside=False)
        return Block(kept) if size <= self._largest else TooLarge(kept[:HEAD], size)

    def _no_message(self) -> Iterator[Garbage]:
        if self._inside or not self._blank:
            yield Garbage(bytes(self._kept[:HEAD]), self._size, cut=self._inside)

    def _begin(self, *, inside: bool) -> None:
        self._kept.clear()
        self._size, self._inside, self._blank = 0, inside, not inside
