"""Backups as rows. Every function works within the caller's transaction."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.backup.events import BackupFailed, BackupMade
from appliance.backup.schema import backups
from appliance.backup.trouble import Trouble
from appliance.foundation import journal
from web.backups import Try

KILLED = "It ended without a word: the box was switched off, or the process killed."


def begin(connection: sa.Connection, identity: str, backup: str, by: str, at: datetime) -> None:
    """One is being made."""
    row = {"id": identity, "backup": backup, "began_at": at, "state": "going", "by": by}
    connection.execute(backups.insert().values(**row, file="", octets=0, why="", facts="{}"))


def made(connection: sa.Connection, one: Try, file: str, octets: int, at: datetime) -> None:
    """It is there, and was read back."""
    values = {"state": "made", "ended_at": at, "file": file[:400], "octets": octets}
    connection.execute(backups.update().where(backups.c.id == one.id).values(values))
    journal.append(connection, BackupMade(at=at, backup=one.backup, file=file, octets=octets, by=one.by))


def failed(connection: sa.Connection, one: Try, why: Trouble, at: datetime) -> None:
    """It is not."""
    values = {"state": "failed", "ended_at": at, "why": why.message, "facts": json.dumps(why.facts)}
    connection.execute(backups.update().where(backups.c.id == one.id).values(values))
    journal.append(connection, BackupFailed(at=at, backup=one.backup, why=str(why), by=one.by))


def orphans(connection: sa.Connection, at: datetime) -> int:
    """Those that nobody makes any more have failed; how many. To be asked while none is being made."""
    lost = _read(connection, backups.c.state == "going")
    for one in lost:
        failed(connection, one, Trouble(KILLED), at)
    return len(lost)


def was_this(connection: sa.Connection, file: str, at: datetime) -> None:
    """The one that was being made when these records were copied is the one they come from: it came about."""
    values = {"state": "made", "ended_at": at, "file": file[:400]}
    connection.execute(backups.update().where(backups.c.state == "going").values(values))


def recent(connection: sa.Connection, most: int = 30) -> list[Try]:
    """The latest first."""
    return _read(connection, sa.true(), most)


def latest(connection: sa.Connection) -> dict[str, Try]:
    """The last try of each backup."""
    newest = sa.select(backups.c.backup, sa.func.max(backups.c.began_at).label("at")).group_by(backups.c.backup)
    last = newest.subquery()
    found = _read(connection, sa.tuple_(backups.c.backup, backups.c.began_at).in_(sa.select(last.c.backup, last.c.at)))
    return {one.backup: one for one in reversed(found)}


def one(connection: sa.Connection, identity: str) -> Try | None:
    """That try."""
    return next(iter(_read(connection, backups.c.id == identity)), None)


def _read(connection: sa.Connection, which: sa.ColumnElement[bool], most: int | None = None) -> list[Try]:
    query = sa.select(backups).where(which).order_by(backups.c.began_at.desc()).limit(most)
    return [_try(dict(row)) for row in connection.execute(query).mappings()]


def _try(row: dict[str, Any]) -> Try:
    return Try(**row | {"facts": json.loads(row["facts"])})
