"""A star code that is pressed during talk."""

from __future__ import annotations

from datetime import datetime, timedelta

BETWEEN = timedelta(seconds=3)
"""Keys further apart belong to something else."""
ECHO = timedelta(seconds=5)
"""How long after one end pressed a code the same from the other is an echo; a slow line was seen to take two."""


class KeyCode:
    """Hears keys, one at a time, and knows when `code` is whole."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._keys = ""
        self._at: datetime | None = None

    def hear(self, key: str, at: datetime) -> bool:
        """Whether `key` completes the code."""
        if self._at is not None and at - self._at > BETWEEN:
            self._keys = ""
        self._at = at
        self._keys = (self._keys + key)[-len(self._code) :]
        if self._keys != self._code:
            return False
        self._keys = ""
        return True


class TalkCode:
    """A code that either end of a talk may press. Keys go on to the other end, and one that echoes sends them back."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._ends: dict[str, KeyCode] = {}
        self._last: tuple[str, datetime] | None = None

    def hear(self, end: str, key: str, at: datetime) -> bool:
        """Whether `key` completes the code at `end`, and somebody pressed it there."""
        if not self._ends.setdefault(end, KeyCode(self._code)).hear(key, at):
            return False
        if self._last is not None and self._last[0] != end and at - self._last[1] <= ECHO:
            return False
        self._last = end, at
        return True
