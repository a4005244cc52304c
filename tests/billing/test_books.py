"""Whatever happens in whatever order, the books are right to the smallest unit."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance.foundation import journal
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Money, yuan
from billing import chain
from billing.bill import whole_seconds
from billing.plan import BillingPlan
from billing.refusal import Refusal
from billing.schema import accounts, leases, ledger
from tests.billing.exchange import SHANGHAI, House, Leg
from tests.support import now

NUMBERS = ("13800138000", "88888888", "0085223456789")


class Books(RuleBasedStateMachine):
    """Two patients with little money, four phones, a cashier, and a house that dies at any step."""

    @initialize(late=st.sampled_from([0, 0.4, 1.7]))
    def opens(self, late: float) -> None:
        """The house, as a hospital would run it, with short leases."""
        self.house = House(BillingPlan(lease_seconds=60))
        self.house.exchange.late = timedelta(seconds=late)
        self.accounts = [self.house.account("1"), self.house.account("5")]
        now(self.house.accounts.limit_credit(self.accounts[0], yuan("0.5"), "cashier"))
        self.count = 0
        self.lost: set[str] = set()

    @rule(account=st.integers(0, 1), number=st.sampled_from(NUMBERS), phone=st.integers(1, 4))
    def dials(self, account: int, number: str, phone: int) -> None:
        """A call, if there is credit for it."""
        self.count += 1
        string = self.house.string(self.accounts[account], number)
        self.house.dial(f"call{self.count}", string, extension=f"800{phone}")

    @rule(pick=st.integers(0, 20))
    def is_answered(self, pick: int) -> None:
        """The far end picks up."""
        self._with(pick, lambda leg: leg.alive and leg.answered_at is None, self.house.exchange.answer)

    @rule(pick=st.integers(0, 20))
    def hangs_up(self, pick: int) -> None:
        """Either end, ringing or talking."""
        self._with(pick, lambda leg: leg.alive, self.house.exchange.hang_up)

    @rule(seconds=st.floats(0.1, 90))
    def time_passes(self, seconds: float) -> None:
        """Heartbeats, extensions, cuts."""
        self.house.wait(seconds)

    @rule(account=st.integers(0, 1), amount=st.integers(1, 30_000), receipt=st.integers(1, 12))
    def pays_in(self, account: int, amount: int, receipt: int) -> None:
        """Also with a receipt that was used before."""
        self._moves("deposit", self.accounts[account], Money(amount), f"R{receipt}")

    @rule(account=st.integers(0, 1), amount=st.integers(1, 30_000), receipt=st.integers(1, 12))
    def is_paid_back(self, account: int, amount: int, receipt: int) -> None:
        """As far as no call holds it."""
        self._moves("refund", self.accounts[account], Money(amount), f"R{receipt}")

    @rule(source=st.integers(0, 1), amount=st.integers(1, 30_000), receipt=st.integers(1, 6))
    def transfers(self, source: int, amount: int, receipt: int) -> None:
        """To the other patient, as far as no call holds it; also with a receipt that was used before."""
        numbers = self.accounts[source], self.accounts[1 - source]
        self._cashier(lambda: self.house.till.transfer(*numbers, Money(amount), "cashier", f"T{receipt}"))

    @rule(account=st.integers(0, 1), limit=st.sampled_from([0, 1, 700, 20_000, 100_000]))
    def may_owe(self, account: int, limit: int) -> None:
        """Unless more is owed or held already; in mid-call too."""
        self._cashier(lambda: self.house.accounts.limit_credit(self.accounts[account], Money(limit), "cashier"))

    @rule(counted=st.integers(0, 50_000), receipt=st.integers(1, 4))
    def hands_over_the_till(self, counted: int, receipt: int) -> None:
        """Whatever was counted in it."""
        self._cashier(lambda: self.house.till.hand_over(Money(counted), "cashier", f"H{receipt}"))

    @rule(account=st.integers(0, 1), frozen=st.booleans())
    def is_frozen_or_thawed(self, account: int, frozen: bool) -> None:
        """In mid-call too."""
        act = self.house.accounts.freeze if frozen else self.house.accounts.thaw
        self._cashier(lambda: act(self.accounts[account], "cashier"))

    @rule(steps=st.integers(1, 12))
    def is_to_die(self, steps: int) -> None:
        """After so many more uses of the database or the exchange."""
        self.house.process.kill_at = self.house.process.steps + steps

    @precondition(lambda self: self.house.database.broken is None)
    @rule()
    def is_killed_and_started(self) -> None:
        """kill -9 and a new start."""
        self.house.kill()
        self.house.start()

    @precondition(lambda self: self.house.database.broken is None)
    @rule(steps=st.integers(1, 12))
    def is_killed_and_dies_while_starting(self, steps: int) -> None:
        """A crash between crashes."""
        self.house.kill()
        self.house.start(kill_at=steps)

    @rule()
    def recovers_again(self) -> None:
        """Nobody asked for it."""
        if self.house.process.alive and self.house.database.broken is None:
            Tasks().start(self.house.calling.recover(), "recovering")

    @precondition(lambda self: self.house.database.broken is None)
    @rule(seconds=st.integers(0, 100))
    def has_a_power_cut(self, seconds: int) -> None:
        """Daemon and exchange die together; no end of any call is recorded."""
        self.lost |= {call for call, leg in self.house.exchange.legs.items() if leg.alive and leg.answered_at}
        self.house.kill()
        self.house.exchange.lose()
        self.house.wait(seconds)
        self.house.exchange.started_at = self.house.clock.now()
        self.house.start()

    @precondition(lambda self: self.house.process.alive)
    @rule(broken=st.booleans())
    def has_a_full_disk(self, broken: bool) -> None:
        """The database fails, or works again."""
        self.house.database.broken = OSError("disk full") if broken else None

    @rule(unreachable=st.booleans())
    def loses_sight_of_the_exchange(self, unreachable: bool) -> None:
        """Its evidence cannot be had."""
        self.house.exchange.unreachable = unreachable

    @invariant()
    def adds_up(self) -> None:
        """Balance = sum of lines ≥ -limit, reserved = sum of open leases ≤ balance + limit, all books hold nothing."""
        self.house.check()

    def teardown(self) -> None:
        """All hang up, the house comes up and stays: every call is settled, once, for what was talked."""
        if not hasattr(self, "house"):
            return
        house = self.house
        house.database.broken, house.exchange.unreachable = None, False
        for call in list(house.exchange.legs):
            house.exchange.hang_up(call)
        house.kill()
        house.start()
        house.wait(60)
        house.check()
        with house.database.engine.connect() as connection:
            settled = list(connection.execute(sa.select(leases)))
            charged = list(connection.execute(sa.select(ledger).where(ledger.c.kind == "charge")))
            assert [*journal.verify(connection), *chain.verify(connection)] == []
            assert all(row.reserved == 0 for row in connection.execute(sa.select(accounts)))
        charges = {row.reference: -row.amount for row in charged}
        assert len(charges) == len(charged)
        for lease in settled:
            self._rightly_charged(lease, charges.get(lease.call, 0))

    def _rightly_charged(self, lease: sa.Row[tuple[object, ...]], charge: int) -> None:
        leg = self.house.exchange.legs.get(lease.call)
        assert lease.state == "settled"
        assert lease.charge == charge
        if leg is None or leg.answered_at is None:
            assert charge == 0
            return
        tariff = self.house.tariffs.current("retail", leg.answered_at)
        start = leg.answered_at.astimezone(SHANGHAI)
        assert charge == tariff.rate(leg.number, start, lease.seconds).amount
        if lease.call in self.lost:
            assert 0 <= lease.seconds <= lease.granted_seconds
        elif leg.ended_at is not None:
            measured = whole_seconds(leg.ended_at - leg.answered_at)
            assert lease.seconds == min(measured, lease.granted_seconds)
            assert measured - lease.seconds <= 2

    def _with(self, pick: int, fits: Callable[[Leg], bool], act: Callable[[str], None]) -> None:
        calls = [call for call, leg in self.house.exchange.legs.items() if fits(leg)]
        if calls:
            act(calls[pick % len(calls)])

    def _moves(self, kind: str, account: str, amount: Money, receipt: str) -> None:
        act = self.house.accounts.deposit if kind == "deposit" else self.house.accounts.refund
        self._cashier(lambda: act(account, amount, "cashier", receipt))

    def _cashier(self, act: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Acts go through while there is a house and a database, or are refused, and nothing in between."""
        if self.house.process.alive and self.house.database.broken is None:
            self.house.process.kill_at = None
            with suppress(Refusal):
                now(act())


Books.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestBooks = Books.TestCase
