"""Every call on record, on every kind of storage: in order, once, though storage or our program goes away meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from appliance.foundation.bus import Bus
from appliance.foundation.journal import verify
from pbx.calls import views
from pbx.calls.book import CallBook
from pbx.calls.events import CallEnded
from pbx.calls.views import Wanted
from pbx.reason import Reason
from tests.contracts.conftest import Storage
from tests.fakes.clock import START, FakeClock
from tests.real_reactor import Heard

CALL, NEXT = "c" * 32, "d" * 32
A_DAY = timedelta(days=1)


class Desk:
    """A book on this storage; `restart` is a new life."""

    def __init__(self, storage: Storage) -> None:
        self.storage, self.clock = storage, FakeClock()
        self.ended: Heard[CallEnded] = Heard()
        self.restart()

    def restart(self) -> None:
        self.bus = Bus()
        self.bus.subscribe(CallEnded, self.ended.append)
        self.book = CallBook(self.storage.database, self.clock, self.bus)

    async def over(self, times: int = 1) -> None:
        await self.ended.until(lambda all_: len(all_) >= times)

    async def found(self, **sought: str) -> list[views.CallRow]:
        return await views.search(self.storage.database, Wanted(START - A_DAY, START + A_DAY, **sought), most=10)

    async def talk(self, call: str, seconds: int, **more: Any) -> None:
        """8001 calls out over telecom."""
        self.book.began(call, "8001", "leg-1", **more)
        self.book.directed(call, "out", "8613800138000")
        self.book.step(call, Reason("{extension} is an extension.", {"extension": "8001"}))
        self.book.answered(call, "telecom", self.clock.now(), trunk="telecom")
        self.clock.advance(timedelta(seconds=seconds))
        self.book.ended(call, "answered", self.clock.now())


def test_a_call_is_told_from_beginning_to_end(storage: Storage) -> None:
    """Its row, and its story in the journal, which verifies."""
    desk = Desk(storage)

    async def scene() -> None:
        await desk.talk(CALL, 65)
        await desk.over()
        (row,) = await desk.found()
        assert (row.caller, row.called, row.trunk, row.outcome, row.seconds) == (
            "8001", "8613800138000", "telecom", "answered", 65.0,
        )  # fmt: skip
        told = await views.story(storage.database, CALL)
        assert told is not None
        assert [entry.kind for entry in told.entries] == [
            "pbx.CallBegan", "pbx.CallDirected", "pbx.CallStep", "pbx.CallAnswered", "pbx.CallEnded",
        ]  # fmt: skip
        assert Reason.read(told.entries[2].body["reason"]).text("en") == "8001 is an extension."

    storage.run(scene())
    assert storage.transact(lambda connection: list(verify(connection))) == []


def test_a_call_that_was_handed_on_is_one_story(storage: Storage) -> None:
    """Whichever of the two is asked for, both are told."""
    desk = Desk(storage)

    async def scene() -> None:
        await desk.talk(CALL, 5)
        await desk.talk(NEXT, 7, grown_from=CALL)
        await desk.over(2)
        for asked in (CALL, NEXT):
            told = await views.story(storage.database, asked)
            assert told is not None
            assert [row.id for row in told.kin] == [CALL, NEXT]
            assert len(told.entries) == 10
        assert await views.story(storage.database, "e" * 32) is None

    storage.run(scene())


def test_calls_are_found_by_what_is_known_of_them(storage: Storage) -> None:
    """By either number or a part of it, direction, trunk, outcome; newest first."""
    desk = Desk(storage)

    async def scene() -> None:
        await desk.talk(CALL, 5)
        desk.book.began(NEXT, "8002", "leg-2")
        desk.book.directed(NEXT, "internal", "8001")
        desk.book.ended(NEXT, "busy")
        desk.book.ended(NEXT, "answered")
        await desk.over(2)
        assert [row.id for row in await desk.found()] == [NEXT, CALL]
        assert [row.id for row in await desk.found(number="800138")] == [CALL]
        assert [row.id for row in await desk.found(number="8002")] == [NEXT]
        assert [row.id for row in await desk.found(direction="out", trunk="telecom")] == [CALL]
        assert [row.id for row in await desk.found(outcome="busy")] == [NEXT]
        assert await desk.found(number="_") == []

    storage.run(scene())


def test_calls_of_a_life_before_are_taken_up_or_closed(storage: Storage) -> None:
    """One still talks and ends by itself later; of another the exchange knows when it ended; a third was lost."""
    desk = Desk(storage)
    third = "f" * 32

    async def scene() -> None:
        for call in (CALL, NEXT, third):
            desk.book.began(call, "8001", f"leg-{call[0]}")
        desk.book.answered(CALL, "8002", desk.clock.now())
        desk.book.answered(NEXT, "8002", desk.clock.now())
        await desk.book.finish()
        desk.clock.advance(timedelta(seconds=60))
        hung_up = {"leg-d": desk.clock.now() - timedelta(seconds=50)}
        desk.restart()
        lasting: list[Callable[[datetime | None], None]] = []

        def end(leg: str, tell: Callable[[datetime | None], None]) -> None:
            if leg == "leg-c":
                lasting.append(tell)
            else:
                tell(hung_up.get(leg))

        await desk.book.take_up(desk.clock.now(), end)
        await desk.over(2)
        rows = {row.id: row for row in await desk.found()}
        assert rows[CALL].ended_at is None
        assert (rows[NEXT].outcome, rows[NEXT].seconds) == ("answered", 10.0)
        assert rows[third].outcome == "lost"
        lasting[0](desk.clock.now())
        await desk.over(3)
        assert desk.ended[-1].talked_seconds == 60.0

    storage.run(scene())
