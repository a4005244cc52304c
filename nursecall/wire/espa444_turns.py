"""What an ESPA 4.4.4 party can be in the middle of, how long that may take, and what it tells besides messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nursecall.wire.espa444_blocks import Garbled, Message

ANSWER = 1.0
"""Seconds a poll, a selection or a block waits for its answer; the time on the wire comes on top."""

BEGIN = 2.0
"""Seconds in which a selection that we acknowledged is followed by its block."""

DEAD_AIR = 10.0
"""Seconds without valid traffic after which whatever was going on is over."""

ATTEMPTS = 2
"""How often a block is sent before EOT; it is tried again in a later turn."""

LATER = 2.0
"""Seconds a receiver that said it is busy is left alone."""

REMIND = 5.0
"""Seconds between two tellings of the same trouble."""


class Turn(Enum):
    """What we are in the middle of."""

    IDLE = "nothing"
    POLLED = "we polled and wait for the answer"
    SELECTING = "we selected the receiver and wait for its ACK"
    SENDING = "our block is out and waits for its ACK"
    RECEIVING = "we are selected and wait for the block"
    RECEIVED = "we acknowledged a block; more may follow"
    ELSEWHERE = "another was selected: the block is not ours"


@dataclass(frozen=True)
class Delivered:
    """The other side acknowledged what `send` returned this `ticket` for."""

    ticket: int


@dataclass(frozen=True)
class Refused:
    """The block of this ticket is not sent again: the other side says that it is invalid, or takes no statuses."""

    ticket: int


@dataclass(frozen=True)
class Misaddressed:
    """The other side calls `address` and has not called ours for a while. Told again as long as that goes on."""

    address: str


@dataclass(frozen=True)
class StationDead:
    """A station that we poll does not answer any more, or never did."""

    address: str


@dataclass(frozen=True)
class StationAlive:
    """A station that was dead answers."""

    address: str


Event = Message | Garbled | Delivered | Refused | Misaddressed | StationDead | StationAlive
"""All that a party tells."""
