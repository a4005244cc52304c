"""A captured Modbus RTU line in words: what `nightbell decode` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from nursecall.wire.modbus_frames import EXCEPTION, REQUEST, Garbled, Reader

Facts = dict[str, object]

COILS, INPUTS, HOLDING_REGISTERS, INPUT_REGISTERS = 1, 2, 3, 4
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16


def decode_modbus(chunks: Iterable[bytes]) -> Iterator[Facts]:
    """What the bytes of a Modbus RTU line mean, both directions mixed: one JSON-ready dict for each frame.

    `event` is `request`, `response`, `exception` or `garbled`; the other keys are the standard's names, numbers as
    integers, inputs and coils as a list of 0 and 1 in their order, filled up to whole bytes. `crc` is in hexadecimal as
    on the wire. Who writes one value is answered by the same bytes: the second of two such frames is the response.
    """
    reader, words = Reader(_lengths), _Words()
    for chunk in chunks:
        yield from map(words.of, reader.feed(chunk))
    yield from map(words.of, reader.flush())


def _lengths(head: bytes) -> Sequence[int] | None:
    if len(head) < 3:
        return None
    address, function, third = head[:3]
    if address > 247:
        return ()
    if function & EXCEPTION:
        return (5,) if function & ~EXCEPTION in _FUNCTIONS else ()
    if function in (COILS, INPUTS, HOLDING_REGISTERS, INPUT_REGISTERS):
        return sorted({5 + third, REQUEST}) if third else (REQUEST,)
    if function in (WRITE_COIL, WRITE_REGISTER):
        return (REQUEST,)
    if function in (WRITE_COILS, WRITE_REGISTERS):
        return (REQUEST, 9 + head[6]) if len(head) > 6 else None
    return ()


class _Words:
    """Remembers the last frame: a request that is answered by its like tells which of the two this is."""

    def __init__(self) -> None:
        self._asked: tuple[int, int] | None = None

    def of(self, found: bytes | Garbled) -> Facts:
        """One frame or piece of noise."""
        if isinstance(found, Garbled):
            return {"event": "garbled", "why": "no frame with a right CRC", "bytes": found.data.hex()}
        address, function = found[:2]
        facts: Facts = {"slave_address": address, "function_code": function}
        crc = {"crc": found[-2:].hex()}
        if function & EXCEPTION:
            self._asked = None
            return {"event": "exception", **facts, "exception_code": found[2], **crc}
        answers = self._asked == (address, function) and _may_be_response(found)
        self._asked = None if answers else (address, function)
        if not answers and not _may_be_request(found):
            answers, self._asked = True, None
        said = (_RESPONSES if answers else _REQUESTS)[function](found)
        return {"event": "response" if answers else "request", **facts, **said, **crc}


def _may_be_request(frame: bytes) -> bool:
    return len(frame) == (9 + frame[6] if frame[1] in (WRITE_COILS, WRITE_REGISTERS) else REQUEST)


def _may_be_response(frame: bytes) -> bool:
    reads = frame[1] in (COILS, INPUTS, HOLDING_REGISTERS, INPUT_REGISTERS)
    return len(frame) == (5 + frame[2] if reads else REQUEST)


def _number(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big")


def _bits(data: bytes) -> list[int]:
    return [byte >> bit & 1 for byte in data for bit in range(8)]


def _registers(data: bytes) -> list[int]:
    return [_number(data, at) for at in range(0, len(data) - 1, 2)]


def _range(frame: bytes) -> Facts:
    return {"starting_address": _number(frame, 2), "quantity": _number(frame, 4)}


def _answer(name: str, read: Callable[[bytes], list[int]]) -> Callable[[bytes], Facts]:
    return lambda frame: {"byte_count": frame[2], name: read(frame[3:-2])}


def _one(name: str) -> Callable[[bytes], Facts]:
    return lambda frame: {f"{name}_address": _number(frame, 2), f"{name}_value": _number(frame, 4)}


def _several(name: str, read: Callable[[bytes], list[int]]) -> Callable[[bytes], Facts]:
    return lambda frame: {**_range(frame), "byte_count": frame[6], name: read(frame[7:-2])}


_REQUESTS: dict[int, Callable[[bytes], Facts]] = {
    COILS: _range,
    INPUTS: _range,
    HOLDING_REGISTERS: _range,
    INPUT_REGISTERS: _range,
    WRITE_COIL: _one("output"),
    WRITE_REGISTER: _one("register"),
    WRITE_COILS: _several("outputs_value", _bits),
    WRITE_REGISTERS: _several("registers_value", _registers),
}
_RESPONSES: dict[int, Callable[[bytes], Facts]] = {
    COILS: _answer("coil_status", _bits),
    INPUTS: _answer("input_status", _bits),
    HOLDING_REGISTERS: _answer("register_value", _registers),
    INPUT_REGISTERS: _answer("input_registers", _registers),
    WRITE_COIL: _one("output"),
    WRITE_REGISTER: _one("register"),
    WRITE_COILS: _range,
    WRITE_REGISTERS: _range,
}
_FUNCTIONS = frozenset(_REQUESTS)
