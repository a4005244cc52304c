"""What the run before left: the last look at each bed, reminders, requests."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.journal import Event
from nursecall.care_events import How, Kind
from nursecall.schema import reminders, requests, rounds
from nursecall.store import Change


@dataclass(frozen=True)
class Look:
    """A moment from which a round counts: a row of `rounds`. patient: the number of who lies there."""

    id: str
    ward: str
    bed: str
    patient: str
    at: datetime
    minutes: int
    how: How
    by: str = ""
    changes: int = 1


@dataclass(frozen=True)
class Reminder:
    """Something to be done at a bed: a row of `reminders`.

    patient: the number of the patient with whom it goes; empty: it is of the bed. every: minutes, None for once.
    """

    id: str
    ward: str
    bed: str
    patient: str
    kind: Kind
    text: str
    due_at: datetime
    every: int | None
    made_at: datetime
    made_by: str
    done_at: datetime | None = None
    done_by: str | None = None
    ended_at: datetime | None = None
    changes: int = 1


@dataclass(frozen=True)
class Request:
    """Somebody asked for a service: a row of `service_requests`. call: the nurse call it came with; empty for none.

    due_at: when it is told again; None: it was told often enough. attempts: how often it was told.
    """

    id: str
    ward: str
    bed: str
    service: str
    note: str
    call: str
    raised_at: datetime
    raised_by: str
    due_at: datetime | None
    attempts: int = 1
    taken_at: datetime | None = None
    taken_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    changes: int = 1


@dataclass(frozen=True)
class Left:
    """Everything that goes on after a restart. looks: the last one of each bed since the moment asked for."""

    looks: tuple[Look, ...]
    reminders: tuple[Reminder, ...]
    requests: tuple[Request, ...]


def left(connection: sa.Connection, since: datetime) -> Left:
    """What is not over yet."""
    lately = sa.select(rounds).where(rounds.c.at >= since).order_by(rounds.c.at)
    last = {(row.ward, row.bed): Look(**row._mapping) for row in connection.execute(lately)}
    set_ = sa.select(reminders).where(reminders.c.ended_at.is_(None)).order_by(reminders.c.made_at)
    asked = sa.select(requests).where(requests.c.ended_at.is_(None)).order_by(requests.c.raised_at)
    return Left(
        tuple(last.values()),
        tuple(Reminder(**row._mapping) for row in connection.execute(set_)),
        tuple(Request(**row._mapping) for row in connection.execute(asked)),
    )


_TABLES: dict[type[Any], sa.Table] = {Look: rounds, Reminder: reminders, Request: requests}


def change(what: Look | Reminder | Request, *events: Event) -> Change:
    """How `what` is written down, with what is to be told of it."""
    return Change(asdict(what), events, _TABLES[type(what)])
