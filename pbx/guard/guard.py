"""Watches who fails, has them refused, lets them in again when their time is over, and tells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from twisted.internet.error import ConnectError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from pbx.engine.security_log import SecurityEvent
from pbx.guard.events import AddressBanned, BanLifted
from pbx.guard.rule import REMEMBERED, Verdict, Watch
from pbx.guard.schema import bans
from pbx.plan_guard import GuardPlan

PART = "exchange:guard"
ENGINE = "exchange:asterisk"


class Doorkeeper(Protocol):
    """`pbx.guard.doorkeeper.Doorkeeper`."""

    async def keep_out(self, addresses: Collection[str]) -> None: ...


@dataclass(frozen=True)
class Ban:
    """An address that is refused until then. times: how often it is now. names: some that it claimed."""

    address: str
    at: datetime
    until: datetime
    failures: int
    times: int
    names: tuple[str, ...]


class Guard:
    """plan: returns the one in force."""

    log = Logger()

    def __init__(
        self, plan: Callable[[], GuardPlan], door: Doorkeeper, database: Transactions, clock: Clock, bus: Bus
    ) -> None:
        self._plan, self._door, self._database, self._clock, self._bus = plan, door, database, clock, bus
        self._watch = Watch(plan())
        self._bans: dict[str, Ban] = {}
        self._lifted: dict[str, datetime] = {}
        self._timer: Timer | None = None
        self._tasks = Tasks()
        self._hearing = [bus.subscribe(SecurityEvent, self.heard), bus.subscribe(HealthChanged, self._engine)]

    def start(self) -> None:
        """Take up what was before."""
        self._tell()
        self._tasks.start(self._tasks.until_done(self._load, "reading who is kept out", self._clock), "the guard")

    def stop(self) -> None:
        """Watch no more; who is refused stays so."""
        for stop_hearing in self._hearing:
            stop_hearing()
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def replan(self) -> None:
        """Go by the plan in force; Asterisk's files were written anew, so it is told again."""
        offences = {ban.address: (ban.times, ban.until) for ban in self._bans.values()}
        self._watch = Watch(self._plan(), offences)
        self._tasks.start(self._enforce(), "keeping addresses out")

    def bans(self) -> Sequence[Ban]:
        """Who is refused now, the latest first."""
        return sorted(self._bans.values(), key=lambda ban: ban.at, reverse=True)

    def heard(self, event: SecurityEvent) -> None:
        """Asterisk saw somebody prove who they are, or not."""
        # Under a flood the log is read late: what was done before a ban was lifted is not held against them again.
        late = event.at <= self._lifted.get(event.address, event.at - timedelta(1))
        if event.service == "PJSIP" and event.address not in self._bans and not late:
            verdict = self._watch.heard(event)
            if verdict is not None:
                self._ban(verdict)

    async def lift(self, address: str, by: str) -> None:
        """Let an address in again before its time."""
        if address not in self._bans:
            return
        event = BanLifted(at=self._clock.now(), address=address, by=by)

        def write(connection: sa.Connection) -> None:
            connection.execute(bans.update().where(bans.c.address == address).values(lifted_by=by))
            journal.append(connection, event)

        await self._database.transact(write)
        self._bans.pop(address, None)
        self._lifted[address] = event.at
        await self._enforce()
        self._bus.publish(event)

    def _ban(self, verdict: Verdict) -> None:
        now = self._clock.now()
        ban = Ban(verdict.address, now, verdict.until, verdict.failures, verdict.times, verdict.names)
        self._bans[ban.address] = ban
        self.log.warn("SIP from {address} is refused: {failures} failures", address=ban.address, failures=ban.failures)
        # The door first: a row can wait.
        self._tasks.start(self._enforce(), "keeping an address out")
        self._tasks.start(self._tasks.until_done(lambda: self._note(ban), "noting a ban", self._clock), "noting a ban")

    async def _note(self, ban: Ban) -> None:
        event = AddressBanned(
            at=ban.at, address=ban.address, until=ban.until, failures=ban.failures, times=ban.times, names=ban.names
        )
        row = {"at": ban.at, "until": ban.until, "failures": ban.failures, "times": ban.times, "lifted_by": ""}

        def write(connection: sa.Connection) -> None:
            connection.execute(bans.delete().where(bans.c.address == ban.address))
            names = ",".join(ban.names)[:200]
            connection.execute(bans.insert().values(address=ban.address, names=names, **row))
            journal.append(connection, event)

        await self._database.transact(write)
        self._bus.publish(event)

    async def _load(self) -> None:
        now = self._clock.now()

        def read(connection: sa.Connection) -> list[sa.Row[tuple[object, ...]]]:
            return list(connection.execute(sa.select(bans).where(bans.c.until > now - REMEMBERED)))

        rows = await self._database.transact(read)
        self._watch = Watch(self._plan(), {row.address: (row.times, row.until) for row in rows})
        for row in rows:
            if row.until > now and not row.lifted_by and row.address not in self._bans:
                names = tuple(row.names.split(",")) if row.names else ()
                self._bans[row.address] = Ban(row.address, row.at, row.until, row.failures, row.times, names)
        await self._enforce()

    async def _enforce(self) -> None:
        """Tell Asterisk who is kept out now, and come back when the first of them has done its time."""
        now = self._clock.now()
        self._bans = {address: ban for address, ban in self._bans.items() if ban.until > now}
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._bans:
            wait = min(ban.until for ban in self._bans.values()) - now
            self._timer = self._clock.later(wait + timedelta(milliseconds=100), self._again)
        self._tell()
        try:
            await self._door.keep_out(self._bans)
        except (OSError, ConnectError) as why:
            self.log.info("Asterisk is told later who is kept out: {why}", why=why)

    def _again(self) -> None:
        self._tasks.start(self._enforce(), "letting addresses in again")

    def _engine(self, changed: HealthChanged) -> None:
        if changed.part == ENGINE and changed.state is State.UP:
            self._tasks.start(self._enforce(), "keeping addresses out")

    def _tell(self) -> None:
        count = len(self._bans)
        detail = "{count} address(es) that tried secrets are refused." if count else "Nobody tries secrets."
        facts = (("count", str(count)),) if count else ()
        self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=State.UP, detail=detail, facts=facts))
