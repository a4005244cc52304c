"""Alarms by e-mail and webhook: what was accepted goes out, however often we are killed.

Each recipient is a row. `waiting` ends with a yes (`sent`), or after every try or a day (`failed`). Killed between the
yes and its record, a notice goes out again under the same id: receivers can tell by Message-ID, or Idempotency-Key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from pbx.events import NoticeFailed, NoticeSent
from pbx.schema import notices
from pbx.sms.bell import Bell

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 10800))
"""After each try. A notice that was tried once more than there are pauses has failed."""
LIFETIME = timedelta(days=1)
LOOK = timedelta(minutes=1)
STORE_AGAIN = timedelta(seconds=5)
WAITING, SENT, FAILED = "waiting", "sent", "failed"
_LONGEST = 200


@dataclass(frozen=True)
class Notice:
    """One alarm to one recipient. channel: `mail:ID`, `webhook:ID`. to: a mail address. body: a text, or JSON.

    id: a fresh one is made when it is empty. attached: a WAV, PDF or XLSX that goes with a mail, if it is still there
        then; named: what it is called there, by its kind where that is empty.
    """

    channel: str
    subject: str
    body: str
    to: str = ""
    id: str = ""
    accepted_at: datetime | None = None
    tries: int = 0
    attached: str = ""
    named: str = ""


class NotCarried(Exception):
    """It did not go out this time. Its text is an English message id, ` (detail)` may follow."""

    def __init__(self, words: str, *, hopeless: bool = False) -> None:
        super().__init__(words)
        self.hopeless = hopeless


class Carrier(Protocol):
    """A way out for alarms: a mail server, a webhook."""

    @property
    def channel(self) -> str:
        """`mail:ID`, `webhook:ID`."""
        ...

    async def carry(self, notice: Notice) -> None:
        """Hand it over; taken when this returns. Raises NotCarried."""
        ...


class Notices:
    """Takes notices and sees them out, each carrier's one after another."""

    log = Logger()

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._bells: dict[str, Bell] = {}
        self._tasks = Tasks()

    async def accept(
        self, letters: Sequence[Notice], also: Callable[[sa.Connection], object] = lambda connection: None
    ) -> None:
        """Take them; they are on disk when this returns, and will be sent. also: written with them, all or nothing."""
        now = self._clock.now()
        rows = [
            {
                "id": notice.id or new_id(),
                "channel": notice.channel,
                "to": notice.to,
                "subject": notice.subject[:_LONGEST],
                "body": notice.body,
                "attached": notice.attached,
                "named": notice.named,
                "state": WAITING,
                "accepted_at": now,
                "next_try_at": now,
            }
            for notice in letters
        ]

        def write(connection: sa.Connection) -> None:
            connection.execute(notices.insert(), rows)
            also(connection)

        if rows:
            await self._database.transact(write)
        for channel in {notice.channel for notice in letters} & set(self._bells):
            self._bells[channel].ring()

    def start(self, carriers: Sequence[Carrier]) -> None:
        """Begin to send, with whatever waits from before."""
        for carrier in carriers:
            bell = self._bells[carrier.channel] = Bell(self._clock)
            self._tasks.start(self._see_out(carrier, bell), f"sending by {carrier.channel}")

    def stop(self) -> None:
        """Send no more. What waits is on disk."""
        self._bells.clear()
        self._tasks.stop()

    async def _see_out(self, carrier: Carrier, bell: Bell) -> None:
        while True:
            try:
                while (notice := await self._next(carrier.channel)) is not None:
                    await self._send(carrier, notice)
                due = await self._next_due(carrier.channel)
            except CancelledError:
                raise
            except Exception:
                self.log.failure("notices by {channel} wait for the records", channel=carrier.channel)
                due = self._clock.now() + STORE_AGAIN
            wait = LOOK if due is None else min(LOOK, max(due - self._clock.now(), timedelta(seconds=1)))
            await bell.wait(wait)

    async def _send(self, carrier: Carrier, notice: Notice) -> None:
        now = self._clock.now()
        assert notice.accepted_at is not None
        if now - notice.accepted_at > LIFETIME:
            return await self._settle(notice, {"state": FAILED}, self._failed(notice, "it could not be sent in a day"))
        try:
            await carrier.carry(notice)
        except NotCarried as why:
            await self._not_sent(notice, why)
        else:
            sent = NoticeSent(at=self._clock.now(), notice=notice.id, channel=notice.channel)
            new = {"state": SENT, "sent_at": sent.at, "next_try_at": None, "why": ""}
            while not await self._surely(notice, new, sent):
                await sleep(self._clock, STORE_AGAIN)
        return None

    async def _not_sent(self, notice: Notice, why: NotCarried) -> None:
        tries, words = notice.tries + 1, str(why)[:_LONGEST]
        self.log.warn("a notice did not go by {channel}: {why}", channel=notice.channel, why=words)
        if why.hopeless or tries > len(BACK_OFF):
            return await self._settle(notice, {"state": FAILED, "tries": tries}, self._failed(notice, words))
        again = self._clock.now() + BACK_OFF[tries - 1]
        return await self._settle(notice, {"tries": tries, "next_try_at": again, "why": words})

    def _failed(self, notice: Notice, why: str) -> NoticeFailed:
        return NoticeFailed(at=self._clock.now(), notice=notice.id, channel=notice.channel, why=why)

    async def _surely(self, notice: Notice, new: dict[str, object], event: Event) -> bool:
        """Whether it is stored: what is not on record as sent would be sent again."""
        try:
            await self._settle(notice, new, event)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("a notice that was sent could not be recorded")
            return False
        return True

    async def _settle(self, notice: Notice, new: dict[str, object], event: Event | None = None) -> None:
        if isinstance(event, NoticeFailed):
            new |= {"why": event.why, "next_try_at": None}

        def write(connection: sa.Connection) -> None:
            connection.execute(notices.update().where(notices.c.id == notice.id).values(new))
            if event is not None:
                journal.append(connection, event)

        await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)

    async def _next(self, channel: str) -> Notice | None:
        now = self._clock.now()
        # A time further off than any pause was set by a clock that has been put back since.
        due = sa.or_(notices.c.next_try_at <= now, notices.c.next_try_at > now + max(BACK_OFF))
        waiting = sa.select(notices).where(notices.c.channel == channel, notices.c.state == WAITING, due)
        query = waiting.order_by(notices.c.accepted_at, notices.c.id).limit(1)

        def read(connection: sa.Connection) -> Notice | None:
            row = connection.execute(query).first()
            if row is None:
                return None
            return Notice(
                row.channel, row.subject, row.body, row.to, row.id, row.accepted_at, row.tries, row.attached, row.named
            )

        return await self._database.transact(read)

    async def _next_due(self, channel: str) -> datetime | None:
        query = sa.select(sa.func.min(notices.c.next_try_at)).where(
            notices.c.channel == channel, notices.c.state == WAITING
        )
        return await self._database.transact(lambda connection: connection.execute(query).scalar())
