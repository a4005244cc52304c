"""Nurse calls and bedsides as rows: each change in one transaction with the journal events that report it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event, append
from nursecall.bedsides import Bedside
from nursecall.calls import CallFacts, Told
from nursecall.schema import bedsides, nurse_calls


@dataclass(frozen=True)
class Change:
    """One step in the life of a call, or at a bed: the whole row afterwards, and what is to be journalled and told."""

    row: dict[str, Any]
    events: tuple[Event, ...]
    table: sa.Table = nurse_calls

    @classmethod
    def of(cls, facts: CallFacts | Bedside, events: Sequence[Event]) -> Change:
        """The change that brought `facts` to where it is now."""
        return cls(asdict(facts), tuple(events), nurse_calls if isinstance(facts, CallFacts) else bedsides)

    @property
    def call(self) -> str | None:
        """The id of the call; None for a change at a bed."""
        return str(self.row["id"]) if self.table is nurse_calls else None

    @property
    def subject(self) -> tuple[str, ...]:
        """What is changed: the values of the row's primary key."""
        return tuple(str(self.row[column.name]) for column in self.table.primary_key)


class CallStore:
    """The tables `nurse_calls` and `bedsides`."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def write(self, changes: Sequence[Change]) -> None:
        """Write all of `changes`, in order, or nothing. What is written already stays as it is.

        So the same changes can be given again when nobody knows whether the first time succeeded.
        """

        def write(connection: sa.Connection) -> None:
            events = [event for change in changes if _put(connection, change) for event in change.events]
            append(connection, *events)

        await self._database.transact(write)

    async def open_calls(self) -> list[CallFacts]:
        """Every call that has not ended, oldest first."""
        return (await self.left())[0]

    async def left(self) -> tuple[list[CallFacts], list[Bedside]]:
        """What the run before left: every call that has not ended, oldest first; and what is known of beds."""
        query = sa.select(nurse_calls).where(nurse_calls.c.ended_at.is_(None))
        query = query.order_by(nurse_calls.c.raised_at, nurse_calls.c.id)

        def read(connection: sa.Connection) -> tuple[list[CallFacts], list[Bedside]]:
            calls = [_call(dict(row._mapping)) for row in connection.execute(query)]
            return calls, [Bedside(**row._mapping) for row in connection.execute(sa.select(bedsides))]

        return await self._database.transact(read)


def _call(row: dict[str, Any]) -> CallFacts:
    return CallFacts(**row | {"told": tuple(Told(**one) for one in row["told"])})


def _put(connection: sa.Connection, change: Change) -> bool:
    """Whether the row was written: False where this change, or a later one, is there already."""
    table = change.table
    this = sa.and_(*(column == change.row[column.name] for column in table.primary_key))
    written = connection.execute(sa.select(table.c.changes).where(this)).scalar()
    if written is None:
        connection.execute(table.insert().values(change.row))
    elif written < change.row["changes"]:
        connection.execute(table.update().where(this).values(change.row))
    else:
        return False
    return True
