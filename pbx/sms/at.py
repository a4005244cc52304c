"""The AT dialogue with a modem (3GPP TS 27.005, TS 27.007, V.250), without I/O and without a clock.

Give `Dialogue` commands and what the modem says; take from it events and what to send. One command is under way at a
time; the others wait. What the modem says of its own accord is told apart wherever it comes, also in mid-command.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum

CTRL_Z, ESCAPE = b"\x1a", b"\x1b"
LONGEST_LINE = 2048
"""Characters; a PDU has less than 400. A longer line is noise and dropped."""


@dataclass(frozen=True, eq=False)
class Command:
    """A line to the modem, without its carriage return.

    payload: sent with Ctrl-Z after the modem's `> `. timeout, prompt_timeout: seconds of silence we bear, for the
        answer and for the prompt.
    """

    line: str
    payload: str | None = None
    timeout: float = 10.0
    prompt_timeout: float = 5.0


class Verdict(Enum):
    """How a command ended. `SILENT`: the modem said nothing in time."""

    OK = "OK"
    ERROR = "ERROR"
    CMS = "+CMS ERROR"
    CME = "+CME ERROR"
    SILENT = "silence"


@dataclass(frozen=True)
class Finished:
    """A command is over. lines: its information, without the verdict. code: of a CMS or CME error, where it is one."""

    command: Command
    verdict: Verdict
    lines: tuple[str, ...] = ()
    code: int | None = None


@dataclass(frozen=True)
class Stored:
    """A message (+CMTI), or a delivery report (+CDSI), waits in the modem's memory, e.g. `SM`, at `index`."""

    memory: str
    index: int


@dataclass(frozen=True)
class Arrived:
    """A message (+CMT) or delivery report (+CDS) handed over at once: its PDU with the service centre's address."""

    pdu: bytes


@dataclass(frozen=True)
class Ringing:
    """Somebody calls the modem's number."""


@dataclass(frozen=True)
class Remark:
    """Any other line that nobody asked for."""

    line: str


Event = Finished | Stored | Arrived | Ringing | Remark

_VERDICT = re.compile(r"(\+CM[SE] ERROR)\s*:\s*(.*)")
_STORED = re.compile(r'\+C(?:MT|DS)I\s*:\s*"?(\w+)"?\s*,\s*(\d{1,5})')
_ARRIVING = re.compile(r"\+C(?:MT|DS|BM)\s*:")
_RING = re.compile(r"RING$|\+CRING\s*:")
_REMARK = re.compile(
    r"\^\w+\s*:|\+(?:CLIP|CUSD|CIEV|CCWA|CGEV|CTZV|CTZE|PBREADY)\b|(?:NO CARRIER|RDY|\^SYSSTART|Call Ready|SMS Ready)$"
)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class Dialogue:
    """Our side. `now` is in seconds, of any steady count."""

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._current: Command | None = None
        self._lines: list[str] = []
        self._prompted = False
        self._deadline = 0.0
        self._unread = ""
        self._arriving = False
        self._outgoing = bytearray()

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, if nothing comes before; None while nothing is under way."""
        return None if self._current is None else self._deadline

    def outgoing(self) -> bytes:
        """What is to be sent now, once."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def submit(self, command: Command, now: float) -> None:
        """Ask the modem, after what is under way or waits already."""
        self._waiting.append(command)
        if self._current is None:
            self._next(now)

    def tick(self, now: float) -> list[Event]:
        """Time has passed. After a `SILENT` verdict the modem's next answer may be a late one: call `escape`."""
        if self._current is None or now < self._deadline:
            return []
        return [self._finish(Verdict.SILENT, now)]

    def escape(self) -> list[Event]:
        """Give up all that is under way or waits, and lead the modem out of a prompt it may be in."""
        given_up = [command for command in (self._current, *self._waiting) if command is not None]
        self._waiting.clear()
        self._current, self._arriving, self._unread = None, False, ""
        self._outgoing += ESCAPE + b"\r"
        return [Finished(command, Verdict.SILENT) for command in given_up]

    def feed(self, data: bytes, now: float) -> list[Event]:
        """What the modem said."""
        events: list[Event] = []
        self._unread += data.decode("latin-1")
        while True:
            self._unread = self._unread.lstrip("\r\n \0")
            if self._at_prompt():
                self._answer_prompt(now)
                continue
            line, end, rest = _partition(self._unread)
            if not end:
                # One character more than allowed is enough to know it as too long.
                self._unread = line[: LONGEST_LINE + 1]
                return events
            self._unread = rest
            if len(line) <= LONGEST_LINE:
                events += self._read(line.rstrip("\0 "), now)

    def _at_prompt(self) -> bool:
        command = self._current
        wants = command is not None and command.payload is not None and not self._prompted
        return wants and self._unread.startswith(">")

    def _answer_prompt(self, now: float) -> None:
        assert self._current is not None
        assert self._current.payload is not None
        self._unread = self._unread[1:]
        self._prompted = True
        self._deadline = now + self._current.timeout
        self._outgoing += self._current.payload.encode("ascii") + CTRL_Z

    def _read(self, line: str, now: float) -> list[Event]:
        if self._arriving:
            self._arriving = False
            if _HEX.fullmatch(line):
                return [Arrived(bytes.fromhex(line))]
        if self._is_echo(line):
            return []
        if (event := self._unsolicited(line)) is not None or self._arriving:
            return [] if event is None else [event]
        return self._answered(line, now)

    def _is_echo(self, line: str) -> bool:
        command = self._current
        if command is None:
            return False
        return line == command.line or (command.payload is not None and line.rstrip("\x1a") == command.payload)

    def _unsolicited(self, line: str) -> Event | None:
        if stored := _STORED.match(line):
            return Stored(stored[1], int(stored[2]))
        if _ARRIVING.match(line):
            self._arriving = True
            return None
        if _RING.match(line):
            return Ringing()
        return Remark(line) if _REMARK.match(line) else None

    def _answered(self, line: str, now: float) -> list[Event]:
        if self._current is None:
            return [Remark(line)]
        if line == "OK":
            return [self._finish(Verdict.OK, now)]
        if line in ("ERROR", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS"):
            return [self._finish(Verdict.ERROR, now)]
        if error := _VERDICT.match(line):
            code = int(error[2]) if error[2].isascii() and error[2].isdigit() else None
            return [self._finish(Verdict(error[1]), now, code)]
        self._lines.append(line)
        return []

    def _finish(self, verdict: Verdict, now: float, code: int | None = None) -> Finished:
        assert self._current is not None
        finished = Finished(self._current, verdict, tuple(self._lines), code)
        self._current = None
        if verdict is not Verdict.SILENT:
            self._next(now)
        return finished

    def _next(self, now: float) -> None:
        if not self._waiting:
            return
        self._current = self._waiting.popleft()
        self._lines, self._prompted = [], False
        wait = self._current.timeout if self._current.payload is None else self._current.prompt_timeout
        self._deadline = now + wait
        self._outgoing += self._current.line.encode("ascii") + b"\r"


def _partition(text: str) -> tuple[str, str, str]:
    """Text before the first line end, that end, and the rest."""
    found = re.search(r"[\r\n]", text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]
