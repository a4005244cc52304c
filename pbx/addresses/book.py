"""The address book: in memory, so that a call finds its caller while the records are down; each change is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

import sqlalchemy as sa
from twisted.internet.defer import DeferredLock

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, serialise
from appliance.foundation.values import new_id
from pbx.addresses.entry import Entry, found
from pbx.addresses.events import AddressesImported, AddressKept, AddressRemoved
from pbx.addresses.schema import addresses
from pbx.numbers import world_form

MOST = 20_000


class Site(Protocol):
    """How people here write numbers; `appliance.plan.Site`."""

    @property
    def country(self) -> str: ...
    @property
    def area(self) -> str: ...


class Full(ValueError):
    """So many entries are kept by no address book."""


class Twice(ValueError):
    """Somebody of that name and department is there already."""


@dataclass(frozen=True)
class Changes:
    """What a list would do. removed: of those that are in the book and not in the list."""

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    same: int
    removed: tuple[Entry, ...]


@dataclass(frozen=True)
class _Shelf:
    entries: tuple[Entry, ...] = ()
    by_number: Mapping[str, Entry] = field(default_factory=dict)


class AddressBook:
    """site: where numbers are understood. Until `load` nobody is known."""

    def __init__(self, site: Callable[[], Site], database: Transactions, clock: Clock, bus: Bus) -> None:
        self._site, self._database, self._clock, self._bus = site, database, clock, bus
        self._in_turn = DeferredLock()
        self._shelf = _Shelf()

    async def load(self) -> None:
        """Read what is kept, by the way numbers are written at the site as it is now."""

        async def read() -> None:
            site = self._site()
            self._shelf = await self._database.transact(lambda connection: _shelf(connection, site, self._shelf))

        await self._in_turn.run(read)

    def every(self) -> Sequence[Entry]:
        """All, by department and name."""
        return self._shelf.entries

    def entry(self, identity: str) -> Entry | None:
        """The one of that id."""
        return next((one for one in self._shelf.entries if one.id == identity), None)

    def of(self, number: str) -> Entry | None:
        """Who has that number, however it is written; of several the first."""
        return self._shelf.by_number.get(_key(number, self._site())) if number else None

    def name(self, number: str) -> str:
        """The name at that number; empty for none."""
        entry = self.of(number)
        return entry.name if entry else ""

    def found(self, typed: str, most: int) -> list[Entry]:
        """The first `most` that fit what somebody typed: parts of names, of numbers, or pinyin."""
        return found(self._shelf.entries, typed, most)

    async def keep(self, entry: Entry, by: str) -> Entry:
        """Take it in, or change the one of its id. Raises Twice, Full."""
        kept = entry if entry.id else replace(entry, id=new_id())
        at = self._clock.now()
        event = AddressKept(
            at=at, entry=kept.id, name=kept.name, department=kept.department, numbers=kept.numbers, by=by
        )  # fmt: skip

        def write(connection: sa.Connection) -> None:
            others = [one for one in _entries(connection) if one.id != kept.id]
            if any(one.who == kept.who for one in others):
                raise Twice(kept.name)
            if len(others) >= MOST:
                raise Full
            connection.execute(addresses.delete().where(addresses.c.id == kept.id))
            connection.execute(addresses.insert().values(_row(kept)))
            journal.append(connection, event)

        await self._change(write, event)
        return kept

    async def remove(self, identity: str, by: str) -> None:
        """Forget one; nothing where it is gone already."""
        entry = self.entry(identity)
        if entry is None:
            return
        event = AddressRemoved(at=self._clock.now(), entry=identity, name=entry.name, by=by)

        def write(connection: sa.Connection) -> None:
            connection.execute(addresses.delete().where(addresses.c.id == identity))
            journal.append(connection, event)

        await self._change(write, event)

    def changes(self, wanted: Sequence[Entry], *, whole: bool) -> Changes:
        """What loading a list would do. whole: who is not in it is removed."""
        return compare(self._shelf.entries, wanted, whole=whole)

    async def take(self, wanted: Sequence[Entry], file: str, by: str, *, whole: bool) -> Changes:
        """Load a list: all of it or nothing. Raises Full."""
        at, done = self._clock.now(), list[Changes]()
        events: list[AddressesImported] = []

        def write(connection: sa.Connection) -> None:
            before = _entries(connection)
            changes = compare(before, wanted, whole=whole)
            if len(before) + len(changes.added) - len(changes.removed) > MOST:
                raise Full
            gone = [one.id for one in (*changes.changed, *changes.removed)]
            for start in range(0, len(gone), 500):
                connection.execute(addresses.delete().where(addresses.c.id.in_(gone[start : start + 500])))
            rows = [_row(one) for one in (*changes.added, *changes.changed)]
            if rows:
                connection.execute(addresses.insert(), rows)
            event = AddressesImported(
                at=at, file=file[:100], added=len(changes.added), changed=len(changes.changed),
                removed=len(changes.removed), by=by,
            )  # fmt: skip
            journal.append(connection, event)
            events.append(event)
            done.append(changes)

        await self._change(write, None)
        self._bus.publish(events[-1])
        return done[-1]

    async def _change(self, write: Callable[[sa.Connection], None], event: journal.Event | None) -> None:
        async def change() -> None:
            site = self._site()

            def work(connection: sa.Connection) -> _Shelf:
                serialise(connection, "addresses")
                write(connection)
                return _shelf(connection, site, self._shelf)

            self._shelf = await self._database.transact(work)

        await self._in_turn.run(change)
        if event is not None:
            self._bus.publish(event)


def compare(there: Sequence[Entry], wanted: Sequence[Entry], *, whole: bool) -> Changes:
    """What makes `there` into `wanted`: people are the same by name and department."""
    known = {one.who: one for one in there}
    listed = {one.who for one in wanted}
    added = tuple(replace(one, id=new_id()) for one in wanted if one.who not in known)
    changed = tuple(
        replace(one, id=known[one.who].id) for one in wanted if one.who in known and known[one.who].alike != one.alike
    )
    removed = tuple(one for one in there if one.who not in listed) if whole else ()
    return Changes(added, changed, len(wanted) - len(added) - len(changed), removed)


def _shelf(connection: sa.Connection, site: Site, before: _Shelf) -> _Shelf:
    """What is kept now. What takes its time for each entry is done here, on the records' thread, and once."""
    known = {entry.id: entry for entry in before.entries}
    entries = tuple(known[one.id] if known.get(one.id) == one else one for one in _entries(connection))
    by_number: dict[str, Entry] = {}
    for entry in entries:
        _ = entry.words
        for number in entry.numbers:
            by_number.setdefault(_key(number, site), entry)
    return _Shelf(entries, by_number)


def _entries(connection: sa.Connection) -> tuple[Entry, ...]:
    order = (addresses.c.department, addresses.c.name, addresses.c.id)
    return tuple(
        Entry(row.name, tuple(row.numbers.split()), row.department, row.note, row.vip, row.id)
        for row in connection.execute(sa.select(addresses).order_by(*order))
    )


def _row(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id, "name": entry.name, "department": entry.department, "numbers": " ".join(entry.numbers),
        "note": entry.note, "vip": entry.vip,
    }  # fmt: skip


def _key(number: str, site: Site) -> str:
    """A number in the one way in which it is looked up: as the world knows it, else its digits."""
    return _understood(number, site.country, site.area)


@lru_cache(maxsize=1 << 16)
def _understood(number: str, country: str, area: str) -> str:
    return world_form(number, country, area) or number.removeprefix("+")
