"""Calls outside without an account: billed by the month to a bed, a department or a person, up to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.foundation.bus import Bus
from appliance.foundation.config import Faulty, parse
from appliance.foundation.i18n import Text
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Ended, Money, yuan
from billing import books, chain
from billing.audit import discrepancies
from billing.payers import PayerRow, Payers
from billing.plan import BillingPlan
from billing.plan_postpaid import PostpaidGroup
from billing.postpaid import LimitReached, NoPrice, PaidCall
from billing.refusal import NotAnAmount
from billing.schema import leases, ledger, postings
from tests.billing.exchange import MOBILE, SHANGHAI, FakeCaller, House, way
from tests.support import now

SURGERY = PostpaidGroup(
    numbers="8001-8009", pays="department", id="surgery", name=Text(zh="外科", en="Surgery"), monthly_limit=Decimal("1")
)
BEDS = PostpaidGroup(numbers="8101-8199", pays="bed")


class Ward:
    """A house where some extensions pay by the month; 0.6 yuan a minute and 0.1 a call to a mobile, in steps of 6 s."""

    def __init__(self, *groups: PostpaidGroup) -> None:
        self.house = House(BillingPlan(lease_seconds=60, postpaid=groups or (SURGERY, BEDS)))
        self.payers = Payers(self.house.database, SHANGHAI, "zh", self.house.clock, Bus())
        self.count = 0

    def begin(self, extension: str = "8001", called: str = MOBILE, most: timedelta | None = None) -> PaidCall | None:
        """Ask who pays, and dial as the exchange would."""
        self.count += 1
        call = f"call{self.count}"
        paid = now(self.house.calling.postpaid(self.payers).admit(call, extension, called, "dear", most))
        if paid is not None:
            Tasks().start(self._carry(FakeCaller(call, called, extension), called, paid), call)
        return paid

    async def _carry(self, caller: FakeCaller, called: str, paid: PaidCall) -> None:
        lines = self.house.exchange
        paid.over(await lines.connect(caller, called, way("dear", called), paid.limit, paid.answered))

    def talk(self, seconds: float, extension: str = "8001", called: str = MOBILE) -> None:
        """A whole call."""
        self.begin(extension, called)
        call = f"call{self.count}"
        self.house.exchange.answer(call)
        self.house.wait(seconds)
        self.house.exchange.hang_up(call)

    def rows(self) -> list[PayerRow]:
        """Who pays; the books are right."""
        with self.house.database.engine.connect() as connection:
            assert [*discrepancies(connection), *chain.verify(connection)] == []
        return now(self.payers.every())

    def charges(self) -> list[int]:
        """Every charge there is."""
        query = sa.select(ledger.c.amount).where(ledger.c.kind == "charge").order_by(ledger.c.id)
        with self.house.database.engine.connect() as connection:
            return [-amount for amount in connection.execute(query).scalars()]


def row(payer: str, account: str, holder: str, used: str, limit: str | None, owed: str = "0") -> PayerRow:
    return PayerRow(payer, account, holder, yuan(used), None if limit is None else yuan(limit), yuan(owed))


def test_each_department_and_each_bed_has_an_account_of_its_own() -> None:
    """Two telephones of a department share one; nobody pays for other telephones."""
    ward = Ward()
    ward.talk(6, "8001")
    ward.talk(12, "8002")
    ward.talk(6, "8101")
    ward.talk(6, "8102")
    assert ward.begin("8888") is None
    assert ward.rows() == [
        row("bed/8101", "M00002", "8101", "0.16", None),
        row("bed/8102", "M00003", "8102", "0.16", None),
        row("department/surgery", "M00001", "外科", "0.38", "1"),
    ]
    assert ward.charges() == [yuan("0.16"), yuan("0.22"), yuan("0.16"), yuan("0.16")]


def test_beyond_the_limit_no_call_begins_and_none_goes_on() -> None:
    """One yuan: a call is cut when it is used up, the next is refused; a call under way holds its part."""
    ward = Ward()
    ward.begin()
    ward.house.exchange.answer("call1")
    ward.begin("8002")
    with pytest.raises(LimitReached):
        ward.begin("8002")
    ward.house.wait(600)
    assert not ward.house.exchange.legs["call1"].alive
    ward.house.exchange.hang_up("call2")
    [surgery] = ward.rows()
    assert Money(0) < surgery.used <= yuan(1)
    assert sum(ward.charges()) == surgery.used


def test_whoever_nears_the_limit_is_told() -> None:
    """From 80 percent on."""
    ward = Ward()
    first = ward.begin()
    assert first is not None
    assert first.used is None
    ward.house.exchange.answer("call1")
    ward.house.wait(72)
    ward.house.exchange.hang_up("call1")
    paid = ward.begin()
    assert paid is not None
    assert paid.used is not None
    assert paid.used == 82


def test_a_number_without_a_price_is_not_called() -> None:
    """Nobody could be billed; nothing is held, nothing is written."""
    ward = Ward()
    with pytest.raises(NoPrice):
        ward.begin("8001", "4420794609")
    assert ward.rows() == []


def test_a_call_lasts_no_longer_than_its_class_allows() -> None:
    """Ninety seconds, though sixty are leased at a time and the money lasts longer."""
    ward = Ward(PostpaidGroup(numbers="8001", pays="bed"))
    ward.begin(most=timedelta(seconds=90))
    ward.house.exchange.answer("call1")
    ward.house.wait(300)
    assert ward.charges() == [yuan("1")]


def test_it_lasts_no_longer_after_a_death_either() -> None:
    """Whoever starts again knows it: the talk is not leased on beyond its ninety seconds."""
    ward = Ward(PostpaidGroup(numbers="8001", pays="bed"))
    ward.begin(most=timedelta(seconds=90))
    ward.house.exchange.answer("call1")
    ward.house.wait(20)
    ward.house.kill()
    ward.house.start()
    ward.house.wait(300)
    assert ward.charges() == [yuan("1")]


def test_a_month_ends_with_a_bill_and_the_limit_is_whole_again() -> None:
    """Once, whoever asks first; it is paid at the till, no more than is owed."""
    ward = Ward()
    ward.talk(6)
    ward.house.wait(timedelta(days=30).total_seconds())
    assert now(ward.payers.bill()) == 1
    assert now(ward.payers.bill()) == 0
    ward.talk(12)
    assert ward.rows() == [row("department/surgery", "M00001", "外科", "0.22", "1", "0.16")]
    for _ in range(2):
        now(ward.payers.pay("department/surgery", yuan("0.1"), "林静", "P1"))
    with pytest.raises(NotAnAmount):
        now(ward.payers.pay("department/surgery", yuan("0.07"), "林静", "P2"))
    assert ward.rows() == [row("department/surgery", "M00001", "外科", "0.22", "1", "0.06")]
    with ward.house.database.engine.connect() as connection:
        cash = sa.select(sa.func.sum(postings.c.amount)).where(postings.c.book == books.cash("林静"))
        assert connection.execute(cash).scalar_one() == yuan("-0.1")


def test_the_first_call_of_a_month_writes_the_bill_if_nobody_did() -> None:
    """A month without a call has none."""
    ward = Ward()
    ward.talk(6)
    ward.house.wait(timedelta(days=62).total_seconds())
    ward.talk(6)
    ward.talk(6)
    assert ward.rows() == [row("department/surgery", "M00001", "外科", "0.32", "1", "0.16")]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 25), st.booleans(), st.integers(1, 100))
def test_killed_at_any_step_a_call_is_charged_once(kill_at: int, late: bool, talk: int) -> None:
    """From asking who pays to the settlement; started again at once or late, the exchange's evidence counts."""
    ward = Ward(PostpaidGroup(numbers="8001", pays="bed"))
    house = ward.house
    ward.payers = Payers(house.database, SHANGHAI, "zh", house.clock, Bus())
    house.process.kill_at = house.process.steps + kill_at
    Tasks().start(_one(ward), "the call")
    leg = house.exchange.legs.get("c1")
    if leg is not None:
        house.exchange.answer("c1")
        if not late and not house.process.alive:
            house.start()
        house.wait(talk)
        house.exchange.hang_up("c1")
    house.kill()
    house.start()
    house.wait(60)
    with house.database.engine.connect() as connection:
        settled: Sequence[sa.Row[tuple[object, ...]]] = connection.execute(sa.select(leases)).all()
    assert all(lease.state == "settled" for lease in settled)
    measured = timedelta(0)
    if leg is not None and leg.answered_at is not None and leg.ended_at is not None:
        measured = leg.ended_at - leg.answered_at
    tariff = house.tariffs.current("retail", house.clock.now())
    seconds = -(-measured // timedelta(seconds=1))
    expected = tariff.rate(MOBILE, house.clock.now().astimezone(SHANGHAI), seconds).amount
    assert ward.charges() == ([expected] if expected else [])
    assert sum(one.used for one in ward.rows()) == expected


async def _one(ward: Ward) -> None:
    paid = await ward.house.calling.postpaid(ward.payers).admit("c1", "8001", MOBILE, "dear", None)
    assert paid is not None
    lines = ward.house.exchange
    ended: Ended = await lines.connect(
        FakeCaller("c1", MOBILE, "8001"), MOBILE, way("dear", MOBILE), paid.limit, paid.answered
    )
    paid.over(ended)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('numbers = "8009-8001"\npays = "bed"', "postpaid[0].numbers"),
        ('numbers = "8001"\npays = "department"\nid = "x"', "postpaid[0].id"),
        ('numbers = "8001"\npays = "bed"\nid = "x"', "postpaid[0].id"),
        ('numbers = "8001"\npays = "bed"\nmonthly_limit = 0', "postpaid[0].monthly_limit"),
    ],
)
def test_a_wrong_plan_names_the_place(text: str, path: str) -> None:
    """A run that falls, a department without a name, a bed with one, no limit at all."""
    with pytest.raises(Faulty) as why:
        parse(f"[[postpaid]]\n{text}", BillingPlan)
    assert [fault.path for fault in why.value.faults] == [path]
