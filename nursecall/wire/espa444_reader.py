"""ESPA 4.4.4 bytes into words: whatever comes, no exception, no growth, and the next good block is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nursecall.wire.espa444_blocks import CUT_SHORT, NOISE, TOO_LONG, WRONG_CHECK, Block, Garbled, bcc

LONGEST = 640
"""Bytes of a block. The standard's longest is below 200; two or four bytes a character and strange hosts want more."""

SILENCE = 1.0
"""Seconds between two characters of one block, after which the rest is not coming."""

PIECE = 1024
"""Bytes looked at in one go: what is left over is copied for each word found."""

NOISE_PIECE = 256
"""Noise is told in pieces of at most so many bytes."""


@dataclass(frozen=True)
class Enq:
    """`<address> ENQ`: a poll; right after another one, a selection."""

    address: str


@dataclass(frozen=True)
class Ack:
    """Yes."""


@dataclass(frozen=True)
class Nak:
    """No. reason: 1 transmission, 2 busy, 3 invalid; None when the sender gave no digit."""

    reason: int | None


@dataclass(frozen=True)
class Eot:
    """Nothing to say, or the end of what was said."""


Word = Enq | Ack | Nak | Eot | Block | Garbled

# A digit at the very end may be the address of an ENQ that is still to come.
_BEGINNING = re.compile(rb"[\x01\x04\x06\x15]|[0-9](?=[\x05\x15])|[0-9]\Z")
_TERMINATOR = re.compile(rb"[\x01\x03\x04\x05]")
_SEVEN_BITS = bytes(code & 0x7F for code in range(256))
_SOH, _ETX, _EOT, _ENQ, _ACK, _NAK = 0x01, 0x03, 0x04, 0x05, 0x06, 0x15


class Reader:
    """Feed it bytes as they come; however they are chopped, it finds the same words.

    seven_bit: take the eighth bit of each byte for parity and drop it.
    """

    def __init__(self, *, seven_bit: bool = False) -> None:
        self._seven_bit = seven_bit
        self._pending = b""
        self._noise = b""
        self._told = False  # the first pending byte was already told, as the wrong check of a block

    @property
    def waiting(self) -> bool:
        """Whether something has begun and not ended: after `SILENCE`, `flush`."""
        return bool(self._pending or self._noise)

    @property
    def in_block(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._pending[:1] == b"\x01"

    def feed(self, data: bytes) -> list[Word]:
        """The words that `data` completes."""
        if self._seven_bit:
            data = data.translate(_SEVEN_BITS)
        return [word for at in range(0, len(data), PIECE) for word in self._words(data[at : at + PIECE])]

    def flush(self) -> list[Word]:
        """Nothing more comes: what has begun was cut short."""
        if not self.in_block:
            self._skip(len(self._pending))
            return list(self._quiet())
        cut, self._pending = self._pending, b""
        self._told = False
        return [*self._quiet(), Garbled(CUT_SHORT, cut, in_block=True)]

    def _words(self, data: bytes) -> Iterator[Word]:
        self._pending += data
        left = None
        while self._pending and left != (len(self._pending), self._told):
            left = len(self._pending), self._told
            yield from self._step()

    def _step(self) -> Iterator[Word]:
        if self._pending[0] == _SOH:
            yield from self._block()
            return
        beginning = _BEGINNING.search(self._pending)
        self._skip(beginning.start() if beginning else len(self._pending))
        while len(self._noise) >= NOISE_PIECE:
            piece, self._noise = self._noise[:NOISE_PIECE], self._noise[NOISE_PIECE:]
            yield Garbled(NOISE, piece)
        if self._pending and self._pending[0] != _SOH:
            yield from self._short_word()

    def _short_word(self) -> Iterator[Word]:
        first, follows = self._pending[0], self._pending[1:2]
        word: Word
        if first == _EOT:
            word = Eot()
        elif first == _ACK:
            word = Ack()
        elif first == _NAK:
            word = Nak(None)
        elif not follows:
            return
        else:
            word = Enq(chr(first)) if follows[0] == _ENQ else Nak(first - 0x30)
        yield from self._quiet()
        self._take(2 if follows and isinstance(word, Enq | Nak) and first != _NAK else 1)
        yield word

    def _block(self) -> Iterator[Word]:
        if not re.match(rb"\x01(\Z|[0-9](\Z|\x02))", self._pending):
            self._skip(1)
            return
        end = _TERMINATOR.search(self._pending, 3, LONGEST)
        if end is None:
            if len(self._pending) >= LONGEST:
                yield from self._garbled(TOO_LONG, LONGEST)
        elif end[0] != b"\x03":
            yield from self._garbled(CUT_SHORT, self._end_of_cut(end.start()))
        elif len(self._pending) > end.end():
            yield from self._whole(end.end())

    def _end_of_cut(self, at: int) -> int:
        # The address of an ENQ is not part of the block it interrupts.
        is_poll = self._pending[at] == _ENQ and at > 3 and self._pending[at - 1 : at].isdigit()
        return at - 1 if is_poll else at

    def _whole(self, check_at: int) -> Iterator[Word]:
        raw = self._pending[: check_at + 1]
        if bcc(raw[1:-1]) == raw[-1]:
            yield from self._quiet()
            self._take(len(raw))
            yield Block(raw[1] - 0x30, raw)
            return
        # What stands where the check should be may begin the next good block or poll: read it once more.
        again = raw[-1] == _SOH or raw[-1:].isdigit()
        yield from self._quiet()
        self._take(check_at if again else check_at + 1)
        self._told = again
        yield Garbled(WRONG_CHECK, raw, in_block=True)

    def _garbled(self, why: str, length: int) -> Iterator[Word]:
        data = self._pending[:length]
        yield from self._quiet()
        self._take(length)
        yield Garbled(why, data, in_block=True)

    def _take(self, length: int) -> None:
        self._pending = self._pending[length:]
        self._told = False

    def _skip(self, length: int) -> None:
        if length:
            # Hosts that end each message with a new line are not noisy.
            self._noise += self._pending[1 if self._told else 0 : length].translate(None, b"\r\n")
            self._take(length)

    def _quiet(self) -> Iterator[Word]:
        if self._noise:
            noise, self._noise = self._noise, b""
            yield Garbled(NOISE, noise)
