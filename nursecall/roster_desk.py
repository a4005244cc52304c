"""Rosters changed: in the records first, then in memory; and told when others are on duty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from twisted.internet.defer import DeferredLock

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import new_id
from nursecall import roster as rules
from nursecall.bed_spans import LONGEST, NoSuchBed, spelled, spread
from nursecall.next_timer import NextTimer
from nursecall.plan import NurseCallPlan
from nursecall.plan_wards import Ward
from nursecall.roster import Cell, Cells, Change, Cover, RosterRefused, Staff, Stint
from nursecall.roster_events import How, OnDutyChanged
from nursecall.roster_store import RosterStore
from nursecall.rota import Rota

KEPT = timedelta(days=62)
"""So far back the roster is in memory; what is older is read when it is looked at."""

LONGEST_COVER = timedelta(days=31)


class Roster(Rota):
    """Kept as records. While these cannot be read, what was last known counts; where nothing was, the plan."""

    def __init__(
        self, plan: Callable[[], NurseCallPlan], zone: ZoneInfo, database: Transactions, clock: Clock, bus: Bus
    ) -> None:
        super().__init__(plan, zone)
        self._clock, self._bus = clock, bus
        self._store = RosterStore(database)
        self._in_turn = DeferredLock()
        self._timer = NextTimer(clock, self._turns, self._turned)
        self.loaded = False

    async def load(self) -> None:
        """Read the records into memory, perhaps since another program has changed them. Raises what reading raises."""
        # Shifts change whether or not that succeeds.
        self._timer.set()
        await self._in_turn.run(self._load)
        self._turned()

    def replan(self) -> None:
        """Shifts may begin at other times."""
        self._turned()

    def stop(self) -> None:
        """Tell no more."""
        self._timer.stop()

    async def cells(self, ward: str, first: date, last: date) -> Cells:
        """The ward's roster of these days. Raises what reading days long past raises."""
        if not self.loaded or first < self._since():
            return await self._store.cells(ward, first, last)
        return {cell: there for cell, there in self._books.cells.get(ward, {}).items() if first <= cell[0] <= last}

    async def keep_staff(self, people: Iterable[Staff], by: str) -> int:
        """Take these in, or note what is new of them; how many that are. Raises RosterRefused."""
        every = list(people)

        async def keep() -> int:
            events = await self._store.write_staff(every, by, self._clock.now())
            self._books = replace(self._books, staff=self._books.staff | {one.id: one for one in every})
            self._publish(events)
            return len(events)

        changed: int = await self._in_turn.run(keep)
        self._tell(ward.id for ward in self._plan().wards)
        return changed

    async def put(self, ward: str, cell: Cell, staff: str, by: str, *, on: bool) -> None:
        """`staff` works in that shift of that day, or does not. Raises RosterRefused."""
        self._shift(ward, cell)
        if on:
            self._known(staff)
        await self._change(ward, cell[0], cell[0], lambda cells: rules.put(cells, cell, staff, on=on), "assign", by)

    async def share(self, ward: str, cell: Cell, beds: Mapping[str, str], by: str) -> None:
        """Who works in that shift has these beds, as text, by staff id. Raises RosterRefused."""
        known = self._ward(ward).beds
        try:
            spelt = {staff: spelled(spread(text, known), known)[:LONGEST] for staff, text in beds.items()}
        except NoSuchBed as why:
            raise RosterRefused("There is no bed {bed} in this ward.", bed=why) from why
        await self._change(ward, cell[0], cell[0], lambda cells: rules.share(cells, cell, spelt), "beds", by)

    async def swap(self, ward: str, one: tuple[Cell, str], other: tuple[Cell, str], by: str) -> None:
        """These two do each other's duty. Raises RosterRefused."""
        (first, _), (last, _) = sorted((one[0], other[0]))
        await self._change(ward, first, last, lambda cells: rules.swap(cells, one, other), "swap", by)

    async def repeat(
        self, ward: str, first: date, length: int, start: date, end: date, by: str, staff: str | None = None
    ) -> None:
        """Do again from `start` to `end` what was done in `length` days from `first` on. Raises RosterRefused."""
        last = first + timedelta(days=min(length, rules.MOST_DAYS))

        def change(cells: Cells) -> Cells:
            return rules.repeat(cells, first, length, start, end, staff)

        await self._change(ward, min(first, start), max(last, end), change, "copy", by)

    async def replace(self, ward: str, first: date, last: date, cells: Cells, by: str) -> None:
        """The ward's roster of these days is `cells`."""
        await self._change(ward, first, last, lambda _: cells, "import", by)

    async def cover(self, ward: str, staff: str, start: datetime, end: datetime, by: str) -> Cover:
        """`staff` of another ward helps out in `ward`. Raises RosterRefused."""
        self._ward(ward)
        if self._known(staff).ward == ward:
            raise RosterRefused("{staff} works in this ward: put them on its roster.", staff=staff)
        if not start < end <= start + LONGEST_COVER or end <= self._clock.now():
            raise RosterRefused("A cover begins before it ends, ends in the future, and lasts a month at most.")
        cover = Cover(new_id(), ward, staff, start, end)

        async def keep() -> None:
            event = await self._store.cover(cover, by, self._clock.now())
            self._books = replace(self._books, covers=(*self._books.covers, cover))
            self._publish([event])

        await self._in_turn.run(keep)
        self._tell([ward])
        return cover

    async def withdraw(self, cover: Cover, by: str) -> None:
        """That cover is not needed, or no longer."""

        async def keep() -> None:
            event = await self._store.withdraw(cover, by, self._clock.now())
            left = tuple(one for one in self._books.covers if one.id != cover.id)
            self._books = replace(self._books, covers=left)
            self._publish([event])

        await self._in_turn.run(keep)
        self._tell([cover.ward])

    async def _change(self, ward: str, first: date, last: date, change: Change, how: How, by: str) -> None:
        async def rewrite() -> bool:
            event = await self._store.rewrite(ward, first, last, change, how, by, self._clock.now())
            if event is None:
                return False
            cells = dict(self._books.cells.get(ward, {}))
            for day, shift, stints in event.cells:
                cells.pop((day, shift), None)
                if stints:
                    cells[day, shift] = tuple(Stint(*stint) for stint in stints)
            self._books = replace(self._books, cells=self._books.cells | {ward: cells})
            self._publish([event])
            return True

        if await self._in_turn.run(rewrite):
            self._tell([ward])

    def _ward(self, ward: str) -> Ward:
        known = self._plan().ward(ward)
        if known is None:
            raise RosterRefused("There is no such ward.")
        return known

    def _shift(self, ward: str, cell: Cell) -> None:
        if not any(shift.id == cell[1] for shift in self._ward(ward).shifts):
            raise RosterRefused("This ward has no shift {shift}.", shift=cell[1][:32])

    def _known(self, staff: str) -> Staff:
        one = self._working(staff)
        if one is None:
            raise RosterRefused("Nobody of number {staff} works here.", staff=staff[:32])
        return one

    def _since(self) -> date:
        return (self._clock.now() - KEPT).astimezone(self._zone).date()

    async def _load(self) -> None:
        self._books = await self._store.books(self._since(), self._clock.now())
        self.loaded = True

    def _publish(self, events: Iterable[object]) -> None:
        for event in events:
            self._bus.publish(event)

    def _turns(self) -> Iterator[datetime]:
        return rules.turns(self._plan().wards, self._books.covers, self._clock.now(), self._zone)

    def _turned(self) -> None:
        self._tell(ward.id for ward in self._plan().wards)

    def _tell(self, wards: Iterable[str]) -> None:
        self._timer.set()
        self._bus.publish(OnDutyChanged(at=self._clock.now(), wards=tuple(wards)))
