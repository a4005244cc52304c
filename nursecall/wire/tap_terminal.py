"""The paging terminal's side of TAP 1.8, without I/O: a nurse-call host logs in and sends us pages.

What differs in the field, and is taken: hosts that never log in and just send blocks; hosts that stay logged in for
months, for which a bare CR is a sign of life; somebody with a terminal program who types `M`.
"""

from __future__ import annotations

import math
import re
from enum import Enum

from nursecall.wire.espa444_receipts import Receipts
from nursecall.wire.tap_blocks import ACK, CR, EOT, ESC, LAST, NAK, RS, Block, Page, read_page
from nursecall.wire.tap_reader import (
    CUT_SHORT,
    NO_PAGER,
    NOISE,
    TOO_LONG,
    WRONG_CHECK,
    Garbled,
    Line,
    Prompt,
    Reader,
    Word,
)

T2 = 1.0
"""Seconds after something was said in which a bare CR is only the rest of it."""

T4 = 4.0
"""Seconds between two characters of a block, after which the rest is not coming."""

T5 = 8.0
"""Seconds in which `ID=` is answered, else it is said again."""

N1, N2, N3 = 3, 3, 3
"""How often `ID=` is said; how many logons, and how many blocks one after the other, may be wrong."""

REPEATED_WITHIN = 35.0
"""Seconds. A sender waits 10 (T3) for our answer, some wait 30; then it says its block again.

A host that never ends its session may page the same twice so soon and mean it; then the first call is still there.
"""

UNFINISHED = 60.0
"""Seconds after which the missing blocks of a page are not coming: by then a sender has tried all it may."""

LONGEST_PAGE = 8192
"""Bytes of one page."""

Event = Page | Garbled

_LOGON = re.compile(rb"\x1b(..)(.)(.*)", re.DOTALL)
_ENDS = (EOT, ESC + EOT)


class Stage(Enum):
    """Where the session is."""

    IDLE = "nobody has logged in"
    ASKED = "we said ID="
    OPEN = "logged in"
    TYPES_PAGER = "somebody is to type a pager"
    TYPES_TEXT = "somebody is to type a text"


class Terminal:
    """Our side. Seconds are of one steady clock.

    password: what a logon must say; empty takes any, and blocks without a logon. encoding: of text; None to guess it.
    seven_bit: drop parity bits. byte_time: seconds a byte takes on the wire.
    """

    def __init__(
        self,
        *,
        password: str = "",
        encoding: str | None = None,
        seven_bit: bool = True,
        byte_time: float = 10 / 9600,
    ) -> None:
        self.heard_at = -math.inf
        """When the other side last said something valid."""
        self._password = password.encode()
        self._encoding = encoding
        self._seven_bit = seven_bit
        self._byte_time = byte_time
        self._reader = Reader(seven_bit=seven_bit)
        self._blocks, self._pages = Receipts(REPEATED_WITHIN), Receipts(REPEATED_WITHIN)
        self._out = bytearray()
        self._happened: list[Event] = []
        self._stage = Stage.IDLE
        self._until = self._silent_at = math.inf
        self._asked = self._logons = self._wrong = 0
        self._parts: list[Block] = []
        self._page = b""
        self._page_taken = True
        self._answer: tuple[bytes, ...] = ()
        self._block_at = self._quiet_until = -math.inf
        self._typed = b""

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        soonest = min(self._until, self._silent_at, self._block_at + UNFINISHED if self._parts else math.inf)
        return None if soonest == math.inf else soonest

    def begin(self, now: float) -> None:
        """The line can be used."""

    def lost(self, now: float) -> None:
        """The line broke: forget what was going on."""
        self._reader = Reader(seven_bit=self._seven_bit)
        self._silent_at = math.inf
        self._out.clear()
        self._blocks.line_lost(now)
        self._pages.line_lost(now)
        self._leave()

    def feed(self, data: bytes, now: float) -> list[Event]:
        """Bytes came; returns what they mean."""
        for word in self._reader.feed(data):
            self._take(word, now)
        self._silent_at = now + T4 if self._reader.waiting else math.inf
        return self._told()

    def tick(self, now: float) -> list[Event]:
        """Time passed; returns what that means."""
        if now >= self._silent_at:
            self._silent_at = math.inf
            for word in self._reader.flush():
                self._take(word, now)
                if isinstance(word, Garbled) and word.why == CUT_SHORT:
                    self._ask_again(b"501 Timed out")
        if self._parts and now >= self._block_at + UNFINISHED:
            self._forget_parts()
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

    def _say(self, *lines: bytes) -> None:
        for line in lines:
            self._out += line + CR

    def _take(self, word: Word, now: float) -> None:
        match word:
            case Block():
                self._block(word, now)
            case Line():
                self._line(word.data, now)
            case Garbled():
                self._happened.append(word)
                if word.why in (WRONG_CHECK, TOO_LONG):
                    self._ask_again(b"514 Checksum error")
            case Prompt():
                # Only a pager system says so: another terminal is on the wire, or an echo.
                self._happened.append(Garbled(NOISE, b"ID="))

    def _line(self, data: bytes, now: float) -> None:
        logon = _LOGON.fullmatch(data)
        if data in _ENDS:
            self._end(now)
        elif logon:
            self._logon(logon[1], logon[3], now)
        elif self._stage in (Stage.TYPES_PAGER, Stage.TYPES_TEXT):
            self._typed_line(data, now)
        elif data == b"M" and not self._password:
            self.heard_at = now
            self._enter(Stage.TYPES_PAGER)
            self._say(b"110 1.8", b"Pager:")
        else:
            self._wake(data, now)

    def _wake(self, data: bytes, now: float) -> None:
        if data:
            self._happened.append(Garbled(NOISE, data))
        else:
            self.heard_at = now
        if now < self._quiet_until or (data and self._stage is Stage.OPEN):
            return
        self._asked = 0
        if self._stage is Stage.OPEN:
            # It has lost its session, or only asks whether we live.
            self._prompt(now)
        else:
            # Noise hides a CR at times: who has not logged in is asked whatever the line said.
            self._ask(now)

    def _prompt(self, now: float) -> None:
        self._out += b"ID="
        self._quiet_until = now + T2

    def _ask(self, now: float) -> None:
        self._asked += 1
        self._prompt(now)
        self._enter(Stage.ASKED, now + T5 + 3 * self._byte_time)

    def _overdue(self, now: float) -> None:
        if self._asked < N1:
            self._ask(now)
        else:
            self._hang_up(b"501 Timed out")

    def _logon(self, service: bytes, password: bytes, now: float) -> None:
        self.heard_at = now
        self._quiet_until = now + T2
        self._forget_parts()
        # Who logs in anew without having ended before may have missed our last ACK.
        self._blocks.line_lost(now)
        self._pages.line_lost(now)
        if service == b"PG" and (not self._password or password.strip() == self._password):
            self._logons = 0
            self._enter(Stage.OPEN)
            self._say(b"110 1.8", ACK, ESC + b"[p")
            return
        why = b"509 Wrong password" if service == b"PG" else b"508 Not this service"
        self._logons += 1
        if self._logons < N2:
            self._say(why, NAK)
        else:
            self._hang_up(why)

    def _block(self, block: Block, now: float) -> None:
        self.heard_at = self._block_at = now
        self._quiet_until = now + T2
        self._wrong = 0
        if self._password and self._stage is not Stage.OPEN:
            self._hang_up(b"507 Log on first")
            return
        self._enter(Stage.OPEN)
        if self._blocks.is_new(block.raw, now):
            self._answer = self._new(block, now)
        elif self._page_taken:
            # Our answer was lost. The page is taken already; but it may come once more in blocks, in a new session.
            self._pages.is_new(self._page, now)
        self._say(*self._answer)

    def _new(self, block: Block, now: float) -> tuple[bytes, bytes]:
        self._page_taken = False
        if self._parts and block.raw == self._parts[0].raw:
            self._parts.clear()
        self._parts.append(block)
        if block.terminator == LAST:
            return self._whole(now)
        if sum(len(part.body) for part in self._parts) > LONGEST_PAGE:
            return self._refused(TOO_LONG, b"513 Page too long")
        return b"211 Go on", ACK

    def _whole(self, now: float) -> tuple[bytes, bytes]:
        body = b"".join(part.body for part in self._parts)
        page = read_page(body, self._encoding)
        if page is None:
            return self._refused(NO_PAGER, b"515 No pager")
        self._parts.clear()
        self._page, self._page_taken = body, True
        if self._pages.is_new(body, now):
            self._happened.append(page)
        return b"211 Page taken", ACK

    def _refused(self, why: str, said: bytes) -> tuple[bytes, bytes]:
        self._happened.append(Garbled(why, b"".join(part.raw for part in self._parts), in_block=True))
        self._parts.clear()
        return said, RS

    def _ask_again(self, why: bytes) -> None:
        # After N3 failures the sender is to log in anew. An RS would make it forget its page, a call perhaps.
        self._wrong += 1
        if self._wrong < N3:
            self._say(why, NAK)
        else:
            self._hang_up(b"503 Too many errors")

    def _typed_line(self, data: bytes, now: float) -> None:
        self.heard_at = now
        if self._stage is Stage.TYPES_PAGER and not data.strip():
            self._hang_up(b"115 Goodbye")
        elif self._stage is Stage.TYPES_PAGER:
            self._typed = data
            self._enter(Stage.TYPES_TEXT)
            self._say(b"Text:")
        else:
            page = read_page(self._typed + CR + data + CR, self._encoding)
            if page is not None:
                self._happened.append(page)
            self._enter(Stage.TYPES_PAGER)
            self._say(b"211 Page taken", b"Pager:")

    def _end(self, now: float) -> None:
        self.heard_at = now
        self._blocks.went_on(now)
        self._pages.went_on(now)
        # Its next CR calls us again: another bed may wait already, and a CR unheard costs it two seconds.
        self._quiet_until = -math.inf
        self._hang_up(b"115 Goodbye")

    def _hang_up(self, why: bytes) -> None:
        self._say(why, ESC + EOT)
        self._leave()

    def _leave(self) -> None:
        self._forget_parts()
        self._enter(Stage.IDLE)
        self._asked = self._logons = self._wrong = 0

    def _forget_parts(self) -> None:
        if self._parts:
            self._happened.append(Garbled(CUT_SHORT, b"".join(part.raw for part in self._parts)))
            self._parts.clear()
            # Should its first block come again, it begins the page anew.
            self._blocks = Receipts(REPEATED_WITHIN)

    def _enter(self, stage: Stage, until: float = math.inf) -> None:
        self._stage, self._until = stage, until
