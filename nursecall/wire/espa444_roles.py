"""The two roles on an ESPA 4.4.4 line, without I/O: bytes and time in, events and bytes out.

A *control* station polls: `EOT <address> ENQ`; the polled *station* answers `EOT`, or selects a receiver by
`<address> ENQ`. To send, the control station polls itself: `EOT <own> ENQ <peer> ENQ`. The selected side answers `ACK`,
the block follows, `ACK` or `<digit> NAK` answers it, `EOT` ends it. Hospital lines join two ends only, so a whole good
block is taken, and acknowledged, also when noise hid the selection before it; only not after another was selected.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum

from nursecall.wire.espa444_blocks import (
    ACK,
    ENQ,
    EOT,
    INVALID,
    NAK,
    TRANSMISSION_FAULT,
    WRONG_CHECK,
    Block,
    Garbled,
    Message,
)
from nursecall.wire.espa444_reader import SILENCE, Ack, Enq, Eot, Nak, Reader, Word
from nursecall.wire.espa444_receipts import Receipts

ANSWER = 1.0
"""Seconds a poll, a selection or a block waits for its answer; the time on the wire comes on top."""

BEGIN = 2.0
"""Seconds in which a selection that we acknowledged is followed by its block."""

DEAD_AIR = 10.0
"""Seconds without valid traffic after which whatever was going on is over."""

ATTEMPTS = 2
"""How often a block is sent before EOT; it is tried again in a later turn."""


@dataclass(frozen=True)
class Delivered:
    """The other side acknowledged what `send` returned this `ticket` for."""

    ticket: int


@dataclass(frozen=True)
class Refused:
    """The other side says that the block of this `ticket` is invalid: it is not sent again."""

    ticket: int


Event = Message | Garbled | Delivered | Refused


class Turn(Enum):
    """What we are in the middle of."""

    IDLE = "nothing"
    POLLED = "we polled and wait for the answer"
    SELECTING = "we selected the receiver and wait for its ACK"
    SENDING = "our block is out and waits for its ACK"
    RECEIVING = "we are selected and wait for the block"
    RECEIVED = "we acknowledged a block; more may follow"
    ELSEWHERE = "another was selected: the block is not ours"


class Party:
    """What both roles share. Seconds are of one steady clock.

    own, peer: addresses, one digit each. encoding: of text; None to guess it. seven_bit: drop parity bits.
    byte_time: seconds a byte takes on the wire.
    """

    def __init__(
        self,
        own: str,
        peer: str,
        *,
        encoding: str | None = None,
        seven_bit: bool = False,
        byte_time: float = 11 / 9600,
    ) -> None:
        self.own = own
        self.peer = peer
        self.heard_at = -math.inf
        """When the other side last said something valid."""
        self._encoding = encoding
        self._seven_bit = seven_bit
        self._byte_time = byte_time
        self._reader = Reader(seven_bit=seven_bit)
        self._receipts = Receipts()
        self._out = bytearray()
        self._happened: list[Event] = []
        self._turn = Turn.IDLE
        self._until = math.inf
        self._began = 0.0
        self._silent_at = math.inf
        self._polling: str | None = None
        self._queue: deque[tuple[int, bytes]] = deque()
        self._attempts = 0
        self._tickets = 0

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        soonest = min(self._until, self._silent_at)
        return None if soonest == math.inf else soonest

    @property
    def pending(self) -> int:
        """How many blocks wait to be sent."""
        return len(self._queue)

    def begin(self, now: float) -> None:
        """The line can be used."""

    def lost(self, now: float) -> None:
        """The line broke: forget what was going on, keep what waits to be sent."""
        self._reader = Reader(seven_bit=self._seven_bit)
        self._silent_at = math.inf
        self._out.clear()
        self._receipts.line_lost()
        self._polling = None
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
            if self._turn is Turn.RECEIVING:
                self._ask_again(now)
        if now >= self._until:
            self._overdue(now)
        return self._told()

    def outgoing(self) -> bytes:
        """What to put on the wire now; each byte is given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def send(self, block: bytes, now: float) -> int:
        """Queue `block`; returns a ticket, which `Delivered` or `Refused` will name."""
        self._tickets += 1
        self._queue.append((self._tickets, block))
        return self._tickets

    def cancel(self, ticket: int) -> bool:
        """Give up sending; False when it is under way, delivered or unknown."""
        under_way = self._turn is Turn.SENDING and self._queue and self._queue[0][0] == ticket
        kept = [entry for entry in self._queue if entry[0] != ticket]
        if under_way or len(kept) == len(self._queue):
            return False
        self._queue = deque(kept)
        return True

    def _told(self) -> list[Event]:
        happened, self._happened = self._happened, []
        return happened

    def _say(self, *pieces: bytes) -> None:
        self._out += b"".join(pieces)

    def _enter(self, turn: Turn, until: float) -> None:
        self._turn, self._until = turn, until

    def _take(self, word: Word, now: float) -> None:
        match word:
            case Garbled():
                self._garbled(word, now)
            case Block():
                self._block(word, now)
            case Enq():
                self._receipts.went_on(now)
                self._enq(word.address, now)
            case Eot():
                self._receipts.went_on(now)
                self._polling = None
                self._eot(now)
            case Ack():
                self._ack(now)
            case Nak():
                self._nak(word, now)

    def _garbled(self, garbled: Garbled, now: float) -> None:
        self._happened.append(garbled)
        if garbled.why == WRONG_CHECK and self._turn not in (Turn.ELSEWHERE, Turn.SELECTING, Turn.SENDING):
            self._ask_again(now)

    def _ask_again(self, now: float) -> None:
        self._say(b"%d" % TRANSMISSION_FAULT, NAK)
        if self._turn is Turn.RECEIVING:
            self._until = now + BEGIN

    def _block(self, block: Block, now: float) -> None:
        self.heard_at = now
        if self._turn is Turn.ELSEWHERE:
            return
        message = block.message(self._encoding)
        if isinstance(message, Garbled):
            self._happened.append(message)
            self._say(b"%d" % INVALID, NAK)
            return
        # Status and the like are acknowledged too, as the field does: a NAK would only make the host repeat them.
        self._say(ACK)
        if self._receipts.is_new(block.raw, now):
            self._happened.append(message)
        if self._turn not in (Turn.SELECTING, Turn.SENDING):
            self._received(now)

    def _selected(self, now: float) -> None:
        self.heard_at = self._began = now
        self._polling = None
        self._say(ACK)
        self._enter(Turn.RECEIVING, now + BEGIN)

    def _elsewhere(self, now: float) -> None:
        self._began = now
        self._polling = None
        self._enter(Turn.ELSEWHERE, now + BEGIN)

    def _select(self, now: float, *before: bytes) -> None:
        self._attempts = 0
        self._say(*before, self.peer.encode(), ENQ)
        self._enter(Turn.SELECTING, now + ANSWER)

    def _send_block(self, now: float) -> None:
        block = self._queue[0][1]
        self._attempts += 1
        self._say(block)
        self._enter(Turn.SENDING, now + ANSWER + len(block) * self._byte_time)

    def _ack(self, now: float) -> None:
        if self._turn is Turn.SELECTING and self._queue:
            self.heard_at = now
            self._send_block(now)
        elif self._turn is Turn.SENDING:
            self.heard_at = now
            self._happened.append(Delivered(self._queue.popleft()[0]))
            self._end_turn(now, failed=False)

    def _nak(self, nak: Nak, now: float) -> None:
        if self._turn is Turn.SELECTING:
            self.heard_at = now
            self._end_turn(now, failed=True)
        elif self._turn is Turn.SENDING:
            self.heard_at = now
            if nak.reason == INVALID:
                self._happened.append(Refused(self._queue.popleft()[0]))
                self._end_turn(now, failed=False)
            else:
                self._again(now)

    def _again(self, now: float) -> None:
        if self._attempts < ATTEMPTS:
            self._send_block(now)
        else:
            self._end_turn(now, failed=True)

    def _overdue(self, now: float) -> None:
        match self._turn:
            case Turn.RECEIVING | Turn.ELSEWHERE if self._reader.in_block and now < self._began + DEAD_AIR:
                self._until = now + SILENCE
            case Turn.SENDING:
                self._again(now)
            case _:
                self._end_turn(now, failed=True)

    def _received(self, now: float) -> None:
        raise NotImplementedError

    def _enq(self, address: str, now: float) -> None:
        raise NotImplementedError

    def _eot(self, now: float) -> None:
        raise NotImplementedError

    def _end_turn(self, now: float, *, failed: bool) -> None:
        raise NotImplementedError


class Station(Party):
    """We are polled."""

    def _enq(self, address: str, now: float) -> None:
        if address == self.own:
            if self._polling is None:
                self._polled(now)
            else:
                self._selected(now)
        elif self._polling is None:
            # Either another's poll, or the control station polling itself to send.
            self._polling = address
            self._enter(Turn.IDLE, math.inf)
            if address == self.peer:
                self.heard_at = now
        else:
            self._elsewhere(now)

    def _polled(self, now: float) -> None:
        self.heard_at = now
        if self._queue:
            self._select(now)
        else:
            self._say(EOT)
            self._enter(Turn.IDLE, math.inf)

    def _eot(self, now: float) -> None:
        self._enter(Turn.IDLE, math.inf)

    def _received(self, now: float) -> None:
        self._enter(Turn.IDLE, math.inf)

    def _end_turn(self, now: float, *, failed: bool) -> None:
        if self._turn in (Turn.SELECTING, Turn.SENDING):
            self._say(EOT)
        self._enter(Turn.IDLE, math.inf)


MORE = 0.3
"""Seconds the control station leaves the sender for a further block or its own EOT."""


class Control(Party):
    """We poll.

    interval: seconds between an answered poll and the next. skip: the longest pause, in seconds, that a station which
    does not answer is left alone; each unanswered poll doubles the pause.
    """

    def __init__(
        self,
        own: str,
        peer: str,
        *,
        encoding: str | None = None,
        seven_bit: bool = False,
        byte_time: float = 11 / 9600,
        interval: float = 0.25,
        skip: float = 5.0,
    ) -> None:
        super().__init__(own, peer, encoding=encoding, seven_bit=seven_bit, byte_time=byte_time)
        self._interval = interval
        self._skip = skip
        self._unanswered = 0
        self._polled_at = -math.inf
        self._poll_first = False

    def begin(self, now: float) -> None:
        self._unanswered = 0
        self._enter(Turn.IDLE, now)

    def send(self, block: bytes, now: float) -> int:
        if self._turn is Turn.IDLE and not self._unanswered and self._until != math.inf:
            self._until = min(self._until, now)
        return super().send(block, now)

    def _overdue(self, now: float) -> None:
        if self._turn is not Turn.IDLE:
            super()._overdue(now)
        elif self._queue and not self._poll_first:
            self._poll_first = True
            self._select(now, EOT, self.own.encode(), ENQ)
        else:
            self._poll_first = False
            self._polled_at = now
            self._say(EOT, self.peer.encode(), ENQ)
            self._enter(Turn.POLLED, now + ANSWER)

    def _enq(self, address: str, now: float) -> None:
        answers = self._turn in (Turn.POLLED, Turn.IDLE) and now - self._polled_at <= ANSWER
        if address == self.own and (answers or self._polling is not None):
            self._unanswered = 0
            self._selected(now)
        elif address == self.own and self._turn is Turn.IDLE:
            # Another control station polls us; answering keeps a line of two masters alive.
            self._say(EOT)
        elif address == self.peer:
            self._polling = address
        elif self._turn is Turn.POLLED:
            self._elsewhere(now)

    def _eot(self, now: float) -> None:
        match self._turn:
            case Turn.POLLED:
                self.heard_at = now
                self._unanswered = 0
                self._enter(Turn.IDLE, now if self._queue else now + self._interval)
            case Turn.RECEIVED | Turn.ELSEWHERE:
                self._enter(Turn.IDLE, now)
            case Turn.SELECTING:
                self._end_turn(now, failed=True)
            # In any other turn EOT is noise, and what we wait for is still to come.

    def _received(self, now: float) -> None:
        self._enter(Turn.RECEIVED, now + MORE)

    def _end_turn(self, now: float, *, failed: bool) -> None:
        if self._turn is Turn.RECEIVED or not failed:
            self._unanswered = 0
            self._enter(Turn.IDLE, now)
            self._say(*(() if failed else (EOT,)))
            return
        self._unanswered += 1
        pause = min(self._interval * 2.0 ** min(self._unanswered - 1, 16), self._skip)
        self._say(EOT)
        self._enter(Turn.IDLE, now + pause)
