"""Calls outside without an account, under the guard: counted, refused, ended; after a restart as before."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import Text
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Money, yuan
from appliance.paying import Paying
from billing.guard.events import FraudAlarm
from billing.guard.ordinary import OrdinaryCalls, WatchedCall
from billing.guard.schema import guard_calls
from billing.payers import Payers
from billing.plan import BillingPlan
from billing.plan_postpaid import PostpaidGroup
from pbx.calls.events import CallEnded
from pbx.calls.schema import telephone_calls
from pbx.paid import Paid
from pbx.reason import Reason
from tests.billing.exchange import SHANGHAI, FakeCaller, MortalLines, way
from tests.billing.test_guard import GuardedHouse, limit
from tests.support import now

MOBILE, FRANCE, SATELLITE, NOWHERE = "8613800138000", "33142685300", "8816123456789", "20212345678"
DENIED = Reason("This destination may not be called. Please ask the operator.")
FOUR_HOURS = timedelta(hours=4)
LIMIT = Reason("A limit against misuse is reached. Please ask the operator.")


def _of(call: str) -> sa.Update:
    return telephone_calls.update().where(telephone_calls.c.id == call)


class Telephones(GuardedHouse):
    """A house whose telephones dial outside in the ordinary way; 0.6 yuan a minute at home, 3 in France."""

    ordinary: OrdinaryCalls
    bus: Bus

    def seams(self, database: Transactions, clock: Clock, bus: Bus) -> dict[str, Any]:
        found = super().seams(database, clock, bus)
        lines = MortalLines(self.process, self.exchange)
        self.bus, slice_ = bus, self.plan.lease_seconds
        self.ordinary = OrdinaryCalls(
            self.guard, self.tariffs, self.plan.tariff, slice_, SHANGHAI, database, lines, clock, bus
        )
        Tasks().start(self.ordinary.start(), "taking up ordinary calls")
        return found

    def begin(self, call: str, called: str = MOBILE, extension: str = "8001") -> Paid | Reason | None:
        """Ask as the exchange does, and dial; on record as the exchange has it."""
        payers = Payers(self.database, SHANGHAI, "zh", self.clock, Bus())
        said = now(Paying(self.calling.postpaid(payers), self.ordinary)(call, extension, called, "dear", None))
        if not isinstance(said, Reason):
            row = {"id": call, "caller": extension, "began_at": self.clock.now(), "called": called, "direction": "out"}
            self._write(telephone_calls.insert().values(row))
            Tasks().start(self._carry(FakeCaller(call, called, extension), called, said), call)
        return said

    async def _carry(self, caller: FakeCaller, called: str, paid: Paid | None) -> None:
        async def answered(at: datetime) -> None:
            self._write(_of(caller.call).values(answered_at=at))
            if paid is not None:
                await paid.answered(at)

        ended = await self.exchange.connect(caller, called, way("dear", called), FOUR_HOURS, answered)
        over = ended.ended_at or self.clock.now()
        self._write(_of(caller.call).values(ended_at=over))
        talked = (over - ended.answered_at).total_seconds() if ended.answered_at else 0.0
        self.bus.publish(CallEnded(at=over, call=caller.call, outcome=ended.outcome, talked_seconds=talked))

    def talk_out(self, call: str, seconds: float, called: str = MOBILE, extension: str = "8001") -> None:
        """A whole call."""
        self.begin(call, called, extension)
        self.exchange.answer(call)
        self.wait(seconds)
        self.exchange.hang_up(call)

    def worth(self, call: str) -> tuple[Money, bool]:
        """What a call counts for, and whether it is over."""
        with self.database.engine.connect() as connection:
            row = connection.execute(sa.select(guard_calls).where(guard_calls.c.call == call)).one()
        return Money(row.amount), row.ended_at is not None

    def _write(self, statement: sa.Executable) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(statement)


def test_what_telephones_spend_counts_like_what_accounts_do() -> None:
    """By what a patient would pay: seven yuan an hour of an extension, whoever pays."""
    house = Telephones(limits=(limit(per="extension", most=7),))
    account = house.account("100")
    house.talk("c1", account, 300)  # 3 yuan
    house.talk_out("c2", 300)
    assert house.worth("c2") == (yuan(3), True)
    assert house.begin("c3") == LIMIT
    assert isinstance(house.begin("c4", extension="8002"), WatchedCall)
    house.dial("c5", house.string(account))
    assert house.refused() == ["A limit against misuse is reached. Please ask at the cashier's desk."]
    house.wait(3600)
    assert isinstance(house.begin("c6"), WatchedCall)


def test_a_call_under_way_holds_its_part_and_one_that_nobody_took_nothing() -> None:
    """Until it is over: five minutes' worth at a time, as a lease would."""
    house = Telephones(limits=(limit(per="box", most=7),))
    house.begin("c1")
    assert house.worth("c1") == (yuan(3), False)
    house.begin("c2", extension="8002")
    assert house.begin("c3", extension="8003") == LIMIT
    house.exchange.hang_up("c2", "busy")
    assert house.worth("c2") == (Money(0), True)
    assert isinstance(house.begin("c4", extension="8003"), WatchedCall)


def test_too_many_calls_of_a_telephone_at_the_same_time() -> None:
    """Two; the account of a patient at the same telephone counts, too."""
    house = Telephones(limits=(limit(of="calls", per="extension", most=2),))
    house.begin("c1")
    house.dial("c2", house.string(house.account("100")))
    assert house.begin("c3") == LIMIT
    house.exchange.hang_up("c2")
    assert isinstance(house.begin("c4"), WatchedCall)


def test_the_night_rule_holds_for_every_telephone() -> None:
    """None abroad from ten in the evening to six, from any extension."""
    night = limit(of="calls", per="extension", most=0, to=("33",), begins=time(22), ends=time(6))
    house = Telephones(limits=(night,))
    house.talk_out("c1", 10, FRANCE)
    house.wait(14 * 3600)
    assert house.begin("c2", FRANCE) == LIMIT
    assert isinstance(house.begin("c3"), WatchedCall)
    house.wait(8 * 3600)
    assert isinstance(house.begin("c4", FRANCE), WatchedCall)


def test_denied_prefixes_are_denied_but_kinds_are_for_classes_of_service() -> None:
    """Whoever may dial satellites by their class may; nobody dials what is denied. Where no tariff knows it, too."""
    house = Telephones(deny=("33",), new_country="alarm")
    assert house.begin("c1", FRANCE) == DENIED
    assert isinstance(house.begin("c2", SATELLITE), WatchedCall)
    assert isinstance(house.begin("c3", NOWHERE), WatchedCall)
    assert [event.rule for event in house.told(FraudAlarm)] == ["denied", "country", "country"]
    assert house.worth("c3") == (Money(0), False)


def test_a_call_that_talks_beyond_the_limit_is_ended() -> None:
    """At most one lease later."""
    house = Telephones(limits=(limit(per="extension", most=5),))
    house.begin("c1")
    house.exchange.answer("c1")
    house.wait(4000)
    assert not house.exchange.legs["c1"].alive
    amount, over = house.worth("c1")
    assert over
    assert yuan(5) <= amount <= yuan(9)


def test_a_call_is_watched_on_after_a_restart() -> None:
    """One ended meanwhile is over; one that goes on is ended as before; who has been dead cuts nobody."""
    house = Telephones(limits=(limit(per="box", most=8),))
    house.begin("c1")
    house.begin("c2", extension="8002")
    for call in ("c1", "c2"):
        house.exchange.answer(call)
    house.wait(60)
    house.kill()
    house.exchange.hang_up("c2")
    house.wait(600)
    assert house.exchange.legs["c1"].alive
    house.start()
    assert house.worth("c2") == (yuan("0.6"), True)
    house.wait(1200)
    assert not house.exchange.legs["c1"].alive


def test_what_is_long_over_is_forgotten() -> None:
    """Two days later."""
    house = Telephones()
    house.talk_out("c1", 60)
    house.wait(3 * 86_400)
    house.talk_out("c2", 60)
    with house.database.engine.connect() as connection:
        assert list(connection.execute(sa.select(guard_calls.c.call)).scalars()) == ["c2"]


def test_while_nothing_can_be_written_down_calls_go_out_unwatched() -> None:
    """A telephone matters more than a figure; only who would have to be billed is refused."""
    house = Telephones()
    house.database.broken = OSError("the disk is full")
    assert house.ordinary is not None
    payers = Payers(house.database, SHANGHAI, "zh", house.clock, Bus())
    assert now(Paying(house.calling.postpaid(payers), house.ordinary)("c1", "8001", MOBILE, "dear", None)) is None


SURGERY = PostpaidGroup(numbers="8001-8009", pays="department", id="surgery", name=Text(zh="外科", en="Surgery"))


def test_who_is_billed_by_the_month_is_looked_at_when_the_call_begins() -> None:
    """By account, extension and destination like everybody; what their class of service allows is allowed."""
    house = Telephones(limits=(limit(of="calls", most=1),), deny=("33",))
    house.plan = BillingPlan(postpaid=(SURGERY,))
    house.kill()
    house.start()
    assert house.begin("c1", FRANCE) == DENIED
    assert not isinstance(house.begin("c2", SATELLITE), Reason)
    assert house.begin("c3", extension="8002") == LIMIT
    assert house.lease("c2").account == "M00001"


@pytest.mark.parametrize("left", ["never-answered", "unwritten"])
def test_nothing_of_a_life_before_counts_for_ever(left: str) -> None:
    """A call that only rang, and one that its killer kept off the book of calls."""
    house = Telephones()
    house.begin("c1")
    house.kill()
    if left == "unwritten":
        with house.database.engine.begin() as connection:
            connection.execute(telephone_calls.delete())
    else:
        house.exchange.hang_up("c1", "no-answer")
    house.start()
    assert house.worth("c1") == (Money(0), True)
