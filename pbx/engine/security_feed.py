"""Follows Asterisk's security log on disk, tells the bus, and keeps the file small."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from pbx.engine.security_log import SecurityLog

PACE = timedelta(seconds=1)
AT_ONCE = 256 * 1024
"""Bytes that are read in one go; a flood is read over several."""
LARGE = 4 * 1024 * 1024
"""Bytes, after which what has been read is thrown away: a registration a second makes some 80 MB a day."""


class SecurityFeed:
    """Publishes each `SecurityEvent`, from what is written after `start` on."""

    log = Logger()

    def __init__(self, file: Path, clock: Clock, bus: Bus) -> None:
        self._file, self._clock, self._bus = file, clock, bus
        self._lines = SecurityLog()
        self._read = 0
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin at the end of what is there: what was before a restart has been heard, or is past."""
        self._read = self._size()
        self._timer = self._clock.later(PACE, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        try:
            self._catch_up()
        except OSError as why:
            self.log.warn("the security log cannot be read: {why}", why=why)
        self._timer = self._clock.later(PACE, self._look)

    def _catch_up(self) -> None:
        size = self._size()
        if size < self._read:  # somebody began it anew
            self._read, self._lines = 0, SecurityLog()
        if size == self._read:
            return
        with self._file.open("rb") as file:
            file.seek(self._read)
            data = file.read(AT_ONCE)
        self._read += len(data)
        for event in self._lines.feed(data):
            self._bus.publish(event)
        if self._read == size > LARGE:
            # Asterisk appends, so it goes on at the new end; a line written this very moment is lost.
            os.truncate(self._file, 0)
            self._read = 0

    def _size(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0
