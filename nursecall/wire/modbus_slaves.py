"""The far end of a simulated Modbus RTU line: every input module on it, without I/O."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nursecall.wire.modbus_contacts import Unit
from nursecall.wire.modbus_frames import (
    ILLEGAL_DATA_ADDRESS,
    ILLEGAL_DATA_VALUE,
    ILLEGAL_FUNCTION,
    MOST_INPUTS,
    READ_DISCRETE_INPUTS,
    Garbled,
    Reader,
    exception,
    read_answer,
    requests,
)


class Slaves:
    """Answer for `units`, all contacts at rest to begin with. No timing of their own: they answer at once."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.heard_at = -math.inf
        """When the master last asked one of these units."""
        self._closed = {
            unit.address: {n: n in unit.rest for n in range(unit.first, unit.first + unit.count)} for unit in units
        }
        self._reader = Reader(requests)
        self._reads = dict.fromkeys(self._closed, 0)
        self._dead: set[int] = set()
        self._to_spoil = 0
        self._out = b""

    def set_contact(self, address: int, input: int, closed: bool) -> None:
        """Close or open a contact. Raises KeyError when there is no such unit or input."""
        if input not in self._closed[address]:
            raise KeyError(input)
        self._closed[address][input] = closed

    def reads(self, address: int) -> int:
        """How often a unit was asked, and answered. Raises KeyError."""
        return self._reads[address]

    def dead(self, address: int, *, is_dead: bool = True) -> None:
        """Let a unit fall silent, or answer again. Raises KeyError."""
        if address not in self._closed:
            raise KeyError(address)
        (self._dead.add if is_dead else self._dead.discard)(address)

    def garble(self, answers: int) -> None:
        """Flip a bit in each of the next so many answers."""
        self._to_spoil = answers

    @property
    def deadline(self) -> None:
        """They wait for nothing but to be asked."""
        return

    def begin(self, now: float) -> None:
        """The line can be used."""

    def lost(self, now: float) -> None:
        """The line cannot be used any more."""
        self._reader.flush()
        self._out = b""

    def feed(self, data: bytes, now: float) -> list[Garbled]:
        """Bytes came."""
        found = self._reader.feed(data)
        for request in found:
            if isinstance(request, bytes) and request[0] in self._closed and request[0] not in self._dead:
                self.heard_at = now
                self._reads[request[0]] += 1
                self._out += self._spoilt(self._answer(request))
        return [one for one in found if isinstance(one, Garbled)]

    def tick(self, now: float) -> list[Garbled]:
        """Time passed."""
        return []

    def outgoing(self) -> bytes:
        """What to put on the wire now; each byte is given once."""
        data, self._out = self._out, b""
        return data

    def _answer(self, request: bytes) -> bytes:
        address, function = request[:2]
        first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        closed = self._closed[address]
        if function != READ_DISCRETE_INPUTS:
            return exception(address, function, ILLEGAL_FUNCTION)
        if not 1 <= count <= MOST_INPUTS:
            return exception(address, function, ILLEGAL_DATA_VALUE)
        if first not in closed or first + count - 1 not in closed:
            return exception(address, function, ILLEGAL_DATA_ADDRESS)
        return read_answer(address, [closed[number] for number in range(first, first + count)])

    def _spoilt(self, answer: bytes) -> bytes:
        if not self._to_spoil:
            return answer
        self._to_spoil -= 1
        return answer[:-1] + bytes([answer[-1] ^ 0x10])
