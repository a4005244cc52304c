"""The messages by which an ESPA 4.4.4 host began its open calls, kept in a file: a status repeats what they said.

So a host hears what became of its call also when this box, or its plan, was started anew in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from nursecall.kept_rows import keep, kept
from nursecall.reading import Asked
from nursecall.standing import Standing
from nursecall.wire.espa444 import Call

log = Logger()

MOST = 500
"""Calls remembered of one line; the oldest is forgotten for the next."""

IDENTIFY = ("address", "text", "beep", "type", "transmissions", "priority", "header", "source")
"""What is kept of a message."""


@dataclass
class Begun:
    """A call as its host began it. known: the ward has, or had, such a call. told: what the host has heard of it."""

    message: Call
    known: bool = False
    told: Standing | None = None


class Memory:
    """The calls of one line. file: where they are kept; a file that cannot be written or read is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begun = dict(_read(file))

    def of(self, ward: str) -> Iterator[tuple[Asked, Begun]]:
        """Those of `ward`, the oldest first."""
        return ((asked, begun) for asked, begun in list(self._begun.items()) if asked.ward == ward)

    @property
    def wards(self) -> set[str]:
        """Whose calls are remembered."""
        return {asked.ward for asked in self._begun}

    def begun(self, asked: Asked, message: Call) -> None:
        """The host says `message` of this call, perhaps not for the first time."""
        known = self._begun.setdefault(asked, Begun(message))
        if len(self._begun) > MOST:
            del self._begun[next(iter(self._begun))]
        known.message = message
        self._keep()

    def over(self, asked: Asked) -> None:
        """The host has heard the last of it."""
        self._begun.pop(asked, None)
        self._keep()

    def _keep(self) -> None:
        keep(self._file, [_row(asked, begun.message) for asked, begun in self._begun.items()])


def _row(asked: Asked, message: Call) -> dict[str, Any]:
    said = {name: getattr(message, name) for name in IDENTIFY}
    return {"ward": asked.ward, "bed": asked.bed, "type": asked.call_type, "message": said}


def _read(file: Path) -> Iterator[tuple[Asked, Begun]]:
    try:
        for row in kept(file):
            asked = Asked(row["ward"], row["bed"], row["type"])
            yield asked, Begun(Call(**row["message"]), known=True)
    except (OSError, ValueError, KeyError, TypeError):
        log.failure("what the host of {file} had called for cannot be read", file=file.name)
