"""Killed at any step, the daemon charges each call once and for what was talked."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.foundation.values import Ended, Evidence, Money, yuan
from billing.bill import Lease, whole_seconds
from billing.events import CallSettled, LeaseExtended
from billing.plan import BillingPlan
from billing.recovery import presumed
from billing.schema import ledger
from tests.billing.exchange import MOBILE, SHANGHAI, House
from tests.fakes.clock import START
from tests.support import now


def price(house: House, seconds: int) -> int:
    """What so many seconds to a mobile cost."""
    return house.tariffs.current("retail", START).rate(MOBILE, START.astimezone(SHANGHAI), seconds).amount


def story(kill_at: int | None, *, late: bool, talk: int) -> tuple[House, str]:
    """A call of `talk` seconds; the daemon dies at that step and is started again, at once or an hour after the end."""
    house = House(BillingPlan(lease_seconds=30))
    account = house.account("10")
    house.start(kill_at)

    def maybe_restart() -> None:
        if not house.process.alive and not late:
            house.start()

    house.dial("c1", house.string(account))
    maybe_restart()
    if "c1" in house.exchange.legs:
        house.wait(15)
        house.exchange.answer("c1")
        maybe_restart()
        for _ in range(talk):
            house.wait(1)
            maybe_restart()
        house.exchange.hang_up("c1")
        maybe_restart()
    house.wait(3600)
    if not house.process.alive:
        house.start()
    house.wait(60)
    return house, account


def steps(talk: int) -> int:
    """How many steps a call takes when nothing goes wrong."""
    return story(None, late=False, talk=talk)[0].process.steps


def test_killed_at_any_step_a_call_is_charged_once_and_rightly() -> None:
    """Before the answer, at it, in mid lease, at an extension, at the end, at settlement; back at once or late."""
    for talk in (5, 50):
        whole = steps(talk)
        assert whole >= 10
        for kill_at in range(1, whole + 1):
            for late in (False, True):
                house, account = story(kill_at, late=late, talk=talk)
                leg = house.exchange.legs.get("c1")
                measured = 0
                if leg is not None and leg.answered_at and leg.ended_at:
                    measured = whole_seconds(leg.ended_at - leg.answered_at)
                where = (talk, kill_at, late)
                assert house.balance(account) == yuan(10) - price(house, measured), where
                assert house.reserved(account) == 0, where
                assert charges(house) == (1 if measured else 0), where
                assert late or measured in (0, talk), where  # back in time, it was not cut


def failing(step: int, why: Exception, *, killed: bool) -> tuple[House, str]:
    """A call of fifty seconds; from that step on nothing can be written or read, until after its end."""
    house = House(BillingPlan(lease_seconds=30))
    account = house.account("10")
    house.start()
    house.process.at[step] = lambda: setattr(house.database, "broken", why)
    house.dial("c1", house.string(account))
    if "c1" in house.exchange.legs:
        house.wait(15)
        house.exchange.answer("c1")
        house.wait(50)
        house.exchange.hang_up("c1")
    house.wait(35)
    if killed:
        house.kill()
    house.database.broken = None
    if killed:
        house.start()
    house.wait(60)
    return house, account


@pytest.mark.parametrize(
    "why", [sqlite3.OperationalError("database or disk is full"), ConnectionError("the database is gone")]
)
def test_records_that_fail_at_any_step_cost_nobody_anything(why: Exception) -> None:
    """Full or gone from there until after the end of the call; the daemon lives on, or is killed meanwhile too."""
    for step in range(1, steps(50) + 1):
        for killed in (False, True):
            house, account = failing(step, why, killed=killed)
            leg = house.exchange.legs.get("c1")
            measured = 0
            if leg is not None and leg.answered_at and leg.ended_at:
                measured = whole_seconds(leg.ended_at - leg.answered_at)
            where = (step, killed)
            assert house.balance(account) == yuan(10) - price(house, measured), where
            assert house.reserved(account) == 0, where
            assert charges(house) == (1 if measured else 0), where
            assert measured == 0 or measured >= 30, where  # not extended, it is cut at the end of what was granted


def charges(house: House) -> int:
    """How many charges the ledger has."""
    with house.database.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).where(ledger.c.kind == "charge")).scalar_one()


def talking(credit: str = "10") -> tuple[House, str]:
    """A call that has talked for ten seconds."""
    house = House()
    account = house.account(credit)
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.wait(10)
    return house, account


def test_a_call_that_outlived_us_is_joined_again_and_extended_as_ever() -> None:
    """Killed at 10 s, back at 60 s: it is not cut at 300 s."""
    house, _account = talking()
    house.kill()
    house.wait(50)
    house.start()
    house.wait(540)
    assert house.exchange.legs["c1"].alive
    assert len(house.told(LeaseExtended)) >= 3
    house.exchange.hang_up("c1")
    assert (house.lease("c1").seconds, charges(house)) == (600, 1)


def test_nobody_there_to_extend_it_a_call_is_cut_by_the_exchange() -> None:
    """And charged for exactly the lease."""
    house, account = talking()
    house.kill()
    house.wait(4000)
    house.start()
    assert (house.lease("c1").seconds, house.balance(account)) == (300, yuan("6.9"))


def test_a_call_still_ringing_when_we_come_back_is_looked_after_from_its_answer_on() -> None:
    """Answered five seconds after the restart, talked past the first lease."""
    house = House()
    account = house.account("10")
    house.dial("c1", house.string(account))
    house.kill()
    house.start()
    house.wait(5)
    house.exchange.answer("c1")
    house.wait(420)
    assert house.exchange.legs["c1"].alive
    house.exchange.hang_up("c1")
    assert (house.lease("c1").seconds, house.balance(account)) == (420, yuan("5.7"))


def test_a_call_that_was_never_answered_is_given_back() -> None:
    """It rang out while we were dead."""
    house = House()
    account = house.account("10")
    house.dial("c1", house.string(account))
    house.kill()
    house.exchange.hang_up("c1", "no-answer")
    house.start()
    assert (house.balance(account), house.reserved(account), charges(house)) == (yuan(10), 0, 0)
    assert [event.ended for event in house.told(CallSettled)] == ["no-answer"]


def test_recovering_twice_charges_once() -> None:
    """One after the other, and while a call is being looked after."""
    house, _account = talking()
    house.kill()
    house.start()
    now(house.calling.recover())
    house.wait(10)
    house.exchange.hang_up("c1")
    now(house.calling.recover())
    house.start()
    assert (charges(house), house.lease("c1").seconds) == (1, 20)


def test_recovering_leaves_the_calls_of_this_process_alone() -> None:
    """They are settled when they end."""
    house, _account = talking()
    now(house.calling.recover())
    assert house.lease("c1").state == "talking"
    house.exchange.hang_up("c1")
    assert charges(house) == 1


def test_an_orderly_stop_ends_no_call() -> None:
    """The next start settles it."""
    house, _account = talking()
    house.calling.stop()
    house.process.kill()
    assert not house.callers["c1"].gone
    house.start()
    house.wait(10)
    house.exchange.hang_up("c1")
    assert (house.lease("c1").seconds, charges(house)) == (20, 1)


def test_the_exchange_may_come_back_later_than_we() -> None:
    """Until its evidence can be had, the lease holds its credit."""
    house, account = talking()
    house.kill()
    house.exchange.unreachable = True
    house.exchange.hang_up("c1")
    house.start()
    house.wait(120)
    assert (house.lease("c1").state, house.reserved(account)) == ("talking", yuan("3.1"))
    house.exchange.unreachable = False
    house.wait(10)
    assert (house.lease("c1").seconds, house.reserved(account)) == (10, 0)


def test_after_a_power_cut_a_call_is_charged_up_to_its_last_sign_of_life() -> None:
    """Talked for 57 s, noted at 50 s, nobody recorded the end: one heartbeat after the note counts, 60 s."""
    house, account = talking()
    house.wait(47)
    house.kill()
    house.exchange.lose()
    house.wait(600)
    house.exchange.started_at = house.clock.now()
    house.start()
    assert (house.lease("c1").seconds, house.balance(account)) == (60, yuan(10) - price(house, 60))
    assert [event.ended for event in house.told(CallSettled)] == ["presumed"]


def test_a_call_lost_by_the_exchange_in_front_of_our_eyes_has_an_end_all_the_same() -> None:
    """The exchange says it was answered, but not when it ended."""
    house, _account = talking()
    leg = house.exchange.legs["c1"]
    house.exchange.lose()
    house.wait(3)
    leg.over.callback(Ended("answered", leg.answered_at, None))
    assert (house.lease("c1").state, house.lease("c1").seconds) == ("settled", 10)


LEASE = Lease("c", "1", "8001", MOBILE, "t", 1, Money(0), 300, "talking", START, START, START)


@pytest.mark.parametrize(
    ("seen", "engine", "at", "expected"),
    [
        (None, -100, 3600, 10),  # answered, and no more is known
        (50, -100, 3600, 60),  # a heartbeat after the last note
        (50, 55, 3600, 55),  # but before the exchange was started again
        (295, -100, 3600, 300),  # and before it would have been cut
        (50, -100, 52, 52),  # and not in the future
        (50, 0, 3600, 60),  # an exchange that was started at the answer tells nothing
    ],
)
def test_an_end_that_nobody_recorded_is_the_earliest_it_must_have_come(
    seen: int | None, engine: int, at: int, expected: int
) -> None:
    """Seconds after the answer."""
    lease = LEASE if seen is None else Lease(**{**vars(LEASE), "last_seen_at": START + timedelta(seconds=seen)})
    evidence = Evidence(False, START, None, START + timedelta(seconds=engine))
    ended = presumed(lease, evidence, START + timedelta(seconds=at))
    assert ended.ended_at == START + timedelta(seconds=expected)
    assert ended.outcome == "presumed"
