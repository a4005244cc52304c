"""The report of lock-outs: what wrong PINs locked, when, how often, and who ended it; on paper and as a workbook."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from appliance.foundation.bus import Bus
from billing.accounts import Accounts
from billing.lockout_history import LockHistory, lockouts
from billing.lockout_report import ending, lockouts_pdf, lockouts_workbook
from billing.lockouts import Lockouts
from billing.plan import BillingPlan
from billing.refusal import LockedOut, WrongPin
from tests.billing.exchange import SHANGHAI
from tests.billing.test_money_reports import SITE, paper, sheets
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

DAY = date(2026, 3, 2)
START, STOP = datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC)


class Nights:
    """2 March from nine in the morning: accounts of 王秀英 and 李明, and somebody who guesses."""

    def __init__(self) -> None:
        self.database, self.clock, bus = InlineDatabase(), FakeClock(), Bus()
        self.accounts = Accounts(self.database, BillingPlan(), self.clock, bus)
        self.lockouts = Lockouts(BillingPlan, self.database, self.clock, bus)
        self.wang, self.li = (now(self.accounts.open(name, "zh", "林静"))[0] for name in ("王秀英", "李明"))

    def guess(self, number: str, *extensions: str) -> None:
        """A wrong PIN at each of these extensions."""
        for extension in extensions:
            with pytest.raises((WrongPin, LockedOut)):
                now(self.accounts.authenticate(number, "------", extension))

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**span))

    def history(self, start: datetime = START, stop: datetime = STOP) -> LockHistory:
        """What the report says of these days."""
        at = self.clock.now()
        return now(self.database.transact(lambda connection: lockouts(connection, start, stop, at)))


@pytest.fixture(scope="module")
def nights() -> Nights:
    """One ends by itself, one is lifted, one ends by a new PIN; a telephone is locked still, one the next day."""
    nights = Nights()
    nights.guess(nights.wang, "8001", "8002", "8003")
    nights.wait(hours=1)
    nights.guess(nights.wang, "8001", "8002", "8003")
    nights.wait(minutes=5)
    assert now(nights.lockouts.unlock("account", nights.wang, "林静"))
    nights.wait(hours=1)
    nights.guess(nights.li, "8004", "8005", "8006")
    nights.wait(minutes=5)
    now(nights.accounts.renew_pin(nights.li, "周宁"))
    nights.wait(hours=1)
    nights.guess("999999", "8007", "8007", "8007")
    return nights


def test_each_lock_and_how_it_ended(nights: Nights) -> None:
    """The latest first; of a telephone too, whatever was keyed there."""
    found = nights.history()
    said = [(one.what, one.number, one.holder, one.keyed_at, ending(found, one), one.lifted_by) for one in found.locks]
    assert said == [
        ("extension", "8007", "", "8007", "Locked still", ""),
        ("account", nights.li, "李明", "8006", "New PIN", "周宁"),
        ("account", nights.wang, "王秀英", "8003", "Unlocked", "林静"),
        ("account", nights.wang, "王秀英", "8003", "When its time was up", ""),
    ]
    assert (found.count("account"), found.count("extension"), found.lifted, found.still) == (3, 1, 2, 1)
    assert [(one.number, one.times) for one in found.by_subject()] == [(nights.wang, 2), (nights.li, 1), ("8007", 1)]
    assert found.locks[2].lifted_at == found.locks[2].at + timedelta(minutes=5)
    assert found.by_subject()[0].last == found.locks[2].at


def test_a_lock_belongs_to_the_day_on_which_it_began(nights: Nights) -> None:
    """What ended it may be a day later; another day has none of it."""
    half = nights.history(stop=nights.history().locks[2].at + timedelta(seconds=1))
    assert [ending(half, one) for one in half.locks] == ["Unlocked", "When its time was up"]
    assert nights.history(STOP, STOP + timedelta(days=1)).locks == ()


def test_another_pin_after_its_time_ended_nothing() -> None:
    """It ended by itself; and what is lifted is lifted once."""
    nights = Nights()
    nights.guess(nights.wang, "8001", "8002", "8003")
    nights.wait(hours=2)
    now(nights.accounts.renew_pin(nights.wang, "周宁"))
    [one] = nights.history().locks
    assert (one.lifted_at, one.lifted_by) == (None, "")


def test_on_paper_and_as_a_workbook(nights: Nights) -> None:
    """Both languages; who ended it stands there, a PIN nowhere."""
    found = nights.history()
    text = paper(lockouts_pdf(found, DAY, DAY, SHANGHAI, "zh", SITE))
    for word in (
        "密码锁定记录",
        "2026年3月2日星期一",
        "王秀英",
        "8007",
        "仍在锁定",
        "人工解锁",
        "林静",
        "到时自动解除",
    ):
        assert word in text, word
    english = paper(lockouts_pdf(found, DAY, DAY, SHANGHAI, "en", SITE))
    for word in ("PIN lock-outs", "Locked still", "Unlocked", "When its time was up"):
        assert word in english, word
    rows, often = sheets(lockouts_workbook(found, SHANGHAI, "en")).values()
    assert rows[1][1:] == (
        "Telephone extension", "8007", None, "8007", datetime(2026, 3, 2, 12, 40), "Locked still", None, None,
    )  # fmt: skip
    assert rows[3][6:] == ("Unlocked", datetime(2026, 3, 2, 10, 5), "林静")
    assert rows[4][5] == rows[4][7] == datetime(2026, 3, 2, 9, 30)
    assert often[1] == ("Paying account", nights.wang, "王秀英", 2, datetime(2026, 3, 2, 10, 0))


def test_days_without_any_say_so() -> None:
    """Rather than an empty table."""
    empty = Nights().history()
    assert "No wrong PINs locked anything" in paper(lockouts_pdf(empty, DAY, DAY, SHANGHAI, "en", SITE))
