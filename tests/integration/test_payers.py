"""Calls that telephones make in the ordinary way, on real parts: billed by the month, or under the guard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from appliance.foundation.clock import ReactorClock
from appliance.foundation.i18n import Text
from appliance.paying import Paying
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.calling import Calling
from billing.events import CallSettled
from billing.guard.guard import TollGuard
from billing.guard.ordinary import OrdinaryCalls
from billing.guard.plan import GuardPlan, Limit
from billing.guard.schema import guard_calls
from billing.payers import Payers
from billing.plan import BillingPlan
from billing.plan_postpaid import PostpaidGroup
from billing.schema import leases
from billing.tariff import Tariffs
from pbx.calls.events import CallEnded
from pbx.ports import Prompts
from tests.billing.exchange import FakePrompts
from tests.fakes.clock import START
from tests.integration.asterisk import Telephony
from tests.integration.test_exchange import until_nobody_calls
from tests.integration.test_outgoing import hangzhou, talking, under_way
from tests.real_reactor import Heard, call, reactor, run
from tests.support import now

MOBILE, FIXED = "13800138000", "057188886666"
ZONE = ZoneInfo("Asia/Shanghai")
TARIFF = "prefix,rate_per_minute,first_seconds,next_seconds\n86,60,1,1\n"
"""A yuan a second."""
SLICE, LEASE = 2, 30
WARD = PostpaidGroup(numbers="8001", pays="department", id="ward", name=Text(zh="病区", en="Ward"))
RULES = GuardPlan(
    limits=(
        Limit(id="spent", of="spend", per="extension", most=3, then="refuse"),
        Limit(id="night", of="calls", per="extension", most=0, to=("8657",), then="refuse"),
    )
)


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    """8001 to 8004 may dial anywhere."""
    with Telephony(tmp_path_factory.mktemp("payers"), shape=hangzhou) as pair:
        yield pair


class Life:
    """The exchange and who pays for its calls; the records outlive it."""

    def __init__(self, telephony: Telephony, rules: GuardPlan, prompts: Prompts | None = None) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange(prompts)
        database, bus, clock, dialer = telephony.database, telephony.bus, ReactorClock(reactor), self.exchange.dialer
        plan = BillingPlan(lease_seconds=LEASE, postpaid=(WARD,))
        tariffs = Tariffs(database, clock)
        now(tariffs.import_csv("retail", START, TARIFF))
        accounts = Accounts(database, plan, clock, bus)
        guard = TollGuard(rules, "CN", ZONE, database, accounts, dialer, clock, bus)
        self.calling = Calling(
            database, accounts, tariffs, plan, dict, "CN", "571", ZONE, dialer, FakePrompts(), clock, bus, guard=guard
        )
        self.ordinary = OrdinaryCalls(guard, tariffs, "retail", SLICE, ZONE, database, dialer, clock, bus)
        postpaid = self.calling.postpaid(Payers(database, ZONE, "zh", clock, bus))
        self.exchange.outgoing.payer = Paying(postpaid, self.ordinary)
        run(self.calling.recover())
        run(self.ordinary.start())
        run(self.exchange.sweep())

    def stop(self) -> None:
        """Let go of every call."""
        for part in (self.ordinary, self.calling, self.exchange):
            call(part.stop)


def rows(telephony: Telephony, table: sa.Table) -> list[sa.Row[Any]]:
    """All of it."""
    with telephony.database.engine.connect() as connection:
        assert list(discrepancies(connection)) == []
        return list(connection.execute(sa.select(table)))


def test_a_call_billed_by_the_month_goes_on_over_our_restart(telephony: Telephony) -> None:
    """The next life lets it talk; it is settled once, for all of its seconds, by the exchange's own times."""
    settled: Heard[CallSettled] = Heard()
    stop_hearing = telephony.bus.subscribe(CallSettled, settled.append)
    before = Life(telephony, GuardPlan(limits=()))
    phone = run(talking(telephony, "8001", MOBILE))
    run(under_way(before.exchange))
    before.stop()
    after = Life(telephony, GuardPlan(limits=()))
    (still,) = run(under_way(after.exchange))
    run(telephony.simulator.hang_up({"call": phone["call"]}))
    run(settled.until(bool))
    run(until_nobody_calls(telephony))
    run(telephony.book.written())
    after.stop()
    stop_hearing()
    (lease,) = rows(telephony, leases)
    assert (lease.call, lease.state, lease.account) == (still, "settled", "M00001")
    assert lease.seconds == -(-(lease.ended_at - lease.answered_at) // timedelta(seconds=1))
    assert lease.charge == lease.seconds * 10_000
    assert [event.ended for event in settled] == ["hang-up"]


def test_a_call_that_outlived_us_gets_more_credit(telephony: Telephony) -> None:
    """Beyond what the life before was granted: both of its legs are let talk on, until the caller hangs up."""
    settled: Heard[CallSettled] = Heard()
    stop_hearing = telephony.bus.subscribe(CallSettled, settled.append)
    before = Life(telephony, GuardPlan(limits=()))
    run(talking(telephony, "8001", MOBILE, talk=LEASE + 8))
    run(under_way(before.exchange))
    before.stop()
    after = Life(telephony, GuardPlan(limits=()))
    run(settled.until(bool), timeout=120)
    run(until_nobody_calls(telephony))
    run(telephony.book.written())
    after.stop()
    stop_hearing()
    lease = rows(telephony, leases)[-1]
    assert [event.ended for event in settled] == ["hang-up"]
    assert lease.seconds > LEASE


def test_the_guard_ends_a_call_that_nobody_pays_for_and_refuses_the_next(telephony: Telephony) -> None:
    """Three yuan are allowed, at a yuan a second: hung up when its lease is over; another telephone may talk."""
    ended: Heard[CallEnded] = Heard()
    stop_hearing = telephony.bus.subscribe(CallEnded, ended.append)
    life = Life(telephony, RULES)
    run(talking(telephony, "8004", MOBILE))
    run(ended.until(bool))
    refused = run(telephony.simulator.dial({"extension": "8004", "digits": MOBILE}))
    night = run(telephony.simulator.dial({"extension": "8003", "digits": FIXED}))
    other = run(talking(telephony, "8003", MOBILE))
    run(telephony.simulator.hang_up({"call": other["call"]}))
    run(until_nobody_calls(telephony))
    run(ended.until(lambda all_: len(all_) > 3))
    life.stop()
    stop_hearing()
    assert [told["outcome"] for told in (refused, night)] == ["congestion", "congestion"], "cause 21"
    first, last = rows(telephony, guard_calls)
    assert (first.extension, last.extension) == ("8004", "8003")
    assert 30_000 < first.amount <= 70_000
    assert first.amount == -(-(first.ended_at - first.answered_at) // timedelta(seconds=1)) * 10_000
