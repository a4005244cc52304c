"""Bytes and time of an ESPA 4.4.4 party: words in, bytes out, one deadline."""

from __future__ import annotations

import math

from nursecall.wire.espa444_reader import SILENCE, Reader, Word
from nursecall.wire.espa444_turns import Event, Turn


class Wire:
    """What has no meaning yet. Seconds are of one steady clock.

    encoding: of text; None to guess it. seven_bit: drop parity bits. byte_time: seconds a byte takes on the wire.
    """

    def __init__(self, *, encoding: str | None, seven_bit: bool, byte_time: float) -> None:
        self.heard_at = -math.inf
        """When the other side last said something valid."""
        self._encoding = encoding
        self._seven_bit = seven_bit
        self._byte_time = byte_time
        self._reader = Reader(seven_bit=seven_bit)
        self._out = bytearray()
        self._happened: list[Event] = []
        self._turn = Turn.IDLE
        self._until = math.inf
        self._silent_at = math.inf

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        soonest = min(self._until, self._silent_at)
        return None if soonest == math.inf else soonest

    def begin(self, now: float) -> None:
        """The line can be used."""

    def lost(self, now: float) -> None:
        """The line broke: forget what was going on, keep what waits to be sent."""
        self._reader = Reader(seven_bit=self._seven_bit)
        self._silent_at = math.inf
        self._out.clear()
        self._enter(Turn.IDLE, math.inf)

    def feed(self, data: bytes, now: float) -> list[Event]:
        """Bytes came; returns what they mean."""
        for word in self._reader.feed(data):
            self._take(word, now)
        self._silent_at = now + SILENCE if self._reader.waiting else math.inf
        return self._told()

    def tick(self, now: float) -> list[Event]:
        """Time passed; returns what that means."""
        if now >= self._silent_at:
            self._silent_at = math.inf
            for word in self._reader.flush():
                self._take(word, now)
            self._fell_silent(now)
        if now >= self._until:
            self._overdue(now)
        return self._told()

    def outgoing(self) -> bytes:
        """What to put on the wire now; each byte is given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def _told(self) -> list[Event]:
        happened, self._happened = self._happened, []
        return happened

    def _say(self, *pieces: bytes) -> None:
        self._out += b"".join(pieces)

    def _enter(self, turn: Turn, until: float) -> None:
        self._turn, self._until = turn, until

    def _take(self, word: Word, now: float) -> None:
        raise NotImplementedError

    def _fell_silent(self, now: float) -> None:
        """What had begun was cut short."""
        raise NotImplementedError

    def _overdue(self, now: float) -> None:
        """The turn took too long."""
        raise NotImplementedError
