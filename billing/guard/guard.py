"""The guard at work: it admits calls in their own transactions, tells people, and stops accounts in mid-call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, serialise
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event
from appliance.foundation.values import Money
from billing.accounts import Accounts
from billing.guard import records, rules
from billing.guard.events import AccountStopped, FraudAlarmSeen
from billing.guard.plan import GuardPlan, Limit
from billing.guard.records import Alarm
from billing.guard.rules import Finding
from billing.guard.schema import guard_alarms, guard_stops
from billing.ports import Lines
from billing.refusal import Refusal
from billing.schema import accounts, leases
from billing.watch import Asked

PART = "guard:calls"


class DestinationBlocked(Refusal):
    """Nobody calls there."""

    message = "This destination may not be called. Please ask at the cashier's desk."


class LimitReached(Refusal):
    """Too much was spent, or too many calls are made at once."""

    message = "A limit against misuse is reached. Please ask at the cashier's desk."


class DestinationDenied(Refusal):
    """The same for who dials without an account, whom no cashier can help."""

    message = "This destination may not be called. Please ask the operator."


class LimitPassed(Refusal):
    """The same for who dials without an account."""

    message = "A limit against misuse is reached. Please ask the operator."


def _no(asked: Asked, *, destination: bool) -> Refusal:
    if asked.by_right:
        return DestinationDenied() if destination else LimitPassed()
    return DestinationBlocked() if destination else LimitReached()


class TollGuard:
    """Satisfies `billing.watch.Watch`. home: ISO letters of the site's country; zone: the site's."""

    log = Logger()

    def __init__(
        self,
        plan: GuardPlan,
        home: str,
        zone: ZoneInfo,
        database: Transactions,
        accounts: Accounts,
        lines: Lines,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self.plan = plan
        self._home, self._zone = home, zone
        self._database, self._accounts, self._lines = database, accounts, lines
        self._clock, self._bus = clock, bus

    def admit(self, connection: sa.Connection, asked: Asked) -> tuple[Refusal | None, list[Event]]:
        """Why the call is refused, if it is; what is found is on record either way."""
        if (found := rules.destination(self.plan, asked)) is not None:
            return _no(asked, destination=True), self._told(connection, [found], asked)
        serialise(connection, "guard")
        findings = self._exceeded(connection, asked, self.plan.limits)
        known = records.known_countries(connection)
        new = rules.country(self.plan, asked, self._home, known)
        if new is not None and not records.is_fine(connection, new, asked.at):
            findings.append(new)
        told = self._told(connection, findings, asked)
        refused = next((finding for finding in findings if finding.refuse), None)
        if refused is None:
            if new is not None:
                records.know(connection, new.facts["country"], asked.at)
            return None, told
        return _no(asked, destination=refused is new), told

    def more(self, connection: sa.Connection, asked: Asked) -> tuple[bool, list[Event]]:
        """Whether a call that talks gets more: not while a limit of what is spent, which refuses, is passed."""
        asked = replace(asked, price=Money(0))
        findings = self._exceeded(connection, asked, [limit for limit in self.plan.limits if limit.of == "spend"])
        return not any(finding.refuse for finding in findings), self._told(connection, findings, asked)

    def _exceeded(self, connection: sa.Connection, asked: Asked, limits: Sequence[Limit]) -> list[Finding]:
        found = []
        for limit in limits:
            if rules.applies(limit, asked, self._zone):
                finding = rules.exceeded(limit, asked, records.figure(connection, limit, asked))
                if finding is not None and not records.is_fine(connection, finding, asked.at):
                    found.append(finding)
        return found

    def _told(self, connection: sa.Connection, findings: list[Finding], asked: Asked) -> list[Event]:
        events = [records.raise_alarm(connection, finding, asked) for finding in findings]
        told: list[Event] = [event for event in events if event is not None]
        return [*told, self._health(records.waiting(connection))] if told else told

    async def start(self) -> None:
        """Say how many alarms wait, and hang up what an account was stopped for before we were started."""
        self._bus.publish(self._health(await self._database.transact(records.waiting)))
        stopped = sa.select(guard_stops.c.account).select_from(
            guard_stops.join(accounts, accounts.c.number == guard_stops.c.account)
        )
        query = stopped.where(accounts.c.state == "frozen")
        for account in await self._database.transact(lambda connection: list(connection.execute(query).scalars())):
            await self._hang_up(account)

    async def alarms(self) -> list[Alarm]:
        """Those nobody has looked at first, then the latest."""
        return await self._database.transact(records.alarms)

    async def was_fine(self, alarm: int, by: str, note: str = "") -> None:
        """Somebody has looked: for a day its rule lets its subject be; a country is known from now on."""
        event = FraudAlarmSeen(at=self._clock.now(), alarm=alarm, by=by, note=note)
        mine = (guard_alarms.c.id == alarm) & guard_alarms.c.acknowledged_at.is_(None)

        def write(connection: sa.Connection) -> list[Event]:
            row = connection.execute(sa.select(guard_alarms.c.subject).where(mine)).first()
            if row is None:
                return []
            said = {"acknowledged_at": event.at, "by": by, "note": note[:200]}
            connection.execute(guard_alarms.update().where(mine).values(said))
            if (country := records.country_in(row.subject)) is not None:
                records.know(connection, country, event.at)
            journal.append(connection, event)
            return [event, self._health(records.waiting(connection))]

        for told in await self._database.transact(write):
            self._bus.publish(told)

    async def stop_account(self, account: str, by: str) -> tuple[str, ...]:
        """Freeze it and hang up its calls, which are charged for what was talked; the calls. Raises NoSuchAccount,
        AccountClosed.

        Killed in between, the next start hangs up.
        """
        at = self._clock.now()

        def note(connection: sa.Connection) -> None:
            connection.execute(guard_stops.delete().where(guard_stops.c.account == account))
            connection.execute(guard_stops.insert().values(account=account, at=at))

        await self._accounts.freeze(account, by)
        await self._database.transact(note)
        calls = await self._hang_up(account)
        event = AccountStopped(at=at, account=account, calls=calls, by=by)
        await self._database.transact(lambda connection: journal.append(connection, event))
        self._bus.publish(event)
        return calls

    async def _hang_up(self, account: str) -> tuple[str, ...]:
        stop = sa.select(guard_stops.c.at).where(guard_stops.c.account == account).scalar_subquery()
        of_account = (leases.c.account == account) & (leases.c.state != "settled") & (leases.c.opened_at <= stop)
        query = sa.select(leases.c.call).where(of_account)
        calls = await self._database.transact(lambda connection: tuple(connection.execute(query).scalars()))
        for call in calls:
            try:
                await self._lines.release(call)
            except CancelledError:
                raise
            except Exception:
                self.log.failure("call {call} could not be hung up", call=call)
        return calls

    def _health(self, waiting: int) -> HealthChanged:
        state = State.DEGRADED if waiting else State.UP
        detail = "{count} alarms of possible misuse wait for somebody to look." if waiting else "Nothing is suspicious."
        facts = (("count", str(waiting)),) if waiting else ()
        return HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=facts)
