"""Notes for the next shift, and who has taken the ward over."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import append
from appliance.foundation.values import new_id
from nursecall.board import printable
from nursecall.care_events import CareChanged, HandoverTaken, NoteWritten
from nursecall.handover import Note
from nursecall.roster import Run
from nursecall.schema import handovers, ward_notes

LONGEST_NOTE = 300
NAME = 64
REMEMBERED = timedelta(days=3)


class Handovers:
    """Each in one transaction with its line of the journal."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus
        self._taken: set[tuple[str, date, str]] | None = None

    async def load(self) -> None:
        """Remember which shifts of lately have been taken over from."""
        since = (self._clock.now() - REMEMBERED).date()
        columns = (handovers.c.ward, handovers.c.day, handovers.c.shift)

        def read(connection: sa.Connection) -> set[tuple[str, date, str]]:
            query = sa.select(*columns).where(handovers.c.day >= since)
            return {(row.ward, row.day, row.shift) for row in connection.execute(query)}

        self._taken = await self._database.transact(read)

    def waiting(self, ward: str, run: Run) -> bool:
        """Whether nobody has taken over from that shift. Never before the records were read."""
        return self._taken is not None and (ward, *run.cell) not in self._taken

    async def note(self, ward: str, bed: str, text: str, by: str) -> None:
        """`by` writes something down. Raises ValueError, a message id, for nothing or for too much."""
        text = printable(text, LONGEST_NOTE + 1)
        if not 1 <= len(text) <= LONGEST_NOTE:
            raise ValueError("Write 1 to 300 characters.")
        note = Note(new_id(), ward, bed, text, self._clock.now(), by[:NAME])
        event = NoteWritten(at=note.at, ward=ward, bed=bed, note=note.id, by=note.by)

        def write(connection: sa.Connection) -> None:
            connection.execute(ward_notes.insert().values(**note.__dict__))
            append(connection, event)

        await self._database.transact(write)
        self._bus.publish(event)
        self._bus.publish(CareChanged(at=note.at, ward=ward))

    async def take(self, ward: str, run: Run, name: str, staff: str, by: str) -> None:
        """`name` has read the hand-over and takes the ward over; once. by: the log-in at which that was said."""
        now, name = self._clock.now(), printable(name, NAME)
        row = {"ward": ward, "day": run.day, "shift": run.shift.id, "by": name, "at": now}
        event = HandoverTaken(at=now, ward=ward, day=run.day, shift=run.shift.id, staff=staff, by=by)

        def write(connection: sa.Connection) -> bool:
            this = sa.and_(*(handovers.c[key] == row[key] for key in ("ward", "day", "shift", "by")))
            if connection.execute(sa.select(handovers.c.at).where(this)).first() is not None:
                return False
            connection.execute(handovers.insert().values(row))
            append(connection, event)
            return True

        fresh = await self._database.transact(write)
        if self._taken is not None:
            self._taken.add((ward, *run.cell))
        if fresh:
            self._bus.publish(event)
            self._bus.publish(CareChanged(at=now, ward=ward))
