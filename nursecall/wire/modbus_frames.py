"""Modbus RTU frames: `address function data CRC`, and finding them again among noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

READ_DISCRETE_INPUTS = 0x02
EXCEPTION = 0x80
"""Set in the function code of an answer that is none."""

ILLEGAL_FUNCTION, ILLEGAL_DATA_ADDRESS, ILLEGAL_DATA_VALUE = 1, 2, 3
"""Exception codes."""

MOST_INPUTS = 2000
"""Inputs of one answer."""

REQUEST = 8
"""Bytes of a request to read, its CRC with them."""

HEAD = 7
"""Bytes from which the length of any frame can be told."""

NOISE_PIECE = 256
"""Noise is told in pieces of at most so many bytes."""

PIECE = 1024
"""Bytes looked at in one go: what is left over is copied once for each."""


def _table() -> Iterator[int]:
    for code in range(256):
        for _ in range(8):
            code = code >> 1 ^ (0xA001 if code & 1 else 0)
        yield code


_TABLE = tuple(_table())


def crc(data: bytes) -> int:
    """The check of `data`: 0..65535, low byte first on the wire. Of a whole frame, its CRC with it: 0."""
    check = 0xFFFF
    for byte in data:
        check = check >> 8 ^ _TABLE[(check ^ byte) & 0xFF]
    return check


def sealed(body: bytes) -> bytes:
    """`body`, from the address on, as a frame."""
    return body + crc(body).to_bytes(2, "little")


def bytes_for(inputs: int) -> int:
    """How many bytes so many inputs take in an answer."""
    return -(-inputs // 8)


def read_request(address: int, first: int, count: int) -> bytes:
    """Ask unit `address` for `count` discrete inputs from `first` on, counted from 0."""
    return sealed(
        bytes((address, READ_DISCRETE_INPUTS)) + first.to_bytes(2, "big") + count.to_bytes(2, "big"),
    )


def read_answer(address: int, closed: Sequence[bool]) -> bytes:
    """The answer to `read_request`; the first input is the lowest bit of the first byte."""
    bits = sum(1 << index for index, is_closed in enumerate(closed) if is_closed)
    size = bytes_for(len(closed))
    return sealed(bytes((address, READ_DISCRETE_INPUTS, size)) + bits.to_bytes(size, "little"))


def exception(address: int, function: int, code: int) -> bytes:
    """The answer that `function` cannot be done, and why."""
    return sealed(bytes((address, function | EXCEPTION, code)))


def inputs(answer: bytes, count: int) -> list[bool]:
    """What an answer says of `count` inputs."""
    bits = int.from_bytes(answer[3:-2], "little")
    return [bool(bits >> index & 1) for index in range(count)]


@dataclass(frozen=True)
class Garbled:
    """Bytes in which no frame with a right CRC was found."""

    data: bytes


Lengths = Callable[[bytes], Sequence[int] | None]
"""How long a frame can be whose first bytes, at most `HEAD`, are these: shortest first, empty when none begins so.
None when more bytes are needed to tell."""


def requests(head: bytes) -> Sequence[int] | None:
    """Lengths of requests: those to read, and those to write one value."""
    if len(head) < 2:
        return None
    return (REQUEST,) if 1 <= head[0] <= 247 and 1 <= head[1] <= 6 else ()


def answers(sizes: Mapping[int, int]) -> Lengths:
    """Lengths of answers to `read_request` by these units alone, and of our requests as an adapter echoes them.

    sizes: by a unit's address, how many bytes its inputs take. So little fits that noise rarely looks like a beginning.
    """

    def lengths(head: bytes) -> Sequence[int] | None:
        if len(head) < 3:
            return None
        address, function, third = head[:3]
        if address not in sizes:
            return ()
        if function == READ_DISCRETE_INPUTS | EXCEPTION:
            return (5,)
        if function != READ_DISCRETE_INPUTS:
            return ()
        return sorted({5 + third, REQUEST} if third == sizes[address] else {REQUEST})

    return lengths


class Reader:
    """Feed it bytes as they come; however they are chopped, it finds the same frames and the same noise."""

    def __init__(self, lengths: Lengths) -> None:
        self._lengths = lengths
        self._pending = b""
        self._noise = bytearray()

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        """Whole frames, CRC and all, that `data` completes, and the noise before them."""
        pieces = (data[at : at + PIECE] for at in range(0, len(data), PIECE))
        return [found for piece in pieces for found in self._found(piece, last=False)]

    def flush(self) -> list[bytes | Garbled]:
        """Nothing more comes: what has begun was cut short."""
        found = list(self._found(b"", last=True))
        if self._noise:
            found.append(self._garbled(len(self._noise)))
        return found

    def _found(self, data: bytes, *, last: bool) -> Iterator[bytes | Garbled]:
        pending, at = self._pending + data, 0
        while at < len(pending) and (length := self._length(pending, at, last)) is not None:
            if length:
                if self._noise:
                    yield self._garbled(len(self._noise))
                yield pending[at : at + length]
            else:
                self._noise.append(pending[at])
                if len(self._noise) == NOISE_PIECE:
                    yield self._garbled(NOISE_PIECE)
            at += length or 1
        self._pending = pending[at:]

    def _length(self, pending: bytes, at: int, last: bool) -> int | None:
        """Of the frame that begins here; 0 when none does, None when that cannot be told yet."""
        lengths = self._lengths(pending[at : at + HEAD])
        if lengths is None:
            return 0 if last else None
        for length in lengths:
            if at + length > len(pending):
                return 0 if last else None
            if not crc(pending[at : at + length]):
                return length
        return 0

    def _garbled(self, length: int) -> Garbled:
        noise = bytes(self._noise[:length])
        del self._noise[:length]
        return Garbled(noise)
