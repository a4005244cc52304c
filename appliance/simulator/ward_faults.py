"""What goes wrong on a simulated host line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from appliance.foundation.clock import Clock, Timer
from appliance.simulator.control import Refused

STEP = timedelta(milliseconds=50)
"""Between two bursts of noise."""

BURST = 24
"""Bytes of a burst when a line is garbled: about half of what 9600 baud carry."""


STRANGER, OTHER_STRANGER = b"9\x05", b"8\x05"
"""How a host calls somebody who is not there."""


@dataclass(frozen=True)
class Block:
    """How a host's blocks look. begins: their first bytes; empty where all that is written is one.

    check_at: which byte of a block is spoilt to make its check wrong, counted as in an index; None where there is no
    check. flips: the bits that are turned. called: how the box is called on the wire, where that has addresses.
    """

    begins: bytes = b""
    check_at: int | None = -1
    flips: int = 0x55
    called: bytes = b""


class Faults:
    """Stands between a host and its wire. noise: gives so many random bytes."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        clock: Clock,
        block: Block,
        *,
        noise: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._wire = write
        self._clock = clock
        self._block = block
        self._noise = noise
        self._silent = False
        self._calls = block.called
        self._to_spoil = 0
        self._to_cut = 0
        self._steps = 0
        self._size = 0
        self._timer: Timer | None = None

    def named(self) -> str:
        """What is wrong now; `ok` for nothing."""
        wrong = {
            "silent": self._silent,
            "misaddressed": self._calls != self._block.called,
            "noise": self._steps,
            "wrong-bcc": self._to_spoil,
            "cut": self._to_cut,
        }
        return ", ".join(name for name, is_so in wrong.items() if is_so) or "ok"

    def write(self, data: bytes) -> int:
        """Put on the wire what the faults leave of `data`; returns how many bytes that were."""
        if self._silent:
            return 0
        if self._calls != self._block.called:
            data = data.replace(self._block.called, self._calls)
        begins = data.find(self._block.begins) if data else -1
        if begins >= 0:
            data = data[:begins] + self._spoilt(data[begins:])
        self._wire(data)
        return len(data)

    def garble(self, seconds: float) -> None:
        """Random bytes now, and between the host's own for `seconds`."""
        self._make_noise(seconds, BURST)

    def flood(self, seconds: float, rate: float) -> None:
        """`rate` random bytes a second for `seconds`."""
        self._make_noise(seconds, max(1, round(rate * STEP.total_seconds())))

    def spoil(self, blocks: int) -> None:
        """Give the next `blocks` a wrong check. Raises Refused where they have none."""
        if self._block.check_at is None:
            raise Refused("What this line carries has no check.")
        self._to_spoil = blocks

    def cut(self, blocks: int) -> None:
        """Send only the first half of the next `blocks`."""
        self._to_cut = blocks

    def fall_silent(self) -> None:
        """Be there, and say nothing."""
        self._silent = True

    def misaddress(self) -> None:
        """Call another address than the plan's. Raises Refused where there are none."""
        if not self._block.called:
            raise Refused("What this line carries has no addresses.")
        self._calls = STRANGER if self._block.called != STRANGER else OTHER_STRANGER

    def end(self) -> None:
        """All is well again."""
        self._silent = False
        self._calls = self._block.called
        self._to_spoil = self._to_cut = self._steps = 0
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _spoilt(self, block: bytes) -> bytes:
        if self._to_cut:
            self._to_cut -= 1
            return block[: len(block) // 2]
        if self._to_spoil:
            self._to_spoil -= 1
            at = (self._block.check_at or 0) % len(block)
            return block[:at] + bytes([block[at] ^ self._block.flips]) + block[at + 1 :]
        return block

    def _make_noise(self, seconds: float, size: int) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._steps = 1 + int(seconds / STEP.total_seconds())
        self._size = size
        self._go_on()

    def _go_on(self) -> None:
        self._wire(self._noise(self._size))
        self._steps -= 1
        if self._steps:
            self._timer = self._clock.later(STEP, self._go_on)
