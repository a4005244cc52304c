"""An exchange in memory that outlives our process, callers with a script, and a house that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import Text
from appliance.foundation.journal import Event
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Ended, Evidence, HungUp, Language, Money, yuan
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.calling import Calling
from billing.plan import BillingPlan
from billing.ports import Answered, Caller, Line, Listener
from billing.schema import accounts, leases
from billing.tariff import Tariffs
from billing.till import Till
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

T = TypeVar("T")

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "prefix,rate_per_minute,connect_fee,first_seconds,next_seconds,free_seconds\n"
RETAIL = HEADER + "861,0.6,0.1,6,6,0\n8657,0.12,0,60,60,0\n852,2,0,1,1,3\n"
CHEAP = HEADER + "86,0.05,0,60,60,0\n"
DEAR = HEADER + "86,0.2,0,60,60,0\n852,1,0,60,60,0\n"
MOBILE = "8613800138000"
OFFER = "继续拨打其他号码，请连按两次星号键。"
"""For another number press star twice."""


def way(trunk: str, number: str, *, code: str = "") -> Line:
    """A line over a trunk, asked for the number with a prefix code before it."""
    return Line(trunk, Text(zh=trunk, en=trunk), code + number, "", coded=bool(code))


@dataclass
class Leg:
    """An outside leg as the exchange sees it."""

    number: str
    trunk: str
    limit: timedelta
    answered: Answered | None
    over: Deferred[Ended]
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    alive: bool = True
    cut: Timer | None = None


@dataclass
class FakeExchange:
    """Satisfies `billing.ports.Lines`. `trunks` in the order of the routes; they ring unless `outcomes` says what
    they answer at once.

    late: how much later than its limit a call is cut.
    """

    clock: Clock
    trunks: list[str] = field(default_factory=lambda: ["cheap", "dear"])
    outcomes: dict[str, str] = field(default_factory=dict)
    late: timedelta = timedelta(0)
    codes: dict[str, str] = field(default_factory=dict)
    callers: dict[str, FakeCaller] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    started_at: datetime = START
    unreachable: bool = False
    warned: list[tuple[str, list[str]]] = field(default_factory=list)

    def routes(self, number: str) -> Sequence[Line]:
        return [way(trunk, number, code=self.codes.get(trunk, "")) for trunk in self.trunks]

    async def connect(
        self, caller: Caller, number: str, line: Line, limit: timedelta, answered: Answered, *, stays: bool = False
    ) -> Ended:
        self.tried.append(line.trunk)
        if line.trunk in self.outcomes:
            return Ended(self.outcomes[line.trunk])
        if isinstance(caller, FakeCaller):
            self.callers[caller.call] = caller
        leg = self.legs[caller.call] = Leg(number, line.trunk, limit, answered, Deferred())
        return await leg.over

    async def extend(self, call: str, limit: timedelta) -> None:
        leg = self.legs[call]
        if leg.alive:
            self._cut_after(call, limit)

    async def release(self, call: str) -> None:
        self.hang_up(call)

    async def drop(self, call: str) -> None:
        self.hang_up(call, "unreachable")

    async def warn(self, call: str, sounds: Sequence[Path]) -> None:
        self.warned.append((call, [str(sound) for sound in sounds]))

    def another(self, caller: Listener, service: str, outcome: str = "") -> FakeCaller:
        assert isinstance(caller, FakeCaller)
        return caller.again(service)

    async def evidence(self, call: str) -> Evidence:
        if self.unreachable:
            raise ConnectionError("the exchange does not answer")
        leg = self.legs.get(call)
        if leg is None:
            return Evidence(False, None, None, self.started_at)
        return Evidence(leg.alive, leg.answered_at, leg.ended_at, self.started_at)

    async def regain(self, call: str, extension: str) -> FakeCaller | None:
        found = self.callers.get(call)
        if found is not None:
            found.line.pressed.clear()  # whoever heard them is dead
        return found

    async def rejoin(self, call: str, payer: str, *, stays: bool = False) -> Ended:
        leg = self.legs[call]
        leg.over = Deferred()
        return await leg.over

    def answer(self, call: str) -> None:
        """The far end picks up."""
        leg = self.legs[call]
        leg.answered_at = self.clock.now()
        self._cut_after(call, leg.limit)
        if leg.answered is not None:
            Tasks().start(leg.answered(leg.answered_at), "telling the answer")

    def hang_up(self, call: str, outcome: str = "") -> None:
        """Either end hangs up; a leg never answered ends as `outcome`."""
        leg = self.legs[call]
        if not leg.alive:
            return
        leg.alive = False
        if leg.cut is not None and leg.cut.active():
            leg.cut.cancel()
        leg.ended_at = self.clock.now()
        ended = Ended("answered", leg.answered_at, leg.ended_at) if leg.answered_at else Ended(outcome or "no-answer")
        if not leg.over.called:
            leg.over.callback(ended)

    def lose(self) -> None:
        """The exchange dies with its calls, recording nothing, and is started again. Nobody is told."""
        for leg in self.legs.values():
            if leg.alive:
                leg.alive = False
                if leg.cut is not None and leg.cut.active():
                    leg.cut.cancel()
        self.started_at = self.clock.now()

    def _cut_after(self, call: str, limit: timedelta) -> None:
        leg = self.legs[call]
        if leg.cut is not None and leg.cut.active():
            leg.cut.cancel()
        leg.cut = self.clock.later(max(limit, timedelta(0)) + self.late, lambda: self.hang_up(call))


@dataclass
class FakeLine:
    """Somebody's line, over all their calls. pressed: what keys do while they talk."""

    answered: bool = False
    gone: bool = False
    pressed: dict[str, Callable[[], object]] = field(default_factory=dict)


@dataclass
class FakeCaller:
    """Satisfies `billing.ports.Caller`. keys: what is keyed at each prompt; `gone` once nothing is left to key."""

    call: str
    dialled: str
    extension: str = "8001"
    keys: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    line: FakeLine = field(default_factory=FakeLine)
    outside: str | None = None

    @property
    def answered(self) -> bool:
        return self.line.answered

    @property
    def gone(self) -> bool:
        return self.line.gone

    def again(self, service: str) -> FakeCaller:
        """The same person, for another call, named after the one before."""
        return FakeCaller(f"{self.call}+", service, self.extension, self.keys, self.heard, self.line, self.outside)

    def whenever(self, code: str, do: Callable[[], object]) -> Callable[[], None]:
        self.line.pressed[code] = do
        return lambda: self.line.pressed.clear()

    def press(self, code: str) -> None:
        """In mid-talk."""
        self.line.pressed[code]()

    async def answer(self) -> None:
        self._present()
        self.line.answered = True

    async def play(self, sounds: Sequence[Path]) -> None:
        self._present()
        self.heard += map(str, sounds)

    async def collect(
        self, sounds: Sequence[Path], digits: int | None, timeout: timedelta, *, also_ends: str = ""
    ) -> str:
        await self.play(sounds)
        if not self.keys:
            self.line.gone = True
        self._present()
        keyed = self.keys.pop(0)
        ends = [place + 1 for place, key in enumerate(keyed) if key in also_ends]
        keyed = keyed[: min(ends, default=len(keyed))]
        return keyed if digits is None else keyed[:digits]

    async def hang_up(self) -> None:
        self.line.gone = True

    def _present(self) -> None:
        if self.gone:
            raise HungUp


class FakePrompts:
    """Satisfies `billing.ports.Prompts`: the sound file's name is the text."""

    silent = False

    async def prompt(self, text: str, language: Language) -> Path | None:
        return None if self.silent else Path(text)


class Process:
    """One life of the daemon. After `kill`, nothing it began comes to an end, and nothing it waits for wakes it.

    kill_at: die at this step; each use of the database or the exchange has a step before and one after it. at: what
    happens at which step.
    """

    def __init__(self, kill_at: int | None = None) -> None:
        self.at: dict[int, Callable[[], object]] = {}
        self.alive = True
        self.steps = 0
        self.kill_at = kill_at

    def kill(self) -> None:
        """kill -9."""
        self.alive = False

    async def live(self) -> None:
        """Take a step, or be dead for ever."""
        self.steps += 1
        self.at.get(self.steps, lambda: None)()
        if self.steps == self.kill_at:
            self.kill()
        if not self.alive:
            await Deferred()


class MortalDatabase:
    """Storage as one process sees it."""

    def __init__(self, process: Process, database: InlineDatabase) -> None:
        self._process, self._database = process, database

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        await self._process.live()
        result = await self._database.transact(work)
        await self._process.live()
        return result


class MortalLines:
    """The exchange as one process sees it."""

    def __init__(self, process: Process, exchange: FakeExchange) -> None:
        self._process, self._exchange = process, exchange

    def routes(self, number: str) -> Sequence[Line]:
        return self._exchange.routes(number)

    async def connect(
        self, caller: Caller, number: str, line: Line, limit: timedelta, answered: Answered, *, stays: bool = False
    ) -> Ended:
        return await self._step(lambda: self._exchange.connect(caller, number, line, limit, answered, stays=stays))

    async def drop(self, call: str) -> None:
        await self._step(lambda: self._exchange.drop(call))

    async def warn(self, call: str, sounds: Sequence[Path]) -> None:
        await self._step(lambda: self._exchange.warn(call, sounds))

    def another(self, caller: Listener, service: str, outcome: str = "") -> FakeCaller:
        return self._exchange.another(caller, service, outcome)

    async def extend(self, call: str, limit: timedelta) -> None:
        await self._step(lambda: self._exchange.extend(call, limit))

    async def release(self, call: str) -> None:
        await self._step(lambda: self._exchange.release(call))

    async def evidence(self, call: str) -> Evidence:
        return await self._step(lambda: self._exchange.evidence(call))

    async def regain(self, call: str, extension: str) -> FakeCaller | None:
        return await self._step(lambda: self._exchange.regain(call, extension))

    async def rejoin(self, call: str, payer: str, *, stays: bool = False) -> Ended:
        return await self._step(lambda: self._exchange.rejoin(call, payer, stays=stays))

    async def _step(self, do: Callable[[], Coroutine[Any, Any, T]]) -> T:
        await self._process.live()
        result = await do()
        await self._process.live()
        return result


class MortalClock:
    """Timers that die with their process."""

    def __init__(self, process: Process, clock: FakeClock) -> None:
        self._process, self._clock = process, clock

    def now(self) -> datetime:
        return self._clock.now()

    def steady(self) -> float:
        return self._clock.steady()

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        return self._clock.later(delay, lambda: call() if self._process.alive else None)


class House:
    """Billing with its database and its exchange, both of which outlive it."""

    def __init__(
        self,
        plan: BillingPlan | None = None,
        retail: str = RETAIL,
        may: Callable[[str], bool] = lambda extension: True,
    ) -> None:
        self._may = may
        self.plan = plan or BillingPlan()
        self.database, self.clock = InlineDatabase(), FakeClock()
        self.exchange = FakeExchange(self.clock)
        self.prompts = FakePrompts()
        self.events: list[Event] = []
        self.callers: dict[str, FakeCaller] = {}
        self.pins: dict[str, str] = {}
        tariffs = Tariffs(self.database, self.clock)
        for name, text in (("retail", retail), ("cheap", CHEAP), ("dear", DEAR)):
            now(tariffs.import_csv(name, START - timedelta(days=1), text))
        self.start()

    def start(self, kill_at: int | None = None) -> None:
        """A new life of the daemon; `recover` is called as at every start."""
        self.process = Process(kill_at)
        database: Transactions = MortalDatabase(self.process, self.database)
        bus, clock = Bus(), MortalClock(self.process, self.clock)
        bus.subscribe(Event, self.events.append)
        self.tariffs = Tariffs(self.database, clock)
        now(self.tariffs.load())
        self.accounts = Accounts(database, self.plan, clock, bus)
        self.till = Till(database, clock, bus)
        self.calling = Calling(
            database,
            self.accounts,
            self.tariffs,
            self.plan,
            lambda: {"cheap": "cheap", "dear": "dear"},
            "CN",
            "571",
            SHANGHAI,
            MortalLines(self.process, self.exchange),
            self.prompts,
            clock,
            bus,
            barred=lambda number: number.startswith("86190"),
            **self.seams(database, clock, bus),
            may=self._may,
        )
        Tasks().start(self.calling.recover(), "recovering")

    def seams(self, database: Transactions, clock: Clock, bus: Bus) -> dict[str, Any]:
        """More that billing is given, by kinds of houses that have more."""
        return {}

    def kill(self) -> None:
        """kill -9; a caller whose call was not connected yet is gone with the process."""
        self.process.kill()

    def account(self, credit: str = "10", language: Language = "zh") -> str:
        """A new account with so many yuan."""
        number, pin = now(self.accounts.open("李明", language, "cashier"))
        self.pins[number] = pin
        if yuan(credit):
            now(self.accounts.deposit(number, yuan(credit), "cashier", f"first-{number}"))
        return number

    def dial(
        self, call: str, dialled: str, *keys: str, extension: str = "8001", outside: str | None = None
    ) -> FakeCaller:
        """Somebody dials; goes as far as it can go without waiting."""
        caller = self.callers[call] = FakeCaller(call, dialled, extension, list(keys), outside=outside)
        Tasks().start(self.calling.serve(caller), f"call {call}")
        return caller

    def string(self, account: str, number: str = "13800138000") -> str:
        """All of it in one string."""
        return f"600{account}{self.pins[account]}{number}"

    def wait(self, seconds: float) -> None:
        """Time passes, each timer at its own time."""
        end = self.clock.twisted.seconds() + seconds
        while (timers := self.clock.twisted.calls) and (due := min(timer.getTime() for timer in timers)) <= end:
            self.clock.twisted.advance(max(0.0, due - self.clock.twisted.seconds()))
        self.clock.twisted.advance(end - self.clock.twisted.seconds())

    def balance(self, account: str) -> Money:
        """What the account holds; the books must be right."""
        self.check()
        return Money(self._column(accounts.c.balance, accounts.c.number == account))

    def reserved(self, account: str) -> Money:
        """What its calls hold."""
        return Money(self._column(accounts.c.reserved, accounts.c.number == account))

    def lease(self, call: str) -> sa.Row[Any]:
        """The call as stored."""
        with self.database.engine.connect() as connection:
            return connection.execute(sa.select(leases).where(leases.c.call == call)).one()

    def check(self) -> None:
        """Whether everything adds up."""
        with self.database.engine.connect() as connection:
            assert list(discrepancies(connection)) == []

    def told(self, kind: type[T]) -> list[T]:
        """Events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _column(self, column: sa.Column[Any], where: sa.ColumnElement[bool]) -> int:
        with self.database.engine.connect() as connection:
            return int(connection.execute(sa.select(column).where(where)).scalar_one())
