"""February and March of a small hospital's money, for reports: tills, bills by the month, calls, debts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import Text
from appliance.foundation.values import Money, yuan
from billing.accounts import Accounts
from billing.ledger import move
from billing.payers import Payers
from billing.plan import BillingPlan
from billing.plan_postpaid import PostpaidGroup
from billing.schema import accounts, leases
from billing.till import Till
from tests.billing.exchange import MOBILE, SHANGHAI
from tests.fakes.clock import FakeClock
from tests.support import now

FEBRUARY = datetime(2026, 2, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""
SURGERY = PostpaidGroup(
    numbers="8085-8086", pays="department", id="surgery", name=Text(zh="外科", en="Surgery"),
    monthly_limit=Decimal(200),
)  # fmt: skip
BED = PostpaidGroup(numbers="8088", pays="bed")


class Story:
    """2 March in the evening: what happened until then. accounts: 王秀英's, 李明's and 赵云's, who may owe."""

    def __init__(self, database: Transactions) -> None:
        self.database, self.clock, bus = database, FakeClock(FEBRUARY), Bus()
        self._accounts = Accounts(database, BillingPlan(), self.clock, bus)
        self._till = Till(database, self.clock, bus)
        self.payers = Payers(database, SHANGHAI, "zh", self.clock, bus)
        self._calls = 0
        self.accounts = [self._opened(name) for name in ("王秀英", "李明", "赵云")]
        self._february()
        self._march()

    def _february(self) -> None:
        surgery = now(self.payers.account(SURGERY, "8085"))
        bed = now(self.payers.account(BED, "8088"))
        now(self._till.take_float(yuan(200), "周宁", "F0"))
        self.call(surgery, "8085", 125, "30.20")
        self.call(surgery, "8086", 3725, "15")
        self.call(bed, "8088", 60, "3.50")
        self.until(datetime(2026, 2, 28, 16, 10, tzinfo=UTC))
        now(self.payers.bill())

    def _march(self) -> None:
        self.until(datetime(2026, 3, 2, 0, 30, tzinfo=UTC))
        wang, li, zhao = self.accounts
        now(self._till.take_float(yuan(100), "林静", "F1"))
        now(self._accounts.deposit(wang, yuan(100), "林静", "R1", "现金"))
        now(self._accounts.deposit(li, yuan("60.5"), "周宁", "R2"))
        now(self._accounts.refund(wang, yuan(20), "林静", "R3"))
        now(self.payers.pay("department/surgery", yuan(20), "林静", "R4"))
        self.call(wang, "8028", 123, "1.2345")
        self.call(li, "8029", 600, "6")
        self.call(li, "8029", 30, "0.5")
        now(self._accounts.limit_credit(zhao, yuan(10), "林静"))
        self.call(zhao, "8030", 300, "6.6")
        self.call(now(self.payers.account(SURGERY, "8085")), "8085", 84, "8.40")
        now(self._till.hand_over(yuan("199.9"), "林静", "H1", "少一角"))

    def _opened(self, holder: str) -> str:
        number, _pin = now(self._accounts.open(holder, "zh", "林静"))
        return number

    def until(self, moment: datetime) -> None:
        """Let time pass."""
        self.clock.advance(moment - self.clock.now())

    def call(self, account: str, extension: str, seconds: int, charge: str) -> None:
        """A call that was charged now."""
        self._calls += 1
        self.clock.advance(timedelta(minutes=2))
        name, at, money = f"call{self._calls}", self.clock.now(), yuan(charge)
        answered = at - timedelta(seconds=seconds)
        row = {
            "call": name, "account": account, "extension": extension, "called": MOBILE, "trunk": "mobile",
            "tariff_version": 1, "reserved": 0, "granted_seconds": seconds, "state": "settled", "opened_at": answered,
            "answered_at": answered, "ended_at": at, "seconds": seconds, "charge": money, "cost": Money(0),
        }  # fmt: skip

        def write(connection: sa.Connection) -> None:
            connection.execute(leases.insert().values(row))
            move(connection, account, "charge", Money(-money), reference=name, by="billing", at=at)

        now(self.database.transact(write))

    def balance(self, number: str) -> int:
        """Of an account, as it stands."""
        query = sa.select(accounts.c.balance).where(accounts.c.number == number)
        return int(now(self.database.transact(lambda connection: connection.execute(query).scalar_one())))
