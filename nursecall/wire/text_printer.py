"""The far end of a text line, without I/O: a host that prints frames, and waits for an answer where it wants one."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from nursecall.wire.text_host import Layout

PATIENCE = 2.0
"""Seconds a frame waits for its answer; then it is printed again, for as long as it takes."""


@dataclass(frozen=True)
class Printed:
    """The frame of this `ticket` is out, and was answered where an answer is wanted."""

    ticket: int


class Printer:
    """Prints. answer: what must come back before the next frame; empty for nothing."""

    def __init__(self, layout: Layout, answer: bytes = b"") -> None:
        self.heard_at = -math.inf
        """When the other side last answered."""
        self._layout = layout
        self._answer = answer
        self._queue: deque[tuple[int, bytes]] = deque()
        self._tickets = 0
        self._heard = b""
        self._out = b""
        self._again_at: float | None = None
        self._open = False

    @property
    def pending(self) -> int:
        """How many frames wait to be printed, or to be answered."""
        return len(self._queue)

    @property
    def deadline(self) -> float | None:
        """When an unanswered frame is printed again."""
        return self._again_at

    def send(self, text: str, now: float) -> int:
        """Queue `text`; returns a ticket, which `Printed` will name."""
        self._tickets += 1
        self._queue.append((self._tickets, self._layout.encode(text)))
        if self._open and (not self._answer or self._again_at is None):
            self._again_at = now
        return self._tickets

    def begin(self, now: float) -> None:
        """The line can be used: what waits is printed."""
        self._open = True
        self._again_at = now if self._queue else None

    def feed(self, data: bytes, now: float) -> list[Printed]:
        """Bytes came: an answer, or nothing of interest."""
        self._heard = (self._heard + data)[-max(1, len(self._answer)) :]
        if not self._answer or self._answer not in self._heard or not self._queue:
            return []
        self._heard = b""
        self.heard_at = now
        done = Printed(self._queue.popleft()[0])
        self._print(now)
        return [done]

    def tick(self, now: float) -> list[Printed]:
        """Time passed."""
        if self._again_at is None or now < self._again_at:
            return []
        if self._answer:
            self._print(now)
            return []
        done = [Printed(ticket) for ticket, _ in self._queue]
        self._out += b"".join(frame for _, frame in self._queue)
        self._queue.clear()
        self._again_at = None
        return list(done)

    def outgoing(self) -> bytes:
        """What to put on the wire now."""
        data, self._out = self._out, b""
        return data

    def lost(self, now: float) -> None:
        """The line cannot be used any more; what waits is kept."""
        self._open = False
        self._out = self._heard = b""
        self._again_at = None

    def _print(self, now: float) -> None:
        self._out += self._queue[0][1] if self._queue else b""
        self._again_at = now + PATIENCE if self._queue else None
