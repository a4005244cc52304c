"""Nurse calls as rows: each change in one transaction with the journal events that report it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event, append
from nursecall.calls import CallFacts
from nursecall.schema import nurse_calls


@dataclass(frozen=True)
class Change:
    """One step in the life of a call: its whole row afterwards, and what is to be journalled and told."""

    row: dict[str, Any]
    events: tuple[Event, ...]

    @classmethod
    def of(cls, facts: CallFacts, events: Sequence[Event]) -> Change:
        """The change that brought `facts` to where it is now."""
        return cls(asdict(facts), tuple(events))

    @property
    def call(self) -> str:
        """The id of the call."""
        return str(self.row["id"])


class CallStore:
    """The table `nurse_calls`."""

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

        def read(connection: sa.Connection) -> list[CallFacts]:
            query = sa.select(nurse_calls).where(nurse_calls.c.ended_at.is_(None))
            query = query.order_by(nurse_calls.c.raised_at, nurse_calls.c.id)
            return [CallFacts(**row._mapping) for row in connection.execute(query)]

        return await self._database.transact(read)


def _put(connection: sa.Connection, change: Change) -> bool:
    """Whether the row was written: False where this change, or a later one, is there already."""
    this = nurse_calls.c.id == change.call
    written = connection.execute(sa.select(nurse_calls.c.changes).where(this)).scalar()
    if written is None:
        connection.execute(nurse_calls.insert().values(change.row))
    elif written < change.row["changes"]:
        connection.execute(nurse_calls.update().where(this).values(change.row))
    else:
        return False
    return True
