"""Who may not call although the money is there, who is told, and how an account is stopped in mid-call."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Money, yuan
from billing.events import CallRefused, CallSettled
from billing.guard import records, rules
from billing.guard.destinations import country_of, kind_of
from billing.guard.events import AccountStopped, FraudAlarm
from billing.guard.guard import PART, TollGuard
from billing.guard.plan import GuardPlan, Limit
from billing.guard.rules import Figure, exceeded
from billing.schema import leases
from billing.watch import Asked
from tests.billing.exchange import House, MortalLines
from tests.fakes.database import InlineDatabase
from tests.support import now

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TARIFF = "prefix,rate_per_minute,first_seconds,next_seconds\n86,0.6,1,1\n33,3,1,1\n44,3,1,1\n881,30,1,1\n1900,30,1,1\n"
BLOCKED = "This destination may not be called. Please ask at the cashier's desk."
LIMIT = "A limit against misuse is reached. Please ask at the cashier's desk."


class GuardedHouse(House):
    """A house with a guard."""

    guard: TollGuard

    def __init__(self, **plan: Any) -> None:
        self.rules = GuardPlan.model_validate({"limits": (), "new_country": "off", **plan})
        super().__init__(retail=TARIFF)
        now(self.tariffs.import_csv("dear", self.clock.now(), TARIFF))

    def seams(self, database: Transactions, clock: Clock, bus: Bus) -> dict[str, Any]:
        lines = MortalLines(self.process, self.exchange)
        self.guard = TollGuard(self.rules, "CN", SHANGHAI, database, self.accounts, lines, clock, bus)
        Tasks().start(self.guard.start(), "starting the guard")
        return {"guard": self.guard}

    def refused(self) -> list[str]:
        """Why calls were refused."""
        return [event.why for event in self.told(CallRefused)]

    def state(self) -> State:
        """What the status page says."""
        return [told.state for told in self.told(HealthChanged) if told.part == PART][-1]

    def talk(
        self, call: str, account: str, seconds: float, number: str = "13800138000", extension: str = "8001"
    ) -> None:
        """A call from beginning to end, or as far as it comes."""
        self.dial(call, self.string(account, number), extension=extension)
        if call in self.exchange.legs:
            self.exchange.answer(call)
            self.wait(seconds)
            self.exchange.hang_up(call)
            self.wait(1)


def limit(**given: Any) -> Limit:
    """A limit that refuses."""
    return Limit.model_validate({"id": "l", "of": "spend", "per": "account", "most": 1, "then": "refuse", **given})


def test_premium_and_satellite_numbers_are_refused_by_default() -> None:
    """And said so, with an alarm each; nothing rings."""
    house = GuardedHouse()
    account = house.account("100")
    house.dial("c1", house.string(account, "00881612345678"))
    house.dial("c2", house.string(account, "0019002345678"))
    assert house.refused() == [BLOCKED, BLOCKED]
    assert house.exchange.legs == {}
    assert [event.rule for event in house.told(FraudAlarm)] == ["kind", "kind"]
    assert house.state() is State.DEGRADED
    assert house.reserved(account) == 0


@pytest.mark.parametrize(
    ("called", "kind"),
    [("8816123456789", "satellite"), ("870773123456", "satellite"), ("882312345678", "satellite"),
     ("883140012345", "satellite"), ("19002345678", "premium"), ("979123456789", "premium"),
     ("449098790000", "premium"),
     ("8613800138000", None), ("8657188880000", None), ("33142685300", None), ("490123", None)],
)  # fmt: skip
def test_kinds_of_destinations(called: str, kind: str | None) -> None:
    """By the shipped prefixes and by what is known of each country's numbers."""
    assert kind_of(called) == kind


def test_countries() -> None:
    """ISO letters; a code where there is no country."""
    assert [country_of(called) for called in ("8613800138000", "33142685300", "12025550123", "8816123456789")] == [
        "CN", "FR", "US", "+881",
    ]  # fmt: skip


def test_the_longest_prefix_of_both_lists_counts() -> None:
    """+44 is denied, one town of it is not; a satellite network is allowed by prefix."""
    plan = GuardPlan(deny=("44",), allow=("4420", "8816"))

    def found(called: str) -> str | None:
        finding = rules.destination(plan, Asked("c", "1", "8001", called, Money(0), AT))
        return None if finding is None else finding.rule

    assert [found(called) for called in ("441312345678", "442079460000", "8816123456789", "8817123456789")] == [
        "denied", None, None, "kind",
    ]  # fmt: skip


def test_spending_too_fast_is_refused_until_the_window_has_passed() -> None:
    """Two yuan an hour; the third call would be too much; an hour later it is not."""
    house = GuardedHouse(limits=(limit(most=7, minutes=60),))
    account, other = house.account("100"), house.account("100")
    house.talk("c1", account, 300)  # 3 yuan
    house.talk("c2", account, 300)
    house.talk("c3", account, 10)
    assert house.refused() == [LIMIT]
    house.talk("c4", other, 10, extension="8002")
    assert house.refused() == [LIMIT], "another account is another matter"
    house.wait(3600)
    house.talk("c5", account, 10)
    assert house.refused() == [LIMIT]
    assert house.lease("c5").state == "settled"


def test_a_call_that_talks_gets_no_more_beyond_the_limit() -> None:
    """It ends at what it was granted; nobody is cut in mid-word before."""
    house = GuardedHouse(limits=(limit(most=5, minutes=600),))
    account = house.account("100")
    house.talk("c1", account, 4000)
    lease = house.lease("c1")
    assert lease.seconds == lease.granted_seconds
    assert yuan(3) <= lease.charge <= yuan(9)


def test_many_phones_at_once_share_the_limit() -> None:
    """What calls under way hold counts as spent: fifty phones get no more than one after another would."""
    house = GuardedHouse(limits=(limit(per="box", most=10, minutes=60),))
    accounts = [house.account("100") for _ in range(10)]
    for number, account in enumerate(accounts):
        house.dial(f"c{number}", house.string(account), extension=f"80{number:02}")
    assert len(house.exchange.legs) == 3  # three times 3 yuan
    assert house.refused() == [LIMIT] * 7
    (alarm,) = house.told(FraudAlarm)
    assert alarm.subject == "box"


def test_too_many_calls_at_the_same_time() -> None:
    """Two of an account; by extension as well."""
    house = GuardedHouse(limits=(limit(of="calls", most=2),))
    account = house.account("100")
    for call in ("c1", "c2", "c3"):
        house.dial(call, house.string(account))
    assert list(house.exchange.legs) == ["c1", "c2"]
    assert house.refused() == [LIMIT]


def test_a_night_rule_holds_at_night_only() -> None:
    """No calls abroad from ten in the evening to six."""
    night = limit(of="calls", per="box", most=0, to=("33",), begins=time(22), ends=time(6))
    house = GuardedHouse(limits=(night,))
    account = house.account("100")
    house.talk("c1", account, 10, "0033142685300")  # nine in the morning
    house.wait(14 * 3600)
    house.talk("c2", account, 10, "0033142685300")
    house.talk("c3", account, 10)
    assert house.refused() == [LIMIT]
    house.wait(8 * 3600)
    house.talk("c4", account, 10, "0033142685300")
    assert house.refused() == [LIMIT]


def test_an_alarm_only_lets_the_call_through_and_is_told_once() -> None:
    """Until somebody has looked, the same again is only counted."""
    house = GuardedHouse(limits=(limit(then="alarm", most=1, minutes=600),))
    account = house.account("100")
    for call in ("c1", "c2", "c3"):
        house.talk(call, account, 10)
    assert house.refused() == []
    (told,) = house.told(FraudAlarm)
    (alarm,) = now(house.guard.alarms())
    assert (alarm.id, alarm.times, alarm.refused) == (told.alarm, 3, False)
    assert alarm.text("en") == f"Account {account} has spent 3.20 yuan in 600 minutes; 1 are allowed."
    assert alarm.text("zh") == f"账号 {account} 在 600 分钟内已消费 3.20 元，上限 1 元。"


def test_this_was_fine_lets_the_subject_be_for_a_day() -> None:
    """Also of a rule that refuses; the day after it counts again."""
    house = GuardedHouse(limits=(limit(of="calls", most=0),))
    account = house.account("100")
    house.talk("c1", account, 10)
    (alarm,) = now(house.guard.alarms())
    now(house.guard.was_fine(alarm.id, "boss", "a visitor"))
    now(house.guard.was_fine(alarm.id, "it", "again"))
    assert house.state() is State.UP
    house.talk("c2", account, 10)
    assert house.refused() == [LIMIT]
    house.wait(25 * 3600)
    house.talk("c3", account, 10)
    assert house.refused() == [LIMIT] * 2
    (seen,) = [alarm for alarm in now(house.guard.alarms()) if alarm.acknowledged_at]
    assert (seen.by, seen.note) == ("boss", "a visitor")


def test_a_blocked_destination_is_not_opened_by_saying_that_it_was_fine() -> None:
    """That takes the plan."""
    house = GuardedHouse()
    account = house.account("100")
    house.dial("c1", house.string(account, "00881612345678"))
    (alarm,) = now(house.guard.alarms())
    now(house.guard.was_fine(alarm.id, "boss"))
    house.dial("c2", house.string(account, "00881612345678"))
    assert house.refused() == [BLOCKED] * 2


def test_the_first_call_to_a_country_is_told_once() -> None:
    """Home is no news; after a restart neither is France."""
    house = GuardedHouse(new_country="alarm")
    account = house.account("100")
    house.talk("c1", account, 10)
    house.talk("c2", account, 10, "0033142685300")
    house.kill()
    house.start()
    house.talk("c3", account, 10, "0033142685300")
    assert [(event.rule, event.subject) for event in house.told(FraudAlarm)] == [("country", "country:FR")]
    assert house.refused() == []


def test_a_new_country_waits_for_somebody_if_the_plan_says_so() -> None:
    """Refused until it is fine."""
    house = GuardedHouse(new_country="refuse")
    account = house.account("100")
    house.talk("c1", account, 10, "0033142685300")
    assert house.refused() == [BLOCKED]
    now(house.guard.was_fine(now(house.guard.alarms())[0].id, "boss"))
    house.talk("c2", account, 10, "0033142685300")
    assert house.refused() == [BLOCKED]
    house.talk("c3", account, 10, "00442079460000")
    assert house.refused() == [BLOCKED] * 2


def test_what_was_spent_is_known_after_a_restart() -> None:
    """It is counted from the records."""
    house = GuardedHouse(limits=(limit(most=4, minutes=60),))
    account = house.account("100")
    house.talk("c1", account, 300)
    house.kill()
    house.start()
    house.talk("c2", account, 300)
    assert house.refused() == [LIMIT]


def test_an_account_is_stopped_in_mid_call() -> None:
    """Both its calls end, are charged for what was talked, and no more can be made; another's call goes on."""
    house = GuardedHouse()
    account, other = house.account("100"), house.account("100")
    house.dial("c1", house.string(account))
    house.dial("c2", house.string(account), extension="8002")
    house.dial("c3", house.string(other), extension="8003")
    house.exchange.answer("c1")
    house.exchange.answer("c3")
    house.wait(60)
    assert sorted(now(house.guard.stop_account(account, "boss"))) == ["c1", "c2"]
    house.wait(1)
    assert [house.exchange.legs[call].alive for call in ("c1", "c2", "c3")] == [False, False, True]
    assert {event.call: event.charge for event in house.told(CallSettled)} == {"c1": yuan("0.6"), "c2": 0}
    assert house.balance(account) == yuan("99.4")
    assert [(event.account, event.by) for event in house.told(AccountStopped)] == [(account, "boss")]
    house.dial("c4", house.string(account))
    assert house.refused() == ["The account is frozen. Please ask at the cashier's desk."]


@pytest.mark.parametrize("step", range(1, 8))
def test_stopping_outlives_us(step: int) -> None:
    """kill -9 at each step of it: once somebody was told that it is done, or the note of it is written, it is done."""
    house = GuardedHouse()
    account = house.account("100")
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.wait(60)
    house.process.kill_at = house.process.steps + step
    Tasks().start(house.guard.stop_account(account, "boss"), "stopping")
    house.kill()
    house.start()
    house.wait(1)
    if not house.exchange.legs["c1"].alive:
        assert house.balance(account) == yuan("99.4")
    else:
        assert step <= 3, "before the note was written, whoever pressed the button sees that it did not work"


def test_faults_of_the_plan() -> None:
    """Each named."""
    for wrong in (
        {"limits": [{"id": "a", "of": "spend", "per": "box", "most": 1}] * 2},
        {"limits": [{"id": "a", "of": "spend", "per": "box", "most": 1, "begins": time(1)}]},
        {"deny": ["44"], "allow": ["44"]},
        {"deny": ["+44"]},
    ):
        with pytest.raises(ValidationError):
            GuardPlan.model_validate(wrong)


# ------------------------------------------------------------- the rules, whatever is asked

moments = st.integers(0, 7 * 1440).map(lambda minutes: AT + timedelta(minutes=minutes))
calls = st.fixed_dictionaries(
    {
        "account": st.sampled_from(["100001", "100002"]),
        "extension": st.sampled_from(["8001", "8002"]),
        "called": st.sampled_from(["8613800138000", "33142685300", "33612345678"]),
        "state": st.sampled_from(["reserved", "talking", "settled"]),
        "at": moments,
        "money": st.integers(0, 50_000),
    }
)
limits = st.builds(
    Limit,
    id=st.just("l"),
    of=st.sampled_from(["spend", "calls"]),
    per=st.sampled_from(["account", "extension", "box"]),
    most=st.integers(0, 12),
    minutes=st.integers(1, 1440),
    to=st.sampled_from([(), ("33",), ("336", "86")]),
    then=st.sampled_from(["alarm", "refuse"]),
)


@given(known=st.lists(calls, max_size=12), one=limits, at=moments, price=st.integers(0, 50_000))
def test_a_limit_is_passed_exactly_when_the_sum_says_so(
    known: list[dict[str, Any]], one: Limit, at: datetime, price: int
) -> None:
    """Figures from the records, against a plain sum over the same calls; and what is found says what was summed."""
    asked = Asked("new", "100001", "8001", "33142685300", Money(price), at)
    database = InlineDatabase()

    def write(connection: Any) -> Figure:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for number, call in enumerate(known):
            settled = call["state"] == "settled"
            connection.execute(
                leases.insert().values(
                    call=f"c{number}",
                    account=call["account"],
                    extension=call["extension"],
                    called=call["called"],
                    trunk="t",
                    tariff_version=1,
                    granted_seconds=1,
                    state=call["state"],
                    opened_at=call["at"],
                    reserved=0 if settled else call["money"],
                    ended_at=call["at"] if settled else None,
                    charge=call["money"] if settled else None,
                )
            )
        return records.figure(connection, one, asked)

    figure = now(database.transact(write))
    mine = [
        call for call in known
        if (one.per == "box" or call[one.per] == getattr(asked, one.per))
        and (not one.to or call["called"].startswith(one.to))
    ]  # fmt: skip
    live = [call for call in mine if call["state"] != "settled"]
    done = [call for call in mine if call["state"] == "settled" and call["at"] >= at - timedelta(minutes=one.minutes)]
    spent = sum(call["money"] for call in live + done)
    assert figure == Figure(Money(spent), len(live))
    found = exceeded(one, asked, figure)
    too_much = len(live) + 1 > one.most if one.of == "calls" else spent + price > one.most * 10_000
    assert (found is not None) == too_much
    assert found is None or found.refuse == (one.then == "refuse")


@given(begins=st.times(), ends=st.times(), at=st.times())
def test_hours_cover_the_day_once(begins: time, ends: time, at: time) -> None:
    """A moment is either in the hours or in their complement."""
    if begins == ends:
        return
    one, other = limit(begins=begins, ends=ends), limit(begins=ends, ends=begins)
    assert one.in_force(at) != other.in_force(at)
