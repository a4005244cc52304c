"""What a restored box is told once its records are in their place."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa

from appliance import revisions
from appliance.backup import store
from appliance.backup.events import BoxRestored
from appliance.backup.manifest import Manifest
from appliance.foundation import journal
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty
from appliance.foundation.database import create_engine
from appliance.settings import Settings
from pbx.recording.schema import recordings
from web.schema import sessions

NOTE = "restored: passwords are elsewhere"


def settle(settings: Settings, made: Manifest, file: str, by: str) -> None:
    """Put the restore on record; nobody is logged in from before; passwords are found where they are now."""
    now, engine = CommandClock().now(), create_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            event = BoxRestored(at=now, file=file, made_at=made.at, line=made.heads.journal[0], by=by)
            journal.append(connection, event)
            connection.execute(sessions.delete())
            store.was_this(connection, file, now)
            if made.recordings:
                connection.execute(recordings.update().where(recordings.c.state == "kept").values(store="main"))
            _move_secrets(connection, f"file:{made.directory}/secrets/", f"file:{settings.secrets}/", by)
    finally:
        engine.dispose()


def _move_secrets(connection: sa.Connection, old: str, new: str, by: str) -> None:
    """The plan names passwords by absolute files: where the box's directory is another, a new revision names them."""
    active = revisions.active(connection)
    if active is None or old == new or old not in active.text:
        return
    now = CommandClock().now()
    with suppress(Faulty):  # of an older version: it is mended by hand anyway
        number = revisions.keep(connection, active.text.replace(old, new), by=by, note=NOTE, at=now)
        revisions.activate(connection, number, by=by, at=now)
