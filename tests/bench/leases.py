"""How fast billed calls are reserved and settled, against a bare insert into a table of the same database.

Each is a transaction of its own, on the platter when it returns. A settlement charges, writes the ledger's entry and
its postings, chained, and a line of the journal; a whole call reserves, is answered and settled.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.direct import finish
from appliance.foundation.bus import Bus
from appliance.foundation.database import DirectDatabase, create_engine
from appliance.foundation.migrate import upgrade
from appliance.foundation.values import Ended, yuan
from billing.accounts import Accounts
from billing.bill import Lease
from billing.lease import Leases
from billing.plan import BillingPlan
from billing.tariff import Tariffs
from tests.bench.figures import Figure, Row, beside
from tests.fakes.clock import FakeClock
from tests.postgres import serving

CALLS, ROUNDS, ACCOUNTS, SEED = 50, 6, 10, 600
TARIFF = "prefix,name,rate_per_minute,first_seconds,next_seconds\n86,China,0.6,60,6\n"
BARE = sa.Table(
    "bench_bare", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("account", sa.String(12)),
    sa.Column("charge", sa.BigInteger), sa.Column("at", sa.DateTime(timezone=True)),
)  # fmt: skip


def measure() -> list[Figure]:
    """On SQLite and on PostgreSQL."""
    found = []
    for name, engines in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with engines() as engine:
            found.append(_figure(name, Books(engine)))
    return found


class Books:
    """Ten accounts with money, a tariff, and calls that begin and end when told."""

    def __init__(self, engine: sa.Engine) -> None:
        upgrade(engine)
        BARE.create(engine)
        self.database, self.clock, self.chance = DirectDatabase(engine), FakeClock(), random.Random(SEED)
        bus, plan = Bus(), BillingPlan()
        tariffs, accounts = Tariffs(self.database, self.clock), Accounts(self.database, plan, self.clock, bus)
        finish(tariffs.import_csv("retail", self.clock.now(), TARIFF))
        self.tariff = tariffs.current("retail", self.clock.now())
        self.leases = Leases(self.database, tariffs, ZoneInfo("Asia/Shanghai"), self.clock, bus)
        self.accounts = [finish(accounts.open(f"patient {n}", "zh", "bench"))[0] for n in range(ACCOUNTS)]
        for number in self.accounts:
            finish(accounts.deposit(number, yuan(50_000), "bench", f"R{number}"))
        self.count = 0

    def opened(self) -> Lease:
        """One more call, answered now."""
        self.count += 1
        lease = finish(self.leases.open(
            f"call{self.count}", account=self.chance.choice(self.accounts), extension="8001",
            called="8613800138000", trunk="telecom", tariff=self.tariff, seconds=300,
        ))  # fmt: skip
        return finish(self.leases.answered(lease, self.clock.now()))

    def settle(self, lease: Lease) -> None:
        """It lasted up to ten minutes."""
        at = lease.answered_at or self.clock.now()
        ended = Ended("answered", at, at + timedelta(seconds=self.chance.randint(1, 600)))
        settled = finish(self.leases.settle(lease, ended, lambda trunk: None))
        assert settled is not None

    def insert(self) -> None:
        """A row, and nothing else."""
        self.count += 1
        row = {"id": self.count, "account": self.accounts[0], "charge": 6000, "at": self.clock.now()}
        with self.database.engine.begin() as connection:
            connection.execute(BARE.insert().values(row))


def _figure(name: str, books: Books) -> Figure:
    def settled() -> float:
        leases = [books.opened() for _ in range(CALLS)]
        return _speed(lambda number: books.settle(leases[number]))

    def inserted() -> float:
        return _speed(lambda number: books.insert())

    def whole() -> float:
        return _speed(lambda number: books.settle(books.opened()))

    settled()
    inserted()
    pairs = [(settled(), inserted(), whole()) for _ in range(ROUNDS)]
    ours = Row("leases settled", [pair[0] for pair in pairs], "a second", rate=True)
    peer = Row("rows inserted, nothing else", [pair[1] for pair in pairs], "a second", rate=True)
    calls = Row("whole calls: reserved, answered, settled", [pair[2] for pair in pairs], "a second", rate=True)
    return Figure(
        f"Leases on {name}: {CALLS} at a time, one after the other, alternating, {ROUNDS} rounds",
        [*beside(ours, peer, "time to settle ÷ time to insert"), calls],
        ["Every transaction is on the platter when it returns: the disk's own time is most of both."],
    )


def _speed(work: Callable[[int], None]) -> float:
    began = time.perf_counter()
    for number in range(CALLS):
        work(number)
    return CALLS / (time.perf_counter() - began)


@contextmanager
def _sqlite() -> Iterator[sa.Engine]:
    with TemporaryDirectory(prefix="nightbell-bench-", dir="/var/tmp") as directory:
        engine = create_engine(f"sqlite:///{Path(directory) / 'bench.sqlite'}")
        yield engine
        engine.dispose()


@contextmanager
def _postgres() -> Iterator[sa.Engine]:
    with serving(durable=True) as server:
        engine = create_engine(server.fresh())
        yield engine
        engine.dispose()
