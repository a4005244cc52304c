"""Recordings as the panel has them: found, heard, exported, marked, deleted; each act on record before it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from pbx.recording import store, views
from pbx.recording.events import RecordingExported, RecordingHeard
from pbx.recording.places import Places
from pbx.recording.reading import Wave
from pbx.recording.views import Act, Found, Wanted

T = TypeVar("T")

ONE_LISTENING = timedelta(minutes=30)
"""A browser asks for parts of a recording as somebody plays and seeks: within that time it is one listening."""


class Apart(Protocol):
    """Runs `work` on a thread; `web.passwords.Threads` by shape."""

    async def __call__(self, work: Callable[[], T], /) -> T: ...


class Asked(Protocol):
    """`pbx.recording.recorder.Recorder`."""

    async def ask(self, extension: str, by: str, *, begins: bool) -> bool: ...
    def on_demand(self) -> dict[str, bool]: ...


class RecordingDesk:
    """by: the log-in of who does it. recorder: returns the one in force."""

    def __init__(
        self, database: Transactions, places: Places, apart: Apart, recorder: Callable[[], Asked], clock: Clock
    ) -> None:
        self._database, self._places, self._apart, self._clock = database, places, apart, clock
        self._recorder = recorder
        self._heard: dict[tuple[str, str], datetime] = {}

    async def search(self, wanted: Wanted) -> list[Found]:
        """Those that fit, the newest first."""
        return await self._database.transact(lambda connection: views.search(connection, wanted))

    async def one(self, identity: str) -> tuple[Found, list[Act]] | None:
        """A recording, and all that was done with it."""

        def read(connection: sa.Connection) -> tuple[Found, list[Act]] | None:
            found = views.one(connection, identity)
            return (found, views.acts(connection, identity)) if found else None

        return await self._database.transact(read)

    async def hear(self, identity: str, by: str) -> Wave | None:
        """Its sound, once it is on record that they listen; None where there is none. Raises OSError, Unreadable."""
        now, before = self._clock.now(), self._heard.get((identity, by))
        again = before is not None and now - before < ONE_LISTENING
        wave = await self._open(identity, None if again else partial(_note_heard, identity, by, now))
        if wave is not None and not again:
            self._heard = {who: at for who, at in self._heard.items() if now - at < ONE_LISTENING}
            self._heard[identity, by] = now
        return wave

    async def export(self, identity: str, by: str) -> Wave | None:
        """Its sound to take away, once that is on record; None where there is none. Raises OSError, Unreadable."""
        return await self._open(identity, partial(_note_exported, identity, by, self._clock.now()))

    async def mark(self, identity: str, by: str, note: str) -> bool:
        """Keep it for good. False where there is none."""
        now = self._clock.now()
        return await self._database.transact(lambda connection: store.mark(connection, identity, by, note, now))

    async def unmark(self, identity: str, by: str) -> bool:
        """Keep it as long as any other. False where there is none."""
        now = self._clock.now()
        return await self._database.transact(lambda connection: store.unmark(connection, identity, by, now))

    async def delete(self, identity: str, by: str) -> bool:
        """Its sound is gone when this returns. False for a marked one, and where there is none."""
        now = self._clock.now()

        def delete(connection: sa.Connection) -> store.Kept | None:
            one = store.kept(connection, identity)
            return one if one is not None and store.deleted(connection, identity, by, now) else None

        one = await self._database.transact(delete)
        if one is None:
            return False
        file = self._places.sealed(one.id, one.store)
        await self._apart(lambda: file.unlink(missing_ok=True))
        return True

    async def ask(self, extension: str, by: str, *, begins: bool) -> bool:
        """Begin or end the recording of the talk that `extension` is in; False where that may not be."""
        return await self._recorder().ask(extension, by, begins=begins)

    def on_demand(self) -> dict[str, bool]:
        """Extensions in talk that may be recorded on demand, and whether they are."""
        return self._recorder().on_demand()

    async def read(self, wave: Wave, offset: int, length: int) -> bytes:
        """A part of its WAV file. Raises OSError, Unreadable."""
        return await self._apart(lambda: wave.read(offset, length))

    async def _open(self, identity: str, note: Callable[[sa.Connection], None] | None) -> Wave | None:
        one = await self._database.transact(lambda connection: store.kept(connection, identity))
        if one is None:
            return None
        wave = await self._apart(lambda: Wave(self._places.opened(one.id, one.store), one))
        if note is not None:
            await self._database.transact(note)
        return wave


def _note_heard(identity: str, by: str, at: datetime, connection: sa.Connection) -> None:
    store.note(connection, identity, "heard", by, at)
    journal.append(connection, RecordingHeard(at=at, recording=identity, by=by))


def _note_exported(identity: str, by: str, at: datetime, connection: sa.Connection) -> None:
    store.note(connection, identity, "exported", by, at)
    journal.append(connection, RecordingExported(at=at, recording=identity, by=by))
