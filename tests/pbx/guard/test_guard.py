"""The guard at work: the door, the records, the journal, and what happens as time passes."""

from __future__ import annotations

from collections.abc import Collection

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from pbx.guard.guard import PART, Guard
from pbx.plan_guard import GuardPlan
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.pbx.guard.test_rule import THIEF, event
from tests.support import now

PLAN = GuardPlan(failures=3, minutes=5, ban_minutes=(10, 60))


class Door:
    """Remembers who was kept out, each time it was told. broken: raised once set."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.broken: OSError | None = None

    async def keep_out(self, addresses: Collection[str]) -> None:
        if self.broken:
            raise self.broken
        self.told.append(tuple(addresses))


class House:
    """A guard and what stands around it."""

    def __init__(self, database: InlineDatabase | None = None) -> None:
        self.clock, self.bus, self.door = FakeClock(), Bus(), Door()
        self.database = database or InlineDatabase()
        self.said: list[HealthChanged] = []
        self.bus.subscribe(HealthChanged, self.said.append)
        self.guard = Guard(lambda: PLAN, self.door, self.database, self.clock, self.bus)
        self.guard.start()

    def fails(self, times: int = 3) -> None:
        """Somebody tries secrets."""
        offset = (self.clock.now() - START).total_seconds()
        base = (START - event("x").at).total_seconds()
        for _ in range(times):
            self.guard.heard(event("InvalidPassword", after=base + offset, account="8001"))

    def kinds(self) -> list[str]:
        """What the journal says of it."""
        entries = now(self.database.transact(lambda connection: list(journal.entries(connection))))
        return [entry.kind for entry in entries]


def test_who_fails_is_kept_out_and_let_in_again_when_the_time_is_over() -> None:
    """The door is closed at once and opened by itself; both are told."""
    house = House()
    house.fails()
    assert THIEF in house.door.told[-1]
    assert [ban.address for ban in house.guard.bans()] == [THIEF]
    assert house.kinds() == ["pbx.AddressBanned"]
    assert house.said[-1].facts == (("count", "1"),)
    house.clock.advance(601)
    assert house.door.told[-1] == ()
    assert house.guard.bans() == []
    assert (house.said[-1].part, house.said[-1].state) == (PART, State.UP)


def test_somebody_lifts_a_ban() -> None:
    """By name, on record."""
    house = House()
    house.fails()
    now(house.guard.lift(THIEF, "it"))
    assert house.door.told[-1] == ()
    assert house.kinds() == ["pbx.AddressBanned", "pbx.BanLifted"]


def test_what_was_done_before_a_ban_was_lifted_does_not_count_again() -> None:
    """The log of a flood is read late; what comes after counts."""
    house = House()
    house.fails()
    now(house.guard.lift(THIEF, "it"))
    house.fails(10)
    assert house.guard.bans() == []
    house.clock.advance(1)
    house.fails()
    assert [ban.times for ban in house.guard.bans()] == [2]


def test_bans_outlive_a_restart_unless_they_were_lifted() -> None:
    """What was closed stays closed, and the next time is longer."""
    house = House()
    house.fails()
    after = House(house.database)
    assert after.door.told[-1] == (THIEF,)
    now(after.guard.lift(THIEF, "it"))
    third = House(house.database)
    assert third.guard.bans() == []
    third.clock.advance(1)
    third.fails()
    [ban] = third.guard.bans()
    assert (ban.times, (ban.until - ban.at).total_seconds()) == (2, PLAN.ban_minutes[1] * 60)


def test_while_records_are_down_the_door_is_closed_all_the_same() -> None:
    """A row can wait."""
    house = House()
    house.database.broken = RuntimeError("no disk")
    house.fails()
    assert house.door.told[-1] == (THIEF,)
    house.database.broken = None
    house.clock.advance(11)
    assert house.kinds() == ["pbx.AddressBanned"]


def test_an_asterisk_that_comes_back_is_told_again() -> None:
    """It had not been there to hear."""
    house = House()
    house.door.broken = OSError("nobody there")
    house.fails()
    assert house.door.told == [()]
    house.door.broken = None
    house.bus.publish(HealthChanged(at=START, part="exchange:asterisk", state=State.UP))
    assert house.door.told[-1] == (THIEF,)
