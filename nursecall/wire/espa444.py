"""ESPA 4.4.4 (1984), the wire between a nurse-call host and us: the whole of it, without I/O.

espa444_blocks    blocks and the events they mean
espa444_reader    bytes to words, whatever comes
espa444_receipts  the same block twice
espa444_outbox    what waits to be sent
espa444_turns     what a party can be in the middle of
espa444_wire      bytes and time of a party
espa444_party     what both roles share
espa444_station   `Station` is polled
espa444_control   `Control` polls
here              `Listener` reads along, both directions mixed
"""

from __future__ import annotations

from dataclasses import dataclass

from nursecall.wire.espa444_blocks import (
    RESET,
    STANDARD,
    Block,
    Call,
    Garbled,
    Message,
    Other,
    Reset,
    Status,
    StatusRequest,
    bcc,
    encode_block,
)
from nursecall.wire.espa444_control import Control
from nursecall.wire.espa444_party import Party
from nursecall.wire.espa444_reader import Ack, Enq, Eot, Nak, Reader, Word
from nursecall.wire.espa444_station import Station
from nursecall.wire.espa444_turns import Delivered, Event, Misaddressed, Refused, StationAlive, StationDead

__all__ = [
    "RESET",
    "STANDARD",
    "Ack",
    "Block",
    "Call",
    "Control",
    "Delivered",
    "Eot",
    "Event",
    "Garbled",
    "Heard",
    "Listener",
    "Message",
    "Misaddressed",
    "Nak",
    "Other",
    "Party",
    "Poll",
    "Refused",
    "Reset",
    "Select",
    "Station",
    "StationAlive",
    "StationDead",
    "Status",
    "StatusRequest",
    "bcc",
    "encode_block",
]


@dataclass(frozen=True)
class Poll:
    """The station at `address` is asked to speak."""

    address: str


@dataclass(frozen=True)
class Select:
    """The station at `address` is asked to listen."""

    address: str


Heard = Message | Garbled | Poll | Select | Ack | Nak | Eot


class Listener:
    """Reads along on a line, both directions mixed, and answers nothing.

    encoding: of text; None for what it most likely is. seven_bit: drop parity bits.
    """

    def __init__(self, *, encoding: str | None = None, seven_bit: bool = False) -> None:
        self._reader = Reader(seven_bit=seven_bit)
        self._encoding = encoding
        self._polled = False

    def feed(self, data: bytes) -> list[Heard]:
        """What `data` completes."""
        return [self._heard(word) for word in self._reader.feed(data)]

    def end(self) -> list[Heard]:
        """The capture ends here: what has begun was cut short."""
        return [self._heard(word) for word in self._reader.flush()]

    def _heard(self, word: Word) -> Heard:
        if isinstance(word, Enq):
            # An ENQ after an ENQ selects, whoever sent it.
            selects, self._polled = self._polled, not self._polled
            return Select(word.address) if selects else Poll(word.address)
        if not isinstance(word, Garbled):
            self._polled = False
        return word.message(self._encoding) if isinstance(word, Block) else word
