"""Brings the ends of holds to the card system: each commit and release is sent until it is confirmed, for days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Money
from billing.card import orders
from billing.card.credit import CardCredit
from billing.card.events import CardCharged
from billing.card.orders import FIRST_PAUSE, Order
from billing.card.system import CardRefused, CardSilent, CardSystem
from billing.charge import decimals
from billing.events import CallSettled

PART = "card:system"
LOOK = timedelta(minutes=1)
"""The longest between two looks, and between two signs of life."""
OVERDUE = timedelta(minutes=1)
"""A charge that waits for longer is shown."""
AT_ONCE = 20
"""Orders sent between two looks at the time."""


class CardPost:
    """Sends what waits and says on the status page how it goes. system: None where the plan names none."""

    log = Logger()

    def __init__(
        self, database: Transactions, system: CardSystem | None, credit: CardCredit, clock: Clock, bus: Bus
    ) -> None:
        self._database, self._system, self._credit = database, system, credit
        self._clock, self._bus = clock, bus
        self._tasks = Tasks()
        self._timer: Timer | None = None
        self._looking = self._again = False
        self._silences = 0
        self._forget: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin; call it when the database is there."""
        if self._system is not None:
            self._tell(State.STARTING, "")
        self._credit.ordered = self.nudge
        self._forget = self._bus.subscribe(CallSettled, lambda _: self.nudge())
        self.nudge()

    def stop(self) -> None:
        """Send no more; what waits is on record."""
        if self._forget is not None:
            self._forget()
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def nudge(self) -> None:
        """Something may wait: look now."""
        self._again = True
        if self._looking:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._looking = True
        self._tasks.start(self._look(), "bringing charges to the card system")

    async def _look(self) -> None:
        delay = LOOK
        try:
            while self._again:
                self._again = False
                delay = await self._round()
        except CancelledError:
            raise
        except Exception:
            self.log.failure("charges of cards wait; they are sent again soon")
        self._looking = False
        self._timer = self._clock.later(delay, self.nudge)

    async def _round(self) -> timedelta:
        """Sweep, send, report; how long until the next look."""
        await self._credit.sweep()
        fault = await self._send_due() if self._system is not None else ""
        waiting = await self._database.transact(lambda connection: orders.endings(connection))
        self._report(waiting, fault)
        if fault:
            self._silences += 1
            return min(LOOK, FIRST_PAUSE * (1 << min(self._silences, 8)))
        self._silences = 0
        if not waiting or self._system is None:
            return LOOK
        return min(LOOK, max(waiting[0].next_at - self._clock.now(), FIRST_PAUSE))

    async def _send_due(self) -> str:
        """Send what is due; why the card system does not answer, empty when it does."""
        assert self._system is not None
        sent = 0
        while True:
            now = self._clock.now()
            waiting = await self._database.transact(lambda connection: orders.endings(connection, AT_ONCE))
            due = [order for order in waiting if order.next_at <= now]
            if not due:
                break
            for order in due:
                sent += 1
                if fault := await self._send(order):
                    return fault
        if not sent:
            try:
                await self._system.ping()
            except CardSilent as why:
                return str(why)
            except CardRefused as why:
                return why.said or "the service does not answer"
        return ""

    async def _send(self, order: Order) -> str:
        """Send one; why nothing was answered, empty when something was."""
        assert self._system is not None
        try:
            if order.kind == "commit":
                await self._system.commit(order.key, order.call, order.card, order.amount)
            else:
                await self._system.release(order.key, order.call, order.card)
        except CardSilent as why:
            at, silence = self._clock.now(), str(why)
            await self._database.transact(lambda connection: orders.silent(connection, order, at, silence))
            return silence
        except CardRefused as no:
            await self._refused(order, no)
        else:
            await self._done(order)
        return ""

    async def _done(self, order: Order) -> None:
        at = self._clock.now()
        event = CardCharged(at=at, call=order.call, account=order.account, card=order.card, amount=order.amount)

        def write(connection: sa.Connection) -> bool:
            new = orders.done(connection, order, at) and order.kind == "commit"
            if new:
                journal.append(connection, event)
            return new

        if await self._database.transact(write):
            self._bus.publish(event)

    async def _refused(self, order: Order, no: CardRefused) -> None:
        at = self._clock.now()
        # A hold that has ended already in another way needs no release.
        if order.kind == "release" and no.why in ("closed", "unknown-card"):
            await self._database.transact(lambda connection: orders.done(connection, order, at))
            return
        self.log.error("the card system refuses {key}: {why}", key=order.key, why=no)
        await self._database.transact(lambda connection: orders.refused(connection, order, at, no.why))

    def _report(self, waiting: list[Order], fault: str) -> None:
        now = self._clock.now()
        late = [order for order in waiting if order.kind == "commit" and _is_late(order, now)]
        refused = [order for order in late if order.state == "refused"]
        amount = decimals(Money(sum(order.amount for order in late)))
        facts = {"count": str(len(late)), "amount": amount, "refused": str(len(refused))}
        state, detail = State.UP, "It answers; every charge is confirmed."
        if self._system is None:
            if not waiting:
                return
            state, detail = State.DOWN, "The plan names no card system, but {count} charges of {amount} yuan wait."
        elif fault and late:
            state, detail = State.DOWN, "It does not answer. {count} charges of {amount} yuan wait to be sent again."
        elif fault:
            state, detail = State.DOWN, "It does not answer: accounts that pay by card cannot call. Nothing waits."
        elif refused:
            state, detail = State.DEGRADED, "It refuses {refused} of our charges: compare both lists."
        elif late:
            state, detail = State.DEGRADED, "{count} charges of {amount} yuan wait to be confirmed."
        self._tell(state, detail, **facts)

    def _tell(self, state: State, detail: str, **facts: str) -> None:
        used = tuple((name, fact) for name, fact in facts.items() if f"{{{name}}}" in detail)
        self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=used))


def _is_late(order: Order, now: datetime) -> bool:
    return order.state == "refused" or order.written_at + OVERDUE <= now
