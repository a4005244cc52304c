"""Talk on the box's screen and serial port at once: whoever answers first, on either, has answered."""

from __future__ import annotations

import os
import select
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language

LONGEST = 1024
"""Octets of an answer."""


class Console(Protocol):
    """What a conversation needs. Messages are English message ids."""

    def say(self, message: str, **facts: object) -> None:
        """A line."""
        ...

    def ask(self, message: str, *, is_secret: bool = False, **facts: object) -> str:
        """What was typed, without the space around it. is_secret: it is not shown while it is typed."""
        ...

    def progress(self, done: int, whole: int) -> None:
        """How far something is that takes minutes."""
        ...


@dataclass
class _Terminal:
    file: int
    language: Language
    typed: bytes = b""


@dataclass
class Terminals:
    """Satisfies Console. Terminals that are not there are left out."""

    terminals: list[_Terminal] = field(default_factory=list)
    _told: int = -1

    @staticmethod
    def open(paths: Sequence[Path], language: Language) -> Terminals:
        """The kernel's own screen has no Chinese letters and is in English; on a serial line whoever reads has them."""
        found = Terminals()
        for path in paths:
            try:
                file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
                _tame(file, echo=True)
            except (OSError, termios.error):
                continue
            found.terminals.append(_Terminal(file, "en" if path.name.startswith("tty1") else language))
        return found

    def say(self, message: str, **facts: object) -> None:
        for one in self.terminals:
            self._write(one, translate(message, one.language, **facts) + "\n")

    def ask(self, message: str, *, is_secret: bool = False, **facts: object) -> str:
        for one in self.terminals:
            self._write(one, translate(message, one.language, **facts) + " ")
        if not is_secret:
            return self._answer()
        with self._unseen():
            answer = self._answer()
        for one in self.terminals:
            self._write(one, "\n")
        return answer

    def progress(self, done: int, whole: int) -> None:
        tenth = 10 * done // whole if whole else 10
        if tenth != self._told:
            self._told = tenth
            self.say("  {percent} %", percent=10 * tenth)

    def _answer(self) -> str:
        while True:
            ready, _, _ = select.select([one.file for one in self.terminals], [], [])
            for one in tuple(self.terminals):
                if one.file in ready:
                    one.typed += self._read(one)
                    line, end, rest = one.typed.partition(b"\n")
                    if end:
                        one.typed = rest
                        return line.decode("utf-8", "replace").strip()
                    one.typed = one.typed[-LONGEST:]

    def _read(self, terminal: _Terminal) -> bytes:
        try:
            found = os.read(terminal.file, LONGEST)
        except BlockingIOError:
            return b""
        except OSError:
            found = b""
        if not found:
            self.terminals.remove(terminal)  # a line that hung up says so for ever
        return found

    @contextmanager
    def _unseen(self) -> Iterator[None]:
        for one in self.terminals:
            _tame(one.file, echo=False)
        try:
            yield
        finally:
            for one in self.terminals:
                _tame(one.file, echo=True)

    def _write(self, terminal: _Terminal, text: str) -> None:
        view = memoryview(text.encode())
        while view:
            try:
                view = view[os.write(terminal.file, view) :]
            except BlockingIOError:
                select.select([], [terminal.file], [], 1)
            except OSError:
                return  # a line that was unplugged; the other one is there


def _tame(file: int, *, echo: bool) -> None:
    """Whole lines, ended by either key; what was typed before is forgotten when what comes is not to be shown."""
    said = termios.tcgetattr(file)
    said[0] |= termios.ICRNL
    said[1] |= termios.OPOST | termios.ONLCR
    said[3] |= termios.ICANON | termios.ECHO | termios.ECHOE
    if not echo:
        said[3] &= ~termios.ECHO
    termios.tcsetattr(file, termios.TCSANOW if echo else termios.TCSAFLUSH, said)
