"""What both roles on an ESPA 4.4.4 line share, without I/O: receiving blocks and sending them.

A *control* station polls: `EOT <address> ENQ`; the polled *station* answers `EOT`, or selects a receiver by
`<address> ENQ`. To send, the control station polls itself: `EOT <own> ENQ <peer> ENQ`. The selected side answers `ACK`,
the block follows, `ACK` or `<digit> NAK` answers it, `EOT` ends it. Noise may hide a selection: a whole good block is
taken, and acknowledged, also without one; only not after another was selected.
"""

from __future__ import annotations

import math
from dataclasses import replace

from nursecall.wire.espa444_blocks import (
    ACK,
    BUSY,
    INVALID,
    NAK,
    TRANSMISSION_FAULT,
    WRONG_CHECK,
    Block,
    Garbled,
    StatusRequest,
)
from nursecall.wire.espa444_reader import SILENCE, Ack, Enq, Eot, Nak, Word
from nursecall.wire.espa444_receipts import Receipts
from nursecall.wire.espa444_sending import Sending
from nursecall.wire.espa444_turns import (
    BEGIN,
    DEAD_AIR,
    REMIND,
    Misaddressed,
    Turn,
)


class Party(Sending):
    """One of two roles.

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
        super().__init__(peer, encoding=encoding, seven_bit=seven_bit, byte_time=byte_time)
        self.own = own
        self.busy = False
        """Whether we refuse what is selected to be sent to us, for now."""
        self._receipts = Receipts()
        self._began = 0.0
        self._polling: str | None = None
        self._source = ""
        self._called_at = self._reminded_at = -math.inf

    def begin(self, now: float) -> None:
        self._called_at = now

    def lost(self, now: float) -> None:
        super().lost(now)
        self._receipts.line_lost(now)
        self._polling = None

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
                called, self._polling = self._polling, None
                self._eot(called, now)
            case Ack():
                self._ack(now)
            case Nak():
                self._nak(word, now)

    def _fell_silent(self, now: float) -> None:
        if self._turn is Turn.RECEIVING:
            self._ask_again(now)

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
        # Whoever asks twice wants an answer: a request said again is no call that would come twice.
        if self._receipts.is_new(block.raw, now) or isinstance(message, StatusRequest):
            self._happened.append(replace(message, source=self._source))
        if self._turn not in (Turn.SELECTING, Turn.SENDING):
            self._received(now)

    def _selected(self, by: str, now: float) -> None:
        self.heard_at = self._began = self._called_at = now
        self._polling, self._source = None, by
        if self.busy:
            self._say(b"%d" % BUSY, NAK)
            self._received(now)
            return
        self._say(ACK)
        self._enter(Turn.RECEIVING, now + BEGIN)

    def _elsewhere(self, address: str, now: float) -> None:
        self._called_another(address, now)
        self._began = now
        self._polling = None
        self._enter(Turn.ELSEWHERE, now + BEGIN)

    def _called_another(self, address: str, now: float) -> None:
        # On a line of several stations others are called too; what is wrong is that we never are.
        if now - self._called_at >= DEAD_AIR and now - self._reminded_at >= REMIND:
            self._reminded_at = now
            self._happened.append(Misaddressed(address))

    def _overdue(self, now: float) -> None:
        match self._turn:
            case Turn.RECEIVING | Turn.ELSEWHERE if self._reader.in_block and now < self._began + DEAD_AIR:
                self._until = now + SILENCE
            case Turn.SENDING if self._entry is not None:
                self._again(self._entry, now)
            case _:
                self._end_turn(now, failed=True)

    def _received(self, now: float) -> None:
        raise NotImplementedError

    def _enq(self, address: str, now: float) -> None:
        raise NotImplementedError

    def _eot(self, called: str | None, now: float) -> None:
        """EOT. called: the address that was polled and neither answered nor selected anybody."""
        raise NotImplementedError
