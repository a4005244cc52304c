"""Whatever happens in whatever order, what the cards paid is what was charged: never twice, never lost."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from appliance.foundation.values import yuan
from tests.billing.card_house import CardHouse
from tests.fakes.card import FAULTS

CARDS = ("20260001", "20260002")


class Interleavings(RuleBasedStateMachine):
    """Two cards, any number of calls, an unreliable card system, and a daemon that dies at any step."""

    calls = Bundle("calls")

    @initialize(balances=st.tuples(*(st.integers(0, 1500) for _ in CARDS)))
    def open(self, balances: tuple[int, ...]) -> None:
        self.house = CardHouse()
        self.count = 0
        self.paid_in = {card: yuan(1) * fen // 100 for card, fen in zip(CARDS, balances, strict=True)}
        self.accounts = [
            self.house.carded(card, f"{fen // 100}.{fen % 100:02}") for card, fen in zip(CARDS, balances, strict=True)
        ]

    @rule(target=calls, whose=st.integers(0, len(CARDS) - 1))
    def dial(self, whose: int) -> str:
        self.count += 1
        call = f"c{self.count}"
        if self.house.process.alive:
            self.house.dial(call, self.house.string(self.accounts[whose]), extension=f"80{self.count:02}")
        return call

    @rule(call=calls)
    def answer(self, call: str) -> None:
        leg = self.house.exchange.legs.get(call)
        if leg is not None and leg.alive and leg.answered_at is None:
            self.house.exchange.answer(call)

    @rule(call=consumes(calls))
    def hang_up(self, call: str) -> None:
        if call in self.house.exchange.legs:
            self.house.exchange.hang_up(call)

    @rule(seconds=st.integers(1, 400))
    def wait(self, seconds: int) -> None:
        self.house.wait(seconds)

    @rule(faults=st.lists(st.sampled_from([*FAULTS, ""]), min_size=1, max_size=4))
    def spoil(self, faults: list[str]) -> None:
        self.house.there.faults += faults

    @rule(down=st.booleans())
    def go_down(self, down: bool) -> None:
        self.house.there.down = down

    @rule()
    def arrive(self) -> None:
        self.house.there.arrive()

    @rule(kill_at=st.one_of(st.none(), st.integers(1, 40)))
    def die(self, kill_at: int | None) -> None:
        self.house.kill()
        self.house.start(kill_at)

    @rule(fen=st.integers(1, 500), whose=st.integers(0, len(CARDS) - 1))
    def pay_in(self, fen: int, whose: int) -> None:
        amount = yuan(1) * fen // 100
        self.house.there.books.cards[CARDS[whose]].balance += amount
        self.paid_in[CARDS[whose]] += amount

    @invariant()
    def nothing_is_taken_that_was_not_charged(self) -> None:
        taken, charged = self.house.taken(), self.house.charged()
        assert taken.items() <= charged.items()
        self.house.check()

    def teardown(self) -> None:
        if not hasattr(self, "house"):
            return
        house = self.house
        if not house.process.alive or house.process.kill_at is not None:
            # Nor may it die of an earlier wish in what follows: nobody would start it again.
            house.kill()
            house.start()
        house.there.down, house.there.faults = False, []
        house.there.arrive()
        house.wait(60)  # who still waits for the card system comes to ring
        for call, leg in house.exchange.legs.items():
            if leg.alive:
                house.exchange.hang_up(call)
        house.wait(1300)
        assert house.taken() == house.charged()
        assert house.held_there() == {}
        assert {order.state for order in house.orders()} <= {"done", "dropped", "refused"}
        assert {order.kind for order in house.orders() if order.state == "refused"} <= {"reserve"}
        assert {hold.state for hold in house.holds()} <= {"closed"}
        assert all(house.balance(account) == house.reserved(account) == 0 for account in self.accounts)
        for card, paid_in in self.paid_in.items():
            spent = sum(yuan(row["amount"]) for row in house.there.books.movements if row["card"] == card)
            assert house.there.books.cards[card].balance == paid_in - spent >= 0


TestInterleavings = pytest.mark.timeout(1200)(Interleavings.TestCase)
TestInterleavings.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
