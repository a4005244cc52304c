"""Whoever pays hears that the end is near: once, in time, and only if it is."""

from __future__ import annotations

import pytest

from appliance.foundation.values import yuan
from billing.last_minute import remaining
from billing.plan import BillingPlan
from tests.billing.exchange import House
from tests.fakes.clock import START
from tests.support import now

ONE_MINUTE = "通话时间还剩1分钟。"


class Talk:
    """A call that was answered at once. warned: what was said when, in seconds from the answer."""

    def __init__(self, credit: str, plan: BillingPlan | None = None) -> None:
        self.house = House(plan)
        self.account = self.house.account(credit)
        self.house.dial("c1", self.house.string(self.account))
        self.house.exchange.answer("c1")
        self.warned: list[tuple[int, list[str]]] = []

    def goes_on(self, seconds: int) -> None:
        """And what is heard is noted."""
        for _ in range(seconds):
            self.house.wait(1)
            for call, sounds in self.house.exchange.warned:
                assert call == "c1"
                self.warned.append((round((self.house.clock.now() - START).total_seconds()), sounds))
            self.house.exchange.warned.clear()


def test_a_minute_before_the_credit_is_used_up() -> None:
    """1.7 yuan are 160 s; told once."""
    talk = Talk("1.7")
    talk.goes_on(200)
    assert talk.house.lease("c1").seconds == 160 // 6 * 6
    assert talk.warned == [(156 - 60, [ONE_MINUTE])]


def test_beyond_the_first_lease_too() -> None:
    """4.9 yuan are 480 s: known at the extension that brings less than was wanted."""
    talk = Talk("4.9")
    talk.goes_on(500)
    assert talk.warned == [(420, [ONE_MINUTE])]


def test_not_while_there_is_credit() -> None:
    """Every lease is extended in time."""
    talk = Talk("100")
    talk.goes_on(1000)
    assert talk.warned == []


def test_of_a_short_call_half_way() -> None:
    """0.5 yuan are 40 s: a minute before would be before the answer."""
    talk = Talk("0.5")
    talk.goes_on(60)
    assert [at for at, _ in talk.warned] == [18]
    assert talk.warned[0][1] == ["通话时间还剩15秒。"]


def test_money_that_comes_in_takes_the_warning_back_and_a_later_end_is_told_again() -> None:
    """Paid in after the first warning, and before one that was to come."""
    talk = Talk("1.7")
    talk.goes_on(50)
    now(talk.house.accounts.deposit(talk.account, yuan("0.6"), "cashier", "R2"))
    talk.goes_on(100)
    assert talk.warned == []
    talk.goes_on(150)
    assert [at for at, _ in talk.warned] == [216 - 60]


def test_after_a_restart() -> None:
    """Killed at 10 s, back at 30 s, told at 96 s all the same."""
    talk = Talk("1.7")
    talk.goes_on(10)
    talk.house.kill()
    talk.goes_on(20)
    talk.house.start()
    talk.goes_on(170)
    assert talk.warned == [(96, [ONE_MINUTE])]


def test_without_speech_there_is_the_tone() -> None:
    """The exchange sounds it by itself."""
    talk = Talk("1.7")
    talk.house.prompts.silent = True
    talk.goes_on(120)
    assert talk.warned == [(96, [])]


def test_a_plan_may_do_without_or_begin_earlier() -> None:
    """0 is never; two minutes are said as such."""
    talk = Talk("1.7", BillingPlan(warning_seconds=0))
    talk.goes_on(200)
    assert talk.warned == []
    talk = Talk("4.9", BillingPlan(warning_seconds=120))
    talk.goes_on(500)
    assert talk.warned == [(360, ["通话时间还剩2分钟。"])]


def test_a_call_that_ends_before_is_told_nothing() -> None:
    """No timer is left."""
    talk = Talk("1.7")
    talk.goes_on(5)
    talk.house.callers["c1"].line.gone = True
    talk.house.exchange.hang_up("c1")
    talk.goes_on(200)
    assert talk.warned == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "5 seconds"), (14, "10 seconds"), (54, "50 seconds"), (56, "One minute"), (89, "One minute"), (118, "2 min")],
)
def test_how_it_is_said(seconds: int, said: str) -> None:
    """Seconds in steps of five, then whole minutes."""
    assert remaining(seconds, "en").startswith(said)
