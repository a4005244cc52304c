"""What wrong PINs have locked: told, listed, and let in again by time or by a cashier."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event, journal
from billing.accounts import Accounts
from billing.events import PinUnlocked
from billing.lockouts import Lockout, Lockouts
from billing.plan import BillingPlan
from billing.refusal import LockedOut, WrongPin
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

HALF_AN_HOUR = timedelta(minutes=30)


class Desk:
    """A desk, one life of it; the records outlive it."""

    def __init__(self, database: InlineDatabase | None = None, clock: FakeClock | None = None) -> None:
        self.database, self.clock, bus = database or InlineDatabase(), clock or FakeClock(), Bus()
        self.events: list[Event] = []
        bus.subscribe(Event, self.events.append)
        self.accounts = Accounts(self.database, BillingPlan(), self.clock, bus)
        self.lockouts = Lockouts(BillingPlan, self.database, self.clock, bus)
        self.lockouts.start()

    def guess(self, number: str, extension: str) -> type[Exception]:
        """A wrong PIN, and what came of it."""
        try:
            now(self.accounts.authenticate(number, "------", extension))
        except (WrongPin, LockedOut) as why:
            return type(why)
        raise AssertionError("it was right")

    @property
    def health(self) -> HealthChanged:
        """What is said of it now."""
        return [event for event in self.events if isinstance(event, HealthChanged)][-1]


def locked_out(desk: Desk) -> str:
    """An account that three wrong PINs at three extensions have locked."""
    number, _ = now(desk.accounts.open("x", "zh", "c"))
    for extension in ("8001", "8002", "8003"):
        desk.guess(number, extension)
    return number


def test_nothing_is_locked_at_first() -> None:
    """And the status page says so."""
    desk = Desk()
    assert (desk.health.state, desk.health.part) == (State.UP, "exchange:pins")
    assert now(desk.lockouts.locked()) == []


def test_a_lock_is_told_and_listed_and_ends_by_itself() -> None:
    """By the clock, to the moment."""
    desk = Desk()
    number = locked_out(desk)
    until = desk.clock.now() + HALF_AN_HOUR
    assert now(desk.lockouts.locked()) == [Lockout("account", number, until, 3)]
    assert (desk.health.state, desk.health.facts) == (State.DEGRADED, (("names", number),))
    desk.clock.advance(HALF_AN_HOUR + timedelta(seconds=1))
    assert now(desk.lockouts.locked()) == []
    assert desk.health.state is State.UP


def test_a_lock_outlives_a_restart() -> None:
    """Counters too: one more wrong PIN after two before it locks."""
    desk = Desk()
    number = locked_out(desk)
    other, _ = now(desk.accounts.open("y", "zh", "c"))
    for extension in ("8004", "8005"):
        desk.guess(other, extension)
    again = Desk(desk.database, desk.clock)
    assert again.health.state is State.DEGRADED
    assert again.guess(number, "8009") is LockedOut
    assert again.guess(other, "8006") is WrongPin
    assert {one.number for one in now(again.lockouts.locked())} == {number, other}


def test_a_cashier_lets_it_in_again() -> None:
    """On record with the name; a second time there is nothing to unlock."""
    desk = Desk()
    number = locked_out(desk)
    assert now(desk.lockouts.unlock("account", number, "Anna"))
    assert desk.guess(number, "8009") is WrongPin
    assert desk.health.state is State.UP
    assert not now(desk.lockouts.unlock("account", number, "Anna"))
    assert [(event.what, event.number, event.by) for event in desk.events if isinstance(event, PinUnlocked)] == [
        ("account", number, "Anna")
    ]
    with desk.database.engine.connect() as connection:
        assert "billing.PinUnlocked" in [row.kind for row in connection.execute(sa.select(journal.c.kind))]


def test_an_extension_is_let_in_again() -> None:
    """Whoever lies there now has done nothing wrong."""
    desk = Desk()
    for number in ("111111", "222222", "333333"):
        desk.guess(number, "8001")
    assert [(one.what, one.number) for one in now(desk.lockouts.locked())] == [("extension", "8001")]
    assert now(desk.lockouts.unlock("extension", "8001", "Anna"))
    assert desk.guess("111111", "8001") is WrongPin


def test_rooms_and_mailboxes_are_none_of_ours() -> None:
    """Their wrong PINs stand in the same table."""
    desk = Desk()
    assert not now(desk.lockouts.unlock("mailbox", "8001", "Anna"))
