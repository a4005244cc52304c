"""What is done with a recording after its call, in a process of its own: sealed, moved, thrown away when it is time.

Each step is on record when it is done and may be done twice: whoever dies in the middle loses nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.database import reading
from appliance.foundation.durable import sync
from pbx.recording import store
from pbx.recording.formats import CHANNELS, CODECS, RATE, Codec, Sound
from pbx.recording.places import SEALED, Places
from pbx.recording.schema import recordings
from pbx.recording.sealed import key, seal
from pbx.recording.store import Kept, Taken

SETTLED = timedelta(seconds=2)
"""The exchange writes for a moment after a channel is gone."""
AT_ONCE = 10 * RATE
STRETCHES = 600
"""Into so many parts a recording is divided to be drawn."""
PART = ".part"


class Workshop:
    """engine: of the records; works on files, so it is never run on a reactor."""

    log = Logger()

    def __init__(self, engine: sa.Engine, places: Places, clock: Clock) -> None:
        self._engine, self._places, self._clock = engine, places, clock
        # Looking must not keep the daemon from writing.
        self._reading = reading(engine)

    def work(self) -> bool:
        """One round; whether there was something to do."""
        with self._reading.begin() as connection:
            waiting = store.taken(connection)
        settled = [one for one in waiting if self._settled(one)]
        for one in settled:
            self._seal(one)
        return bool(settled) | self.retire() | self.move() | self.make_room()

    def tidy(self) -> None:
        """Remove what somebody who died left behind; a file that no row speaks of is let be."""
        with self._reading.begin() as connection:
            row = recordings.c
            known = {one.id: one for one in connection.execute(sa.select(row.id, row.state, row.store))}
        for part in (*self._places.main.glob(f"??/*{PART}"), *(self._second().glob(f"??/*{PART}"))):
            part.unlink(missing_ok=True)
        for raw in self._places.spool.glob("*.raw"):
            if (one := known.get(raw.stem)) and one.state in ("kept", "empty", "deleted"):
                raw.unlink(missing_ok=True)
        for where, file in self._places.files():
            one = known.get(file.name.removesuffix(SEALED))
            if one and (one.state == "deleted" or (one.state == "kept" and one.store != where and self._there(one))):
                file.unlink(missing_ok=True)

    def retire(self) -> bool:
        """Throw away what was kept as long as the plan said."""
        now = self._clock.now()
        with self._reading.begin() as connection:
            old = store.outlived(connection, now)
        for one in old:
            with self._engine.begin() as connection:
                gone = store.deleted(connection, one.id, store.BY_PLAN, now)
            if gone:
                self._remove(one)
        return bool(old)

    def move(self) -> bool:
        """One recording to the second store, where the main one has little room and the second has it."""
        limit = self._places.move_below
        if self._places.second is None or self._places.free("main") >= limit or self._places.free("second") <= limit:
            return False
        with self._reading.begin() as connection:
            oldest = store.oldest(connection)
        for one in oldest:
            target = self._places.sealed(one.id, "second")
            self._place(target, partial(_copy, self._places.sealed(one.id, "main")))
            with self._engine.begin() as connection:
                store.moved(connection, one.id)
            self._remove(one)
        return bool(oldest)

    def make_room(self) -> bool:
        """Throw away the oldest that nobody has marked, on record, where records would soon find no room."""
        if self._places.free("main") >= self._places.delete_below:
            return False
        with self._reading.begin() as connection:
            oldest = store.oldest(connection, unmarked=True)
        for one in oldest:
            # First the file: on a disk that is full to the last octet no row could say that it goes.
            self._remove(one)
            with self._engine.begin() as connection:
                store.deleted(connection, one.id, store.BY_ROOM, self._clock.now())
            self.log.warn("recording {id} was deleted: the disk is full", id=one.id)
        return bool(oldest)

    def _settled(self, one: Taken) -> bool:
        try:
            written = datetime.fromtimestamp(self._places.raw(one.id).stat().st_mtime, UTC)
        except FileNotFoundError:
            written = one.ended_at
        return self._clock.now() - written > SETTLED

    def _seal(self, one: Taken) -> None:
        raw = self._places.raw(one.id)
        sound = _sound(raw)
        if not len(sound):
            with self._engine.begin() as connection:
                store.empty(connection, one.id)
            raw.unlink(missing_ok=True)
            return
        codec, target = CODECS[one.format], self._places.sealed(one.id, "main")
        content, box_key = _pieces(codec, sound), key(self._places.key)
        octets = self._place(target, lambda part: seal(part, one.id, box_key, content))
        seconds = len(sound) / RATE
        with self._engine.begin() as connection:
            ours = store.sealed(connection, one, seconds, octets, shape(sound))
        raw.unlink(missing_ok=True)
        if not ours:
            target.unlink(missing_ok=True)

    def _place(self, target: Path, write: Callable[[Path], int]) -> int:
        """Have `target` written, whole or not at all."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_name(target.name + PART)
        octets = write(part)
        part.replace(target)
        sync(target.parent)
        return octets

    def _remove(self, one: Kept) -> None:
        try:
            self._places.sealed(one.id, one.store).unlink(missing_ok=True)
        except OSError as why:
            self.log.warn("recording {id} could not be removed: {why}", id=one.id, why=why)

    def _there(self, one: Any) -> bool:
        try:
            return self._places.sealed(one.id, one.store).exists()
        except FileNotFoundError:
            return False

    def _second(self) -> Path:
        return self._places.second or self._places.main


def shape(sound: Sound) -> bytes:
    """The loudest of each stretch, left and right in turn; a whisper is seen too, so it grows with the square root."""
    edges = np.linspace(0, len(sound), min(STRETCHES, len(sound)) + 1).astype(int)
    loudest = np.maximum.reduceat(np.abs(sound.astype("<i4")), edges[:-1], axis=0)
    return np.sqrt(np.clip(loudest / 32767, 0, 1) * 255 * 255).astype("u1").tobytes()


def _sound(raw: Path) -> Sound:
    try:
        whole = raw.stat().st_size // (2 * CHANNELS)
    except FileNotFoundError:
        whole = 0
    if not whole:
        return np.zeros((0, CHANNELS), "<i2")
    return np.memmap(raw, "<i2", "r", shape=(whole, CHANNELS))


def _pieces(codec: Codec, sound: Sound) -> Iterator[bytes]:
    step = AT_ONCE // codec.samples * codec.samples
    yield from (codec.encode(sound[at : at + step]) for at in range(0, len(sound), step))


def _copy(source: Path, part: Path) -> int:
    with (
        source.open("rb") as reading,
        os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to,
    ):
        shutil.copyfileobj(reading, to, 1 << 20)
        to.flush()
        os.fsync(to.fileno())
        return to.tell()
