"""The recorder on a real Asterisk, in this process or in the controller's, and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, CommandClock, ReactorClock, sleep
from appliance.foundation.database import Database, create_engine, metadata
from appliance.foundation.values import Language
from pbx.engine.console import Console, socket
from pbx.engine.program import taken
from pbx.engine.records import Records
from pbx.exchange import Exchange
from pbx.plan_recording import Recording
from pbx.recording.capture import Capture
from pbx.recording.formats import CODECS, RATE, Sound
from pbx.recording.places import Places
from pbx.recording.recorder import Recorder
from pbx.recording.room import Room
from pbx.recording.schema import recordings
from pbx.recording.workshop import Workshop
from tests.real_reactor import reactor


def places(directory: Path, asterisk: Path) -> Places:
    """In a directory of the test, which always has room; what Asterisk takes is in its own."""
    return Places(taken(asterisk), directory / "kept", None, directory / "key", 0, 0)


def database_url(directory: Path) -> str:
    """Of the records of a test."""
    return f"sqlite:///{directory / 'records.sqlite'}"


class OneSound:
    """Whatever is to be said, it is that sound."""

    def __init__(self, sound: Path) -> None:
        self._sound = sound

    async def prompt(self, text: str, language: Language) -> Path | None:
        return self._sound


def record(
    exchange: Exchange, plan: Recording, directory: Path, sound: Path, *, asterisk: Path, records: Records,
    reactor: Any, clock: Clock,
) -> Recorder:  # fmt: skip
    """Have what is said through `exchange` recorded as `plan` says. asterisk: its directory."""
    database = Database(database_url(directory), reactor)
    metadata.create_all(database.engine)
    reactor.addSystemEventTrigger("before", "shutdown", database.close)
    console, kept = Console(socket(asterisk), reactor, clock), places(directory, asterisk)
    capture = Capture(plan, console, exchange.board, kept, OneSound(sound))
    room = Room(kept, database, clock, Bus())
    recorder = Recorder(plan, capture, exchange.board, records, room, database, clock)
    exchange.dialer.began, exchange.dialer.parted = recorder.began, recorder.parted
    exchange.dialer.adopted = recorder.adopted
    exchange.swept = recorder.take_up
    return recorder


@dataclass(frozen=True)
class Kept:
    """A recording and its sound."""

    row: Any
    sound: Sound

    def tone(self, side: int, after: float = 0.5) -> int:
        """The strongest in Hz from there to half a second before the end; 0 for silence. side: 0 left, 1 right."""
        heard = self.sound[int(after * RATE) : -RATE // 2, side].astype(float)
        if np.abs(heard).max() < 100:
            return 0
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        return round(int(spectrum.argmax()) * RATE / len(heard))

    def share(self, side: int, tone: int) -> float:
        """How much of a side's power is within 20 Hz of `tone`, 0 to 1."""
        spectrum = np.abs(np.fft.rfft(self.sound[:, side].astype(float))) ** 2
        at = np.fft.rfftfreq(len(self.sound), 1 / RATE)
        return float(spectrum[np.abs(at - tone) < 20].sum() / spectrum.sum())


class Shelf:
    """What was recorded in a test's directory."""

    def __init__(self, directory: Path, asterisk: Path) -> None:
        self.places = places(directory, asterisk)
        self.engine = create_engine(database_url(directory))

    def rows(self) -> list[Any]:
        """All rows, the oldest first."""
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(recordings).order_by(recordings.c.began_at)))

    async def ended(self) -> None:
        """Wait until there is one, and every row says that it is over."""
        while not (rows := self.rows()) or any(row.state == "going" for row in rows):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=50))

    def sealed(self) -> list[Kept]:
        """Seal what waits, as the process beside the daemon does, and read it back."""
        workshop = Workshop(self.engine, self.places, _Later())
        while workshop.work():
            pass
        return [Kept(row, self._sound(row)) for row in self.rows() if row.state == "kept"]

    def _sound(self, row: Any) -> Sound:
        opened = self.places.opened(row.id, row.store)
        return CODECS[row.format].decode(opened.read(0, opened.size))[: round(row.seconds * RATE)]


class _Later(CommandClock):
    """A moment on, so that nothing is still being written."""

    def now(self) -> Any:
        return super().now() + timedelta(seconds=3)
