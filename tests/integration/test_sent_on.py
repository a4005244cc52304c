"""Numbers outside that calls are sent on to, on real parts: paid and watched as if the extension had dialled them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock
from appliance.foundation.days import CHINA
from billing.events import CallSettled
from billing.guard.plan import GuardPlan, Limit
from billing.guard.schema import guard_calls
from billing.schema import leases
from pbx.callout import NotReached
from pbx.calls.schema import telephone_calls
from pbx.features.following import Wishes
from pbx.inbound.rules import Known
from pbx.inbound.service import Inbound
from pbx.incoming import IncomingCall
from pbx.plan import PbxPlan
from pbx.plan_inbound import InboundPlan
from pbx.supervision import Supervision
from tests.integration.asterisk import Telephony
from tests.integration.test_exchange import until_nobody_calls
from tests.integration.test_inbound import Site, Voice, rule, until
from tests.integration.test_outgoing import hangzhou, on_trunks, talking
from tests.integration.test_payers import LEASE, MOBILE, Life, rows
from tests.real_reactor import Heard, reactor, run

BILLED, WATCHED = "8001", "8003"
AWAY, SENT_ON = "057188880000", "*77"
RING, TALK = timedelta(seconds=20), timedelta(seconds=60)
FREELY = GuardPlan(limits=())
NOTHING = GuardPlan(limits=(Limit(id="none", of="calls", per="box", most=0, then="refuse"),))
BY_RULE = "057188880003"
INBOUND = {
    "rules": [
        rule("away", AWAY, {"do": "ring", "extensions": [BILLED], "seconds": 20}),
        rule("on", BY_RULE, {"do": "forward", "numbers": [MOBILE], "seconds": 20}),
    ]
}


def shaped(sample: PbxPlan) -> PbxPlan:
    """Of Hangzhou; whom calls from outside reach sends them on."""
    inbound = InboundPlan.model_validate(INBOUND)
    return hangzhou(sample).model_copy(update={"inbound": inbound})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("sent-on"), shape=shaped) as pair:
        yield pair


class House:
    """Lives one after another, in which calls are sent on to a mobile whose owner takes them by a key."""

    def __init__(self, telephony: Telephony, directory: Path, rules: GuardPlan, by: str = BILLED) -> None:
        self.telephony, self._directory, self._rules, self._by = telephony, directory, rules, by
        self.settled: Heard[CallSettled] = Heard()
        self._deaf = telephony.bus.subscribe(CallSettled, self.settled.append)
        run(telephony.simulator.phone({"number": MOBILE, "answer": "yes", "keys": "WW1"}))
        self.start()

    def start(self) -> None:
        """A life."""
        voice = Voice(self._directory)
        self.life = Life(self.telephony, self._rules, voice)
        self.exchange = exchange = self.life.exchange

        async def serve(caller: IncomingCall) -> None:
            await caller.hang_up(await exchange.second_calls.forward(caller, self._by, MOBILE) or 16)

        exchange.numbers.register(SENT_ON, serve, needs="internal")
        inbound = Inbound(
            self.telephony.plan, Site(), exchange.callout, exchange.behalf, exchange.dialer, self.telephony.book,
            lambda: Known("CN", "571", CHINA), voice, lambda name: None,
            exchange.numbers.decide_outside, ReactorClock(reactor),
        )  # fmt: skip
        wishes = {self._by: Wishes(always=MOBILE)}
        reaching = inbound.reaching
        reaching.house = replace(reaching.house, wishes=lambda extension: wishes.get(extension, Wishes()))
        exchange.inbound = inbound.serve

    def stop(self) -> None:
        """For good."""
        self._deaf()
        run(self.telephony.simulator.phone({"number": MOBILE, "answer": ""}))
        run(until_nobody_calls(self.telephony))
        run(self.telephony.book.written())
        self.life.stop()

    def lease(self) -> sa.Row[Any]:
        """The newest."""
        return rows(self.telephony, leases)[-1]

    async def talks(self) -> None:
        """Until what is paid talks, and has been taken."""
        await until(lambda: self.exchange.dialer.under_way())


def test_what_an_extension_forwards_is_billed_to_it_over_our_restart(telephony: Telephony, tmp_path: Path) -> None:
    """A colleague dials it; the month of the one who forwards pays, also for what is talked in the next life."""
    house = House(telephony, tmp_path, FREELY)
    run(talking(telephony, "8004", SENT_ON, talk=LEASE + 12))
    run(house.talks())
    house.life.stop()
    house.start()
    run(house.settled.until(bool), timeout=120)
    lease = house.lease()
    house.stop()
    assert (lease.extension, lease.account, lease.called) == (BILLED, "M00001", f"86{MOBILE}")
    assert lease.seconds == -(-(lease.ended_at - lease.answered_at) // timedelta(seconds=1)) > LEASE
    assert lease.charge == lease.seconds * 10_000
    assert [event.ended for event in house.settled] == ["hang-up"]


def test_a_call_from_outside_that_is_sent_on_is_billed_as_a_call_of_its_own(
    telephony: Telephony, tmp_path: Path
) -> None:
    """Asterisk holds the mobile's leg to what is paid; more is paid while they talk; on record with its line."""
    house = House(telephony, tmp_path, FREELY)

    async def story() -> tuple[float, dict[str, Any]]:
        calling = Deferred.fromCoroutine(
            telephony.simulator.call_in({"called": AWAY, "caller": "13700000000", "talk": LEASE + 12, "hear": False})
        )
        await house.talks()
        [talk] = house.exchange.dialer.talks()
        left = await house.exchange.board.get(talk.called.id, "TIMEOUT(absolute)")
        return float(left), await calling

    left, told = run(story(), timeout=120)
    run(house.settled.until(bool))
    lease = house.lease()
    house.stop()
    assert told["outcome"] == "answered"
    assert 0 < left <= LEASE
    assert (lease.extension, lease.seconds > LEASE, lease.charge) == (BILLED, True, lease.seconds * 10_000)
    [row] = [row for row in rows(telephony, telephone_calls) if row.id == lease.call]
    assert (row.caller, row.direction, row.called, row.outcome) == (BILLED, "out", f"86{MOBILE}", "answered")
    assert row.trunk
    assert row.grown_from


def test_a_call_from_outside_that_is_sent_on_is_settled_after_our_death(telephony: Telephony, tmp_path: Path) -> None:
    """It talks on; the next life takes it up under its own name and settles it once."""
    house = House(telephony, tmp_path, FREELY)
    asked = {"called": AWAY, "caller": "13700000000", "talk": 15, "hear": False}
    calling = Deferred.fromCoroutine(telephony.simulator.call_in(asked))
    run(house.talks())
    house.life.stop()
    house.start()
    assert run(house.talks()) is None
    told = run(_of(calling))
    run(house.settled.until(bool))
    lease = house.lease()
    house.stop()
    assert told["outcome"] == "answered"
    assert lease.charge == lease.seconds * 10_000 > 0
    assert len(house.settled) == 1


def test_the_guard_refuses_what_is_sent_on_but_nobody_who_must_be_reached(telephony: Telephony, tmp_path: Path) -> None:
    """Nor does it see emergencies. An invitation to a conference is refused like a forward."""
    house = House(telephony, tmp_path, NOTHING, WATCHED)
    forwarded = run(telephony.simulator.dial({"extension": "8004", "digits": SENT_ON}))
    with pytest.raises(NotReached, match="refused"):
        run(house.exchange.behalf.for_house("8800", f"86{MOBILE}", RING, TALK))
    nurse = run(house.exchange.callout.outside(f"86{MOBILE}", RING, TALK, urgent=True))
    reached = run(on_trunks(telephony))
    run(nurse.hang_up())
    emergency = run(talking(telephony, "8004", "120"))
    run(telephony.simulator.hang_up({"call": emergency["call"]}))
    house.stop()
    assert forwarded["outcome"] != "answered"
    assert len(reached) == 1
    assert rows(telephony, guard_calls) == []


def test_the_guard_counts_what_is_sent_on_and_ends_it(telephony: Telephony, tmp_path: Path) -> None:
    """Three yuan are allowed, at a yuan a second."""
    limit = Limit(id="spent", of="spend", per="extension", most=3, then="refuse")
    house = House(telephony, tmp_path, GuardPlan(limits=(limit,)), WATCHED)
    run(talking(telephony, "8004", SENT_ON))
    run(until_nobody_calls(telephony), timeout=60)
    again = run(telephony.simulator.dial({"extension": "8004", "digits": SENT_ON}))
    house.stop()
    [row] = rows(telephony, guard_calls)
    assert (row.extension, row.called) == (WATCHED, f"86{MOBILE}")
    assert row.amount >= 30_000
    assert again["outcome"] != "answered"


def test_what_a_rule_sends_on_counts_for_the_caller_as_one_from_outside(telephony: Telephony, tmp_path: Path) -> None:
    """So whoever shows the number of an extension is not taken for it; nobody's month is billed."""
    house = House(telephony, tmp_path, FREELY)
    before = len(rows(telephony, leases)), len(rows(telephony, guard_calls))
    told = run(telephony.simulator.call_in({"called": BY_RULE, "caller": "13700000000", "talk": 2, "hear": False}))
    house.stop()
    assert told["outcome"] == "answered"
    assert len(rows(telephony, leases)) == before[0]
    assert [row.extension for row in rows(telephony, guard_calls)[before[1] :]] == ["<13700000000"]


@pytest.mark.parametrize("who", ["outside", "8004"])
def test_what_is_sent_on_and_still_rings_is_ended_by_its_name(telephony: Telephony, tmp_path: Path, who: str) -> None:
    """At the panel, where it is listed because it holds money: the mobile rings no more, and nothing is charged."""
    house = House(telephony, tmp_path, FREELY)
    run(telephony.simulator.phone({"number": MOBILE, "answer": "no"}))
    supervision = Supervision(
        house.exchange.dialer, house.exchange.callout, house.exchange.board, lambda number: True, telephony.database,
        ReactorClock(reactor), telephony.bus,
    )  # fmt: skip
    asked: dict[str, object] = {"called": AWAY, "caller": "13700000000", "talk": 2, "hear": False}
    if who != "outside":
        asked = {"extension": who, "digits": SENT_ON, "talk": 2}

    async def story() -> None:
        simulator = telephony.simulator
        calling = Deferred.fromCoroutine(simulator.call_in(asked) if who == "outside" else simulator.dial(asked))
        await until(lambda: [leg for leg in house.exchange.board.legs.values() if "-bill-" in leg.id and leg.rang])
        assert house.exchange.dialer.under_way() == frozenset()
        await supervision.release(house.lease().call, "manager")
        await until(lambda: not [leg for leg in house.exchange.board.legs if "-bill-" in leg])
        await calling

    run(story())
    run(house.settled.until(bool))
    lease = house.lease()
    house.stop()
    assert (lease.charge, lease.answered_at, lease.state) == (0, None, "settled")


async def _of(calling: Deferred[dict[str, Any]]) -> dict[str, Any]:
    return await calling
