"""The plan at the panel: revisions kept, compared, named and put in force."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from appliance import revisions
from appliance.foundation.clock import Clock
from appliance.foundation.config import Faulty
from appliance.foundation.database import Transactions
from appliance.plan_edit import edited
from web.plans import Draft, Overtaken, Revised, Unfit, WardEdit

SPECIAL = (revisions.ACTIVE, revisions.FORMER)


class PlanDesk:
    """Satisfies `web.ports.Plans`. in_force: called when another revision has come into force."""

    def __init__(self, database: Transactions, clock: Clock, in_force: Callable[[], object]) -> None:
        self._database, self._clock, self._in_force = database, clock, in_force

    async def every(self) -> Sequence[Revised]:
        """All revisions, newest first."""

        def read(connection: sa.Connection) -> list[Revised]:
            named = revisions.slots(connection)
            former = named.get(revisions.FORMER)

            def letters(number: int) -> tuple[str, ...]:
                return tuple(slot for slot, there in named.items() if there == number and slot not in SPECIAL)

            return [
                Revised(row.id, row.made_at, row.by, row.note, row.active, row.id == former, letters(row.id))
                for row in revisions.every(connection)
            ]

        return await self._database.transact(read)

    async def draft(self, number: int | None = None) -> Draft:
        """Revision `number`, else the newest. Raises Unfit when its text no longer fits; LookupError."""
        found = await self._database.transact(lambda connection: _found(connection, number))
        try:
            return Draft(found.id, found.active, found.plan.nursecall)
        except Faulty as why:
            raise Unfit(why.faults) from why

    async def diff(self, number: int, against: int) -> list[str]:
        """Lines that turn `against` into `number`, as `diff -u` has them. Raises LookupError."""

        def read(connection: sa.Connection) -> list[str]:
            old, new = revisions.find(connection, against), revisions.find(connection, number)
            lines = old.text.splitlines(), new.text.splitlines()
            return list(difflib.unified_diff(*lines, str(old.id), str(new.id), lineterm="", n=2))

        return await self._database.transact(read)

    async def save(self, edit: WardEdit, base: int, by: str) -> int:
        """Keep revision `base` with `edit` made as a new one: its number. Raises Unfit, Overtaken, LookupError."""

        def keep(connection: sa.Connection) -> int:
            newest = revisions.every(connection)[0].id
            if newest != base:
                raise Overtaken(newest)
            text = edited(revisions.find(connection, base).text, edit)
            return revisions.keep(connection, text, by=by, note=f"{edit.ward}", at=self._clock.now())

        try:
            return await self._database.transact(keep)
        except Faulty as why:
            raise Unfit(why.faults) from why

    async def activate(self, number: int, by: str) -> None:
        """Put revision `number` in force while the box runs. Raises Unfit, LookupError."""
        now = self._clock.now()
        try:
            await self._database.transact(lambda connection: revisions.activate(connection, number, by=by, at=now))
        except Faulty as why:
            raise Unfit(why.faults) from why
        self._in_force()

    async def name(self, slot: str, number: int, by: str) -> None:
        """Let a slot stand for revision `number`. Raises ValueError, LookupError."""
        now = self._clock.now()
        await self._database.transact(lambda connection: revisions.name(connection, slot, number, by=by, at=now))


def _found(connection: sa.Connection, number: int | None) -> revisions.Revision:
    if number is not None:
        return revisions.find(connection, number)
    known = revisions.every(connection)
    if not known:
        raise revisions.NoSuchRevision("no plan is kept")
    return known[0]
