"""The plan as numbered revisions: checked, kept for ever, activated as a whole, pointed at by slots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.config import parse
from appliance.foundation.database import Moment, metadata, serialise
from appliance.plan import Plan

plan_revisions = sa.Table(
    "plan_revisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

plan_slots = sa.Table(
    "plan_slots",
    metadata,
    sa.Column("slot", sa.String(16), primary_key=True),
    sa.Column("revision", sa.Integer, sa.ForeignKey("plan_revisions.id"), nullable=False),
    sa.Column("since", Moment, nullable=False),
)
"""Which revision a name stands for; the slot `active` is the one in force."""

ACTIVE = "active"
FORMER = "former"
"""The slots of what is in force, and of what was before it."""


@dataclass(frozen=True, kw_only=True)
class PlanRevised(journal.Event):
    """A new revision was kept; it is not yet in force."""

    revision: int
    by: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PlanActivated(journal.Event):
    """A revision came into force."""

    revision: int
    by: str


@dataclass(frozen=True, kw_only=True)
class PlanSlotNamed(journal.Event):
    """From now on `slot` stands for a revision."""

    slot: str
    revision: int
    by: str


@dataclass(frozen=True, kw_only=True)
class PlanTakenBack(journal.Event):
    """The box put revision `to` back by itself: under `revision` a part that had worked stayed down."""

    revision: int
    to: int
    part: str


@dataclass(frozen=True, kw_only=True)
class PlanKeptAnyway(journal.Event):
    """Somebody wants `revision` in force though `part`, which had worked, does not work under it."""

    revision: int
    part: str
    by: str


@dataclass(frozen=True)
class Revision:
    """One kept plan."""

    id: int
    made_at: datetime
    by: str
    note: str
    text: str
    active: bool

    @property
    def plan(self) -> Plan:
        """The document. Raises Faulty when an older version's text no longer fits."""
        return parse(self.text, Plan)


class NoSuchRevision(LookupError):
    """There is no revision of that number."""


def keep(connection: sa.Connection, text: str, *, by: str, note: str, at: datetime) -> int:
    """Check `text` and keep it as a new revision; the same text as the newest is not kept twice. Raises Faulty."""
    parse(text, Plan)
    serialise(connection, "plan_revisions")
    newest = connection.execute(sa.select(plan_revisions).order_by(plan_revisions.c.id.desc()).limit(1)).first()
    if newest is not None and newest.text == text:
        return int(newest.id)
    number = 1 if newest is None else newest.id + 1
    connection.execute(plan_revisions.insert().values(id=number, made_at=at, by=by, note=note, text=text))
    journal.append(connection, PlanRevised(at=at, revision=number, by=by, note=note))
    return int(number)


def activate(connection: sa.Connection, number: int, *, by: str, at: datetime) -> Revision:
    """Put revision `number` in force. Raises NoSuchRevision; Faulty leaves the one in force as it is."""
    revision = find(connection, number)
    _ = revision.plan
    if not revision.active:
        before = slots(connection).get(ACTIVE)
        if before is not None:
            _point(connection, FORMER, before, at)
        _point(connection, ACTIVE, number, at)
        journal.append(connection, PlanActivated(at=at, revision=number, by=by))
    return revision


def name(connection: sa.Connection, slot: str, number: int, *, by: str, at: datetime) -> None:
    """Let `slot`, a capital letter, stand for revision `number`. Raises NoSuchRevision, ValueError."""
    if not re.fullmatch(r"[A-Z]", slot):
        raise ValueError(f"{slot!r} is no slot: one capital letter is, such as A")
    find(connection, number)
    if slots(connection).get(slot) != number:
        _point(connection, slot, number, at)
        journal.append(connection, PlanSlotNamed(at=at, slot=slot, revision=number, by=by))


def slots(connection: sa.Connection) -> dict[str, int]:
    """Which revision each slot stands for, ACTIVE and FORMER among them."""
    found = connection.execute(sa.select(plan_slots.c.slot, plan_slots.c.revision).order_by(plan_slots.c.slot))
    return {row.slot: row.revision for row in found}


def _point(connection: sa.Connection, slot: str, number: int, at: datetime) -> None:
    connection.execute(plan_slots.delete().where(plan_slots.c.slot == slot))
    connection.execute(plan_slots.insert().values(slot=slot, revision=number, since=at))


def find(connection: sa.Connection, number: int) -> Revision:
    """Revision `number`. Raises NoSuchRevision."""
    for revision in _read(connection, plan_revisions.c.id == number):
        return revision
    raise NoSuchRevision(f"there is no plan revision {number}")


def active(connection: sa.Connection) -> Revision | None:
    """The revision in force."""
    return next(iter(_read(connection, plan_slots.c.revision.is_not(None))), None)


def every(connection: sa.Connection) -> list[Revision]:
    """All revisions, newest first."""
    return _read(connection, sa.true())


def _read(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Revision]:
    in_force = sa.and_(plan_slots.c.revision == plan_revisions.c.id, plan_slots.c.slot == ACTIVE)
    query = (
        sa.select(plan_revisions, plan_slots.c.revision.label("in_force"))
        .select_from(plan_revisions.outerjoin(plan_slots, in_force))
        .where(which)
        .order_by(plan_revisions.c.id.desc())
    )
    return [
        Revision(row.id, row.made_at, row.by, row.note, row.text, row.in_force is not None)
        for row in connection.execute(query)
    ]
