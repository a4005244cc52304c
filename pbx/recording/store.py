"""Recordings as rows. Every function works within the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.values import new_id
from pbx.plan_recording import Format
from pbx.recording.events import RecordingDeleted, RecordingMarked, TalkRecorded
from pbx.recording.schema import recording_acts, recordings
from pbx.recording.talk import Talk

BY_PLAN, BY_ROOM = "plan", "full disk"
"""Who deletes: its time was over, or records needed the room."""


@dataclass(frozen=True)
class Going:
    """A recording that is not over as far as the rows say."""

    id: str
    call: str
    channel: str


@dataclass(frozen=True)
class Taken:
    """One that is over, whose sound waits to be sealed."""

    id: str
    call: str
    caller: str
    called: str
    about: str
    began_at: datetime
    ended_at: datetime
    format: Format


@dataclass(frozen=True)
class Kept:
    """One whose sound is kept. store: `main` or `second`."""

    id: str
    store: str
    format: Format
    seconds: float
    octets: int


def begin(
    connection: sa.Connection, identity: str, talk: Talk, rule: str, form: Format, at: datetime, keep: timedelta
) -> None:
    """A recording begins."""
    row = {
        "id": identity,
        "call": talk.call,
        "channel": talk.leg.id,
        "caller": talk.caller[:32],
        "called": talk.called[:32],
        "passed_to": "",
        "direction": talk.ends.direction,
        "extensions": f",{','.join(talk.ends.extensions)},"[:100],
        "trunk": talk.trunk,
        "queue": talk.ends.queue,
        "rule": rule,
        "about": talk.keep.about if talk.keep else "",
        "state": "going",
        "began_at": at,
        "seconds": 0.0,
        "keep_until": at + keep,
        "format": form,
        "octets": 0,
        "store": "main",
        "marked_by": "",
        "note": "",
        "deleted_by": "",
    }
    connection.execute(recordings.insert().values(row))


def drop(connection: sa.Connection, identity: str) -> None:
    """It did not come about."""
    connection.execute(recordings.delete().where(recordings.c.id == identity, recordings.c.state == "going"))


def end(connection: sa.Connection, identity: str, at: datetime) -> None:
    """It is over; a second time changes nothing."""
    going = (recordings.c.id == identity, recordings.c.state == "going")
    connection.execute(recordings.update().where(*going).values(state="taken", ended_at=at))


def passed(connection: sa.Connection, identity: str, to: str) -> None:
    """One of the two talks with another now."""
    connection.execute(recordings.update().where(recordings.c.id == identity).values(passed_to=to[:32]))


def going(connection: sa.Connection) -> list[Going]:
    """Those that are not over."""
    row = recordings.c
    query = sa.select(row.id, row.call, row.channel).where(row.state == "going")
    return [Going(**found) for found in connection.execute(query).mappings()]


def taken(connection: sa.Connection, most: int = 20) -> list[Taken]:
    """Those that wait to be sealed, the oldest first."""
    row = recordings.c
    query = sa.select(row.id, row.call, row.caller, row.called, row.about, row.began_at)
    query = query.add_columns(row.ended_at, row.format)
    query = query.where(row.state == "taken").order_by(row.ended_at).limit(most)
    return [Taken(**found) for found in connection.execute(query).mappings()]


def sealed(connection: sa.Connection, one: Taken, seconds: float, octets: int, shape: bytes) -> bool:
    """Its sound is kept from now on; False where another was quicker, or it was deleted meanwhile."""
    waiting = (recordings.c.id == one.id, recordings.c.state == "taken")
    values = {"state": "kept", "seconds": seconds, "octets": octets, "shape": shape, "store": "main"}
    if connection.execute(recordings.update().where(*waiting).values(values)).rowcount != 1:
        return False
    journal.append(
        connection,
        TalkRecorded(
            at=one.ended_at,
            recording=one.id,
            call=one.call,
            caller=one.caller,
            called=one.called,
            began_at=one.began_at,
            seconds=round(seconds, 3),
            about=one.about,
        ),
    )
    return True


def empty(connection: sa.Connection, identity: str) -> None:
    """No sound came."""
    waiting = (recordings.c.id == identity, recordings.c.state == "taken")
    connection.execute(recordings.update().where(*waiting).values(state="empty"))


def outlived(connection: sa.Connection, at: datetime, most: int = 50) -> list[Kept]:
    """Those that were kept as long as the plan said when they were made; never marked ones."""
    row = recordings.c
    return _kept(connection, sa.and_(row.keep_until < at, row.marked_at.is_(None)), most)


def oldest(connection: sa.Connection, most: int = 1, *, unmarked: bool = False) -> list[Kept]:
    """Those longest in the main store. unmarked: among those that nobody has marked."""
    which = recordings.c.store == "main"
    return _kept(connection, sa.and_(which, recordings.c.marked_at.is_(None)) if unmarked else which, most)


def kept(connection: sa.Connection, identity: str) -> Kept | None:
    """One, while its sound is kept."""
    return next(iter(_kept(connection, recordings.c.id == identity, 1)), None)


def every(connection: sa.Connection) -> list[Kept]:
    """All whose sound is kept."""
    return _kept(connection, sa.true(), None)


def moved(connection: sa.Connection, identity: str) -> None:
    """It is in the second store from now on."""
    connection.execute(recordings.update().where(recordings.c.id == identity).values(store="second"))


def deleted(connection: sa.Connection, identity: str, by: str, at: datetime) -> bool:
    """Its sound is to go, on record; False for a marked one, and where there was none."""
    row = recordings.c
    there = (row.id == identity, row.state == "kept", row.marked_at.is_(None))
    values = {"state": "deleted", "deleted_at": at, "deleted_by": by, "shape": None}
    if connection.execute(recordings.update().where(*there).values(values)).rowcount != 1:
        return False
    note(connection, identity, "deleted", by, at)
    journal.append(connection, RecordingDeleted(at=at, recording=identity, by=by))
    return True


def mark(connection: sa.Connection, identity: str, by: str, why: str, at: datetime) -> bool:
    """Keep it for good, and say why; a second time changes the note. False where there is none."""
    values = {"marked_at": at, "marked_by": by, "note": why[:400]}
    return _marked(
        connection, identity, values, RecordingMarked(at=at, recording=identity, by=by, marked=True, note=why)
    )


def unmark(connection: sa.Connection, identity: str, by: str, at: datetime) -> bool:
    """Keep it as long as any other; the note stays. False where there is none."""
    values = {"marked_at": None, "marked_by": ""}
    return _marked(connection, identity, values, RecordingMarked(at=at, recording=identity, by=by, marked=False))


def _marked(connection: sa.Connection, identity: str, values: dict[str, Any], event: RecordingMarked) -> bool:
    there = (recordings.c.id == identity, recordings.c.state == "kept")
    if connection.execute(recordings.update().where(*there).values(values)).rowcount != 1:
        return False
    note(connection, identity, "marked" if event.marked else "unmarked", event.by, event.at)
    journal.append(connection, event)
    return True


def note(connection: sa.Connection, identity: str, act: str, by: str, at: datetime) -> None:
    """Who did what with it."""
    row = {"id": new_id(), "recording": identity, "at": at, "act": act, "by": by}
    connection.execute(recording_acts.insert().values(row))


def _kept(connection: sa.Connection, which: sa.ColumnElement[bool], most: int | None) -> list[Kept]:
    row = recordings.c
    query = sa.select(row.id, row.store, row.format, row.seconds, row.octets).where(row.state == "kept", which)
    found = connection.execute(query.order_by(row.began_at).limit(most)).mappings()
    return [Kept(**one) for one in found]
