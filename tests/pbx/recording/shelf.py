"""Recordings of made-up sound, on a real SQLite and a real disk."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from appliance.foundation.journal import Entry, entries
from pbx.leg import Leg
from pbx.plan_recording import Format
from pbx.recording import store
from pbx.recording.formats import CODECS, RATE, Sound
from pbx.recording.places import Places
from pbx.recording.rule import Ends
from pbx.recording.schema import recordings
from pbx.recording.talk import Talk
from pbx.recording.workshop import SETTLED, Workshop
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase


def sound(seconds: float, left: int = 440, right: int = 1000) -> Sound:
    """A tone a side."""
    at = np.arange(round(RATE * seconds)) / RATE
    return np.stack([8000 * np.sin(2 * np.pi * tone * at) for tone in (left, right)], axis=1).astype("<i2")


class Shelf:
    """Places under `directory`; `free` says how many octets each store has free."""

    def __init__(self, directory: Path, *, second: bool = False) -> None:
        self.free = {"main": 10**9, "second": 10**9}
        shelf = self

        class Measured(Places):
            def free(self, store: str) -> int:
                return shelf.free[store] if store == "main" or self.second else 0

        there = directory / "second" if second else None
        self.places: Places = Measured(
            directory / "spool", directory / "main", there, directory / "key", 5000, 1000, 500
        )
        self.places.spool.mkdir()
        self.places.main.mkdir()
        self.clock, self.database = FakeClock(), InlineDatabase()
        self.workshop = Workshop(self.database.engine, self.places, self.clock)

    def talked(self, identity: str, heard: Sound, form: Format = "alaw", days: int = 30) -> str:
        """A talk that was recorded and is over now."""
        talk = Talk("c1", Leg("l1"), Leg("l2"), "b1", "8001", "13800138000", Ends("out", ("8001",)), "telecom")
        begun = self.clock.now() - timedelta(seconds=len(heard) / RATE)
        with self.database.engine.begin() as connection:
            store.begin(connection, identity, talk, "r", form, begun, timedelta(days=days))
            store.end(connection, identity, self.clock.now())
        raw = self.places.raw(identity)
        raw.write_bytes(heard.tobytes())
        os.utime(raw, (self.clock.now().timestamp(),) * 2)
        return identity

    def work(self) -> None:
        """A moment later, until there is nothing left to do."""
        self.clock.advance(SETTLED + timedelta(seconds=1))
        while self.workshop.work():
            pass

    def row(self, identity: str) -> Any:
        """Its row."""
        with self.database.engine.begin() as connection:
            return connection.execute(sa.select(recordings).where(recordings.c.id == identity)).one()

    def heard(self, identity: str) -> Sound:
        """Its sound, unsealed."""
        row = self.row(identity)
        opened = self.places.opened(identity, row.store)
        return CODECS[row.format].decode(opened.read(0, opened.size))

    def journal(self) -> list[Entry]:
        """What was written down."""
        with self.database.engine.begin() as connection:
            return list(entries(connection))

    def files(self) -> list[str]:
        """Every file there is but the key, without its directory."""
        roots = [self.places.spool, self.places.main, *([self.places.second] if self.places.second else [])]
        return sorted(file.name for root in roots for file in root.rglob("*") if file.is_file())
