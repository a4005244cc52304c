"""Records on a real PostgreSQL that is gone in the middle of paid calls: what they cost is right to the last unit.

Nobody is cut before what was leased is used up, what ends meanwhile is charged to its second, and the word that the
status page shows is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.database import Database, metadata
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Money
from appliance.probes import Probes
from billing import chain
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.calling import Calling
from billing.events import CallSettled
from billing.plan import BillingPlan
from billing.schema import accounts, leases
from billing.tariff import Tariffs
from tests.billing.exchange import FakePrompts
from tests.fakes.clock import START
from tests.integration.asterisk import Telephony
from tests.integration.test_exchange import until_nobody_calls
from tests.postgres import Postgres, serving
from tests.real_reactor import Heard, call, reactor, run

RICH, POOR = "8613800138121", "8613800138122"
TARIFF = "prefix,rate_per_minute,first_seconds,next_seconds\n86,0.6,1,1\n"
"""A fen a second."""
LITTLE = 20
"""Seconds of talk that the poor one can pay for."""
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with serving(durable=True) as server:
        yield server


class Booth:
    """Billing at 600 of a real exchange, its records on PostgreSQL."""

    def __init__(self, telephony: Telephony, url: str, directory: Path) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange()
        clock, bus = ReactorClock(reactor), Bus()
        self.settled: Heard[CallSettled] = Heard()
        self.health: Heard[HealthChanged] = Heard()
        bus.subscribe(CallSettled, self.settled.append)
        bus.subscribe(HealthChanged, self.health.append)
        self.database = call(lambda: Database(url, cast(Any, reactor)))
        metadata.create_all(self.database.engine)
        tariffs, plan = Tariffs(self.database, clock), BillingPlan()
        run(tariffs.import_csv("retail", START, TARIFF))
        self.accounts = Accounts(self.database, plan, clock, bus)
        self.calling = Calling(
            self.database, self.accounts, tariffs, plan, dict, "CN", "571", ZoneInfo("Asia/Shanghai"),
            self.exchange.dialer, FakePrompts(), clock, bus,
        )  # fmt: skip
        self.exchange.numbers.register("600", self.calling.serve)
        run(self.exchange.sweep())
        self.probes = Probes(self.database, directory, clock, bus)
        call(self.probes.start)

    def stop(self) -> None:
        """Let go."""
        for part in (self.probes, self.calling, self.exchange):
            call(part.stop)
        self.database.close()

    def account(self, seconds: int) -> tuple[str, str]:
        """A new account that can pay for so much talk, and its PIN."""
        number, pin = run(self.accounts.open("x", "en", "cashier"))
        run(self.accounts.deposit(number, Money(seconds * 100), "cashier", f"first-{number}"))
        return number, pin

    def rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        """What is on record, of which the books are right."""
        with self.database.engine.connect() as connection:
            assert [*discrepancies(connection), *chain.verify(connection)] == []
            return list(connection.execute(query))

    def is_told(self, state: State) -> None:
        """Wait until the status page says so of the records."""

        def said(heard: list[HealthChanged]) -> bool:
            words = [event.state for event in heard if event.part == "storage:database"]
            return bool(words) and words[-1] is state

        run(self.health.until(said), timeout=90)


def test_calls_outlive_the_records(telephony: Telephony, server: Postgres, tmp_path: Path) -> None:
    """Gone in mid-talk of two: one hangs up meanwhile, one is cut at the end of its lease and not before."""
    booth = Booth(telephony, server.fresh(), tmp_path)
    booth.is_told(State.UP)
    paying, phones = {RICH: booth.account(600), POOR: booth.account(LITTLE)}, {}
    for extension, (called, (number, pin)) in zip(("8001", "8003"), paying.items(), strict=True):
        digits = f"600{number}{pin}{called.removeprefix('86')}"
        asked = {"extension": extension, "digits": digits, "talk": 240, "until": "answered"}
        phones[called] = run(telephony.simulator.dial(asked))
        assert phones[called]["outcome"] == "answered"
    before = booth.rows(sa.select(accounts.c.reserved).order_by(accounts.c.number))

    server.stop()

    booth.is_told(State.DOWN)
    [down] = [event for event in booth.health if event.state is State.DOWN and event.part == "storage:database"]
    assert down.detail == "Records cannot be written: {why}."
    assert booth.exchange.dialer.under_way(), "the talk goes on"
    run(telephony.simulator.hang_up({"call": phones[RICH]["call"]}))
    run(until_nobody_calls(telephony), timeout=90)

    server.start()

    booth.is_told(State.UP)
    run(booth.settled.until(lambda settled: len(settled) > 1), timeout=90)
    found = {lease.called: lease for lease in booth.rows(sa.select(leases))}
    balances = {row.number: row.balance for row in booth.rows(sa.select(accounts))}
    held = [row.reserved for row in booth.rows(sa.select(accounts.c.reserved))]
    booth.stop()
    assert all(row.reserved > 0 for row in before)
    assert held == [0, 0]
    assert found[POOR].seconds == found[POOR].granted_seconds == LITTLE, "not one second less than was leased"
    assert balances[paying[POOR][0]] == 0
    rich = found[RICH]
    assert rich.seconds == -(-(rich.ended_at - rich.answered_at) // SECOND)
    assert balances[paying[RICH][0]] == (600 - rich.seconds) * 100
