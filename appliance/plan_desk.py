"""The plan at the panel: revisions kept, compared, named and put in force."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from appliance import revisions
from appliance.foundation.clock import Clock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.database import Transactions
from appliance.foundation.toml_edit import with_order, with_value
from appliance.foundation.toml_tree import tree
from appliance.menu_edit import flows_of, with_flow
from appliance.plan import Plan
from appliance.plan_edit import edited
from billing.schema import tariff_versions
from pbx.ivr.edit import Doc
from web.plans import (
    Draft,
    Edit,
    MenuDraft,
    Order,
    Overtaken,
    Put,
    Revised,
    Tried,
    Unfit,
    WardEdit,
    Written,
)

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
            return _diff(old.text, new.text, str(old.id), str(new.id))

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

    async def menus(self, number: int | None = None) -> MenuDraft:
        """Voice menus of revision `number`, else of the newest. Raises Unfit, LookupError."""
        found = await self._database.transact(lambda connection: _found(connection, number))
        try:
            return MenuDraft(found.id, found.active, {doc["id"]: doc for doc in flows_of(found.text)}, found.plan.pbx)
        except Faulty as why:
            raise Unfit(why.faults) from why

    async def save_menu(self, menu: str, doc: Doc | None, base: int, by: str) -> int:
        """Keep `base` with the menu replaced, added, or (None) gone: the new revision's number. Raises as `save`."""

        def keep(connection: sa.Connection) -> int:
            newest = revisions.every(connection)[0].id
            if newest != base:
                raise Overtaken(newest)
            text = with_flow(revisions.find(connection, base).text, menu, doc)
            return revisions.keep(connection, text, by=by, note=f"menu {menu}", at=self._clock.now())

        try:
            return await self._database.transact(keep)
        except Faulty as why:
            raise Unfit(why.faults) from why

    async def written(self, number: int | None = None) -> Written:
        """Revision `number`, else the newest, as it is written. Raises Unfit, LookupError."""

        def read(connection: sa.Connection) -> Written:
            found, named = _found(connection, number), sa.select(tariff_versions.c.name).distinct()
            tariffs = sorted(connection.execute(named).scalars())
            plan = found.plan
            return Written(
                found.id, found.active, found.text, tree(found.text), plan.nursecall, plan.pbx, tariffs
            )  # fmt: skip

        try:
            return await self._database.transact(read)
        except Faulty as why:
            raise Unfit(why.faults) from why

    async def tried(self, edits: Sequence[Edit], base: int) -> Tried:
        """`base` with those edits, not kept. Raises Unfit, LookupError."""

        def look(connection: sa.Connection) -> Tried:
            before = revisions.find(connection, base).text
            after = with_edits(before, edits)
            plan = parse(after, Plan)
            return Tried(after, _diff(before, after, str(base), ""), plan.pbx)

        try:
            return await self._database.transact(look)
        except Faulty as why:
            raise Unfit(why.faults) from why

    async def write(self, edits: Sequence[Edit], base: int, by: str, note: str) -> int:
        """Keep `base` with those edits as a new revision: its number. Raises as `save`."""

        def keep(connection: sa.Connection) -> int:
            newest = revisions.every(connection)[0].id
            if newest != base:
                raise Overtaken(newest)
            text = with_edits(revisions.find(connection, base).text, edits)
            return revisions.keep(connection, text, by=by, note=note[:200], at=self._clock.now())

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


def with_edits(text: str, edits: Sequence[Edit]) -> str:
    """`text` with each made, one after another. Raises Faulty."""
    for edit in edits:
        match edit:
            case Put(path, value):
                text = with_value(text, path, value)
            case Order(path, order):
                text = with_order(text, path, order)
    return text


def _diff(old: str, new: str, was: str, is_now: str) -> list[str]:
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), was, is_now, lineterm="", n=2))


def _found(connection: sa.Connection, number: int | None) -> revisions.Revision:
    if number is not None:
        return revisions.find(connection, number)
    known = revisions.every(connection)
    if not known:
        raise revisions.NoSuchRevision("no plan is kept")
    return known[0]
