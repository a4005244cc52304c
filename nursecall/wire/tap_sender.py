"""The entry device's side of TAP 1.8, without I/O: pages for a paging system.

What differs in the field, and is taken: text before `ID=`; line feeds around CR; no message sequences (they came with
1.6); a go-ahead without an ACK, or none; `ID=` in the middle, from a terminal that has forgotten us.
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from enum import Enum

from nursecall.wire.tap_blocks import ACK, CR, EOT, ESC, NAK, RS, Block, encode_page
from nursecall.wire.tap_reader import Garbled, Line, Prompt, Reader, Word

T1 = 2.0
"""Seconds between the CRs that call the terminal."""

T3 = 10.0
"""Seconds a logon or a block waits for its answer; the time on the wire comes on top."""

N1, N2, N3 = 3, 3, 3
"""How many CRs call the terminal, how often a logon or a block is said, in how many sessions a page is tried."""

SILENCE = 1.0
"""Seconds after which an answer without its CR is whole."""

SETTLES = 0.5
"""Seconds after an answer to what was said twice: the second answer to it is not the one to what we say next."""

PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds before a pager system that failed is called again; doubled each time."""

SAID = 200
"""Characters that are kept of what the terminal says."""

TRY_LATER = (b"512", b"516")
"""Response codes that refuse for now only."""

PLEASE_WAIT = b"111"


@dataclass(frozen=True)
class Delivered:
    """The pager system took the page of this ticket. said: its message sequence, such as `213 held for later`."""

    ticket: int
    said: str = ""


@dataclass(frozen=True)
class Refused:
    """The pager system does not take the page of this ticket: it is not sent again. why: in the system's words."""

    ticket: int
    why: str


@dataclass(frozen=True)
class Unreachable:
    """The pager system does not answer, or not as it should; told once, until it takes a page again. Pages are kept."""

    why: str


Event = Delivered | Refused | Unreachable | Garbled


class Stage(Enum):
    """Where the session is."""

    DOWN = "no line"
    IDLE = "nothing to send"
    RESTING = "it failed; we call it again later"
    CALLING = "we sent CR and wait for ID="
    LOGON = "we sent our logon and wait for ACK"
    WAITING = "logged on, we wait for the go-ahead"
    SENDING = "a block is out and waits for its answer"
    SETTLING = "it answered what we had said twice"
    LEAVING = "we sent EOT"


@dataclass(eq=False)
class _Job:
    ticket: int
    blocks: list[bytes]
    next: int = 0
    tries: int = 0


_ANSWER = re.compile(rb"(?:(\d{3}\b[^\x00-\x1f]*))?([\x06\x15\x1e]|\x1b\x04|\x1b\[p)")
"""Nothing checks an answer: only what stands alone in its line, or after a message sequence, is one."""


class Sender:
    """Our side. Seconds are of one steady clock.

    password: said at logon. encoding: of text. seven_bit: drop parity bits. byte_time: seconds a byte takes on the
    wire.
    """

    def __init__(
        self,
        *,
        password: str = "",
        encoding: str = "ascii",
        seven_bit: bool = True,
        byte_time: float = 10 / 9600,
    ) -> None:
        self.heard_at = -math.inf
        """When the other side last said something valid."""
        self._logon = ESC + b"PG1" + password.encode() + CR
        self._encoding = encoding
        self._seven_bit = seven_bit
        self._byte_time = byte_time
        self._reader = Reader(seven_bit=seven_bit)
        self._out = bytearray()
        self._happened: list[Event] = []
        self._stage = Stage.DOWN
        self._until = self._silent_at = math.inf
        self._tries = self._pauses = 0
        self._told_unreachable = False
        self._queue: deque[_Job] = deque()
        self._tickets = 0
        self._said = b""
        self._taken: list[bytes] = []

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        soonest = min(self._until, self._silent_at)
        return None if soonest == math.inf else soonest

    @property
    def pending(self) -> int:
        """How many pages wait to be sent."""
        return len(self._queue)

    def begin(self, now: float) -> None:
        """The line can be used."""
        self._pauses = 0
        self._idle(now)

    def lost(self, now: float) -> None:
        """The line broke: forget what was going on, keep what waits to be sent."""
        self._reader = Reader(seven_bit=self._seven_bit)
        self._silent_at = math.inf
        self._out.clear()
        self._enter(Stage.DOWN, math.inf)

    def send(self, pager: str, text: str, now: float) -> int:
        """Queue a page; returns a ticket, which `Delivered` or `Refused` will name."""
        self._tickets += 1
        self._queue.append(_Job(self._tickets, encode_page(pager, text, self._encoding)))
        if self._stage is Stage.IDLE:
            self._idle(now)
        return self._tickets

    def cancel(self, ticket: int) -> bool:
        """Give up sending; False when it is under way, delivered or unknown."""
        under_way = self._stage is Stage.SENDING and self._queue[0].ticket == ticket
        kept = deque(job for job in self._queue if job.ticket != ticket)
        if under_way or len(kept) == len(self._queue):
            return False
        self._queue = kept
        return True

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

    def _enter(self, stage: Stage, until: float) -> None:
        self._stage, self._until = stage, until

    def _take(self, word: Word, now: float) -> None:
        match word:
            case Prompt():
                self._prompted(now)
            case Line():
                self._line(word.data, now)
            case Garbled():
                self._happened.append(word)
            case Block():
                # A terminal sends none: our own words come back.
                self._happened.append(Garbled("echo", word.raw))

    def _prompted(self, now: float) -> None:
        self.heard_at = now
        match self._stage:
            case Stage.CALLING | Stage.RESTING if self._queue:
                self._tries = 0
                self._log_on(now)
            case Stage.SENDING:
                self._put_off("it has forgotten our logon", now)
            # Our logon is under way: a second one would get a second ACK, to be taken for that of our first block.

    def _line(self, data: bytes, now: float) -> None:
        answer = _ANSWER.fullmatch(data)
        if answer is None:
            self._sequence(data, now)
            return
        self.heard_at = now
        if answer[1]:
            self._said = answer[1]
        said, self._said = self._said, b""
        self._answered(answer[2], said, now)

    def _sequence(self, data: bytes, now: float) -> None:
        if data:
            self._said = (self._said + b" " + data if self._said else data)[:SAID]
        if data.startswith(PLEASE_WAIT) and self._stage in (Stage.LOGON, Stage.SENDING):
            self._until = now + T3

    def _answered(self, answer: bytes, said: bytes, now: float) -> None:
        match self._stage:
            case Stage.LOGON:
                self._logon_answered(answer, said, now)
            case Stage.WAITING:
                if answer == ESC + b"[p":
                    self._go_on(now)
                elif answer == ESC + EOT:
                    self._failed(_words(said, "it hung up"), now)
            case Stage.SENDING:
                self._block_answered(answer, said, now)
            case Stage.LEAVING:
                if answer == ESC + EOT:
                    self._idle(now)
            # In any other stage it is too late, or noise.

    def _logon_answered(self, answer: bytes, said: bytes, now: float) -> None:
        if answer == ACK:
            self._enter(Stage.WAITING, now + T3)
        elif answer == ESC + b"[p":
            self._go_on(now)
        elif answer == NAK and self._tries < N2:
            self._log_on(now)
        elif answer != RS:
            self._failed(_words(said, "it refuses our logon"), now)

    def _block_answered(self, answer: bytes, said: bytes, now: float) -> None:
        if answer == ACK:
            self._acknowledged(said, now)
        elif answer == NAK and self._tries < N2:
            self._send_block(now)
        elif answer == RS and not said.startswith(TRY_LATER):
            self._happened.append(Refused(self._queue.popleft().ticket, _words(said, "refused")))
            self._go_on(now)
        elif answer != ESC + b"[p":
            self._put_off(_words(said, "it does not take our block"), now)

    def _acknowledged(self, said: bytes, now: float) -> None:
        job = self._queue[0]
        self._told_unreachable = False
        self._pauses = 0
        job.next += 1
        if job.next == len(job.blocks):
            self._taken = self._queue.popleft().blocks
            self._happened.append(Delivered(job.ticket, said.decode("ascii", "replace")))
        self._go_on(now)

    def _put_off(self, why: str, now: float) -> None:
        job = self._queue[0]
        job.tries += 1
        if job.tries >= N3:
            # One page that it never takes must not stop all others.
            self._queue.popleft()
            self._happened.append(Refused(job.ticket, why))
        self._failed(why, now)

    def _failed(self, why: str, now: float) -> None:
        if not self._told_unreachable:
            self._told_unreachable = True
            self._happened.append(Unreachable(why))
        pause = min(PAUSE * 2.0 ** min(self._pauses, 16), LONGEST_PAUSE)
        self._pauses += 1
        self._out += EOT + CR
        self._enter(Stage.RESTING, now + pause)

    def _overdue(self, now: float) -> None:
        match self._stage:
            case Stage.CALLING if self._tries < N1:
                self._call(now)
            case Stage.LOGON if self._tries < N2:
                self._log_on(now)
            case Stage.SENDING if self._tries < N2:
                self._send_block(now)
            case Stage.WAITING | Stage.SETTLING:
                self._next(now)
            case Stage.RESTING | Stage.LEAVING | Stage.IDLE:
                self._idle(now)
            case _:
                self._failed("no answer", now)

    def _idle(self, now: float) -> None:
        self._taken = []
        self._tries = 0
        if self._queue:
            self._call(now)
        else:
            self._enter(Stage.IDLE, math.inf)

    def _call(self, now: float) -> None:
        self._tries += 1
        self._out += CR
        self._enter(Stage.CALLING, now + T1)

    def _log_on(self, now: float) -> None:
        self._tries += 1
        self._said = b""
        self._out += self._logon
        self._enter(Stage.LOGON, now + T3 + len(self._logon) * self._byte_time)
        for job in self._queue:
            job.next = 0

    def _go_on(self, now: float) -> None:
        if self._tries > 1:
            self._enter(Stage.SETTLING, now + SETTLES)
        else:
            self._next(now)

    def _next(self, now: float) -> None:
        self._tries = 0
        # The same page again, right after, would pass for one said twice: only the end of a session parts them.
        if self._queue and self._queue[0].blocks != self._taken:
            self._send_block(now)
        else:
            self._out += EOT + CR
            self._enter(Stage.LEAVING, now + T1)

    def _send_block(self, now: float) -> None:
        block = self._queue[0].blocks[self._queue[0].next]
        self._tries += 1
        self._said = b""
        self._out += block + CR
        self._enter(Stage.SENDING, now + T3 + len(block) * self._byte_time)


def _words(said: bytes, otherwise: str) -> str:
    return said.decode("ascii", "replace") or otherwise
