"""The line protocol of Network UPS Tools (RFC 9271), as far as a watcher needs it. Bytes in, answers out; no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LONGEST = 2048
"""Bytes of a line; NUT's own are shorter."""
MOST = 1000
"""Variables of one UPS."""

_VARIABLE = re.compile(r'VAR (\S+) (\S+) "((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


class NoNut(Exception):
    """What came is not this protocol; the text says what came."""


@dataclass(frozen=True)
class Refused:
    """upsd does not tell. code: its own word, such as `DATA-STALE`, `DRIVER-NOT-CONNECTED`, `UNKNOWN-UPS`."""

    code: str


@dataclass(frozen=True)
class Variables:
    """Everything it knows of one UPS, by NUT's names, such as `ups.status`."""

    of: Mapping[str, str]


def ask(ups: str) -> bytes:
    """What is to be sent to hear of a UPS."""
    return f"LIST VAR {ups}\n".encode("ascii")


@dataclass
class Answers:
    """The answers of one connection."""

    _tail: bytes = b""
    _found: dict[str, str] | None = None
    _lines: int = field(default=0)

    def feed(self, data: bytes) -> Iterator[Variables | Refused]:
        """Every answer that is whole. Raises NoNut."""
        *lines, self._tail = (self._tail + data).split(b"\n")
        for line in lines:
            yield from self._hear(line.rstrip(b"\r"))
        if len(self._tail) > LONGEST:
            raise NoNut("a line without end")

    def _hear(self, raw: bytes) -> Iterator[Variables | Refused]:
        if len(raw) > LONGEST:
            raise NoNut("a line without end")
        line = raw.decode("utf-8", "replace")
        if line.startswith("ERR "):
            self._found = None
            yield Refused((line.split(maxsplit=2)[1:2] or ["?"])[0][:60])
        elif line.startswith("BEGIN LIST VAR "):
            self._found = {}
        elif line.startswith("END LIST VAR ") and self._found is not None:
            found, self._found = self._found, None
            yield Variables(found)
        elif (said := _VARIABLE.fullmatch(line)) is not None and self._found is not None:
            self._found[said[2]] = _ESCAPED.sub(r"\1", said[3])
            if len(self._found) > MOST:
                raise NoNut("a list without end")
        else:
            raise NoNut(repr(line[:60]))


def listed(ups: str, variables: Mapping[str, str]) -> bytes:
    """The answer that tells these variables."""
    rows = [
        'VAR {} {} "{}"\n'.format(ups, name, value.replace("\\", "\\\\").replace('"', '\\"'))
        for name, value in variables.items()
    ]
    return "".join([f"BEGIN LIST VAR {ups}\n", *rows, f"END LIST VAR {ups}\n"]).encode("utf-8")
