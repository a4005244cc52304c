"""Sending half of an ESPA 4.4.4 party: a block, its ACK or NAK, and when it is said again."""

from __future__ import annotations

from dataclasses import replace

from nursecall.wire.espa444_blocks import BUSY, ENQ, INVALID, Message, status_of
from nursecall.wire.espa444_outbox import Entry, Outbox
from nursecall.wire.espa444_reader import Nak
from nursecall.wire.espa444_turns import ANSWER, ATTEMPTS, LATER, Delivered, Refused, Turn
from nursecall.wire.espa444_wire import Wire


class Sending(Wire):
    """What waits to be sent, and the one block that is being sent. peer: who gets it where nobody else is named."""

    def __init__(self, peer: str, *, encoding: str | None, seven_bit: bool, byte_time: float) -> None:
        super().__init__(encoding=encoding, seven_bit=seven_bit, byte_time=byte_time)
        self.peer = peer
        self._outbox = Outbox()
        self._entry: Entry | None = None
        self._attempts = 0

    @property
    def pending(self) -> int:
        """How many blocks wait to be sent."""
        return len(self._outbox)

    def lost(self, now: float) -> None:
        super().lost(now)
        self._entry = None

    def send(self, block: bytes, now: float) -> int:
        """Queue `block` for `peer`; returns a ticket, which `Delivered` or `Refused` will name."""
        return self._queued(self._outbox.add(block, self.peer), now)

    def status(self, about: Message, code: int, now: float) -> int:
        """Tell who sent the call `about`, or asked for its status, what became of it; returns a ticket as `send` does.

        code: a value of record 7, such as `ACKNOWLEDGED`. The records of `about` that identify the call are repeated.
        """
        said = status_of(about, code)
        block = said.encode(self._encoding or "ascii")
        return self._queued(self._outbox.add_status(block, about.source or self.peer, replace(said, status=None)), now)

    def cancel(self, ticket: int) -> bool:
        """Give up sending; False when it is under way, delivered or unknown."""
        under_way = self._turn is Turn.SENDING and self._entry is not None and self._entry.ticket == ticket
        return not under_way and self._outbox.cancel(ticket)

    def _queued(self, ticket: int, now: float) -> int:
        return ticket

    def _select(self, entry: Entry, now: float, *before: bytes) -> None:
        self._entry, self._attempts = entry, 0
        self._say(*before, entry.to.encode(), ENQ)
        self._enter(Turn.SELECTING, now + ANSWER)

    def _send_block(self, entry: Entry, now: float) -> None:
        self._attempts += 1
        self._say(entry.block)
        self._enter(Turn.SENDING, now + ANSWER + len(entry.block) * self._byte_time)

    def _ack(self, now: float) -> None:
        entry = self._entry
        if entry is None or self._turn not in (Turn.SELECTING, Turn.SENDING):
            return
        self.heard_at = now
        if self._turn is Turn.SENDING:
            self._outbox.remove(entry)
            self._happened.append(Delivered(entry.ticket))
            self._end_turn(now, failed=False)
        elif entry in self._outbox:
            self._send_block(entry, now)
        else:
            self._end_turn(now, failed=False)  # It was given up meanwhile.

    def _nak(self, nak: Nak, now: float) -> None:
        entry = self._entry
        if entry is None or self._turn not in (Turn.SELECTING, Turn.SENDING):
            return
        self.heard_at = now
        if self._turn is Turn.SELECTING or nak.reason == BUSY:
            self._outbox.hold(entry.to, now + LATER)
            self._end_turn(now, failed=False)
        elif nak.reason == INVALID:
            self._outbox.remove(entry)
            self._happened.append(Refused(entry.ticket))
            self._end_turn(now, failed=False)
        else:
            self._again(entry, now)

    def _again(self, entry: Entry, now: float) -> None:
        if self._attempts < ATTEMPTS:
            self._send_block(entry, now)
        else:
            self._end_turn(now, failed=True)

    def _end_turn(self, now: float, *, failed: bool) -> None:
        if failed:
            self._in_vain()
        self._turn_over(now, failed=failed)

    def _in_vain(self) -> None:
        """What we wanted to send in this turn was not taken."""
        entry, self._entry = self._entry, None
        if entry is not None and self._turn in (Turn.SELECTING, Turn.SENDING) and self._outbox.failed(entry):
            self._happened.append(Refused(entry.ticket))

    def _turn_over(self, now: float, *, failed: bool) -> None:
        raise NotImplementedError
