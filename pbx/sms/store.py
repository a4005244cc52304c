"""Messages on disk. Each change and the event that reports it are one transaction; events come back to be published."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.events import MessageAccepted, MessageDelivered, MessageFailed, MessageReceived, MessageSent
from pbx.schema import message_parts, messages, received_messages
from pbx.sms.inbox import Incoming
from pbx.sms.pdu import StatusReport

WAITING, SENT, DELIVERED, FAILED = "waiting", "sent", "delivered", "failed"
_LONGEST_WHY = 200
_LONGEST_SENDER = 20
_AT_ONCE = 50


@dataclass(frozen=True)
class Outgoing:
    """A message that is still ours to send. sent: its parts that went out already (from 1), all through `modem`."""

    id: str
    to: str
    text: str
    about: str
    accepted_at: datetime
    tries: int
    sent: frozenset[int] = frozenset()
    modem: str | None = None


class MessageStore:
    """The tables of short messages."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def accept(self, message: Outgoing, parts: int, at: datetime) -> list[Event]:
        """Take a new message in, to be tried at once."""
        event = MessageAccepted(at=at, message=message.id, to=message.to, about=message.about)
        row = {
            "id": message.id,
            "to": message.to,
            "text": message.text,
            "about": message.about,
            "state": WAITING,
            "accepted_at": message.accepted_at,
            "next_try_at": at,
        }

        def write(connection: sa.Connection) -> list[Event]:
            connection.execute(messages.insert().values(row))
            connection.execute(message_parts.insert(), [{"message": message.id, "part": n + 1} for n in range(parts)])
            return _journalled(connection, event)

        return await self._database.transact(write)

    async def due(self, now: datetime, but_not: Collection[str], longest_pause: timedelta) -> list[Outgoing]:
        """What should be tried now, oldest first: at most fifty."""
        # A time further off than any pause was set by a clock that has been put back since.
        is_due = sa.or_(messages.c.next_try_at <= now, messages.c.next_try_at > now + longest_pause)
        query = (
            sa.select(messages)
            .where(messages.c.state == WAITING, is_due, messages.c.id.not_in(but_not))
            .order_by(messages.c.accepted_at, messages.c.id)
            .limit(_AT_ONCE)
        )

        def read(connection: sa.Connection) -> list[Outgoing]:
            return [_outgoing(connection, row) for row in connection.execute(query).all()]

        return await self._database.transact(read)

    async def next_due(self, but_not: Collection[str]) -> datetime | None:
        """When the next try is due; None when nothing waits."""
        query = sa.select(sa.func.min(messages.c.next_try_at)).where(
            messages.c.state == WAITING, messages.c.id.not_in(but_not)
        )
        return await self._database.transact(lambda connection: connection.execute(query).scalar())

    async def accepted_before(self, moment: datetime) -> list[Outgoing]:
        """What waits since before `moment`."""
        query = sa.select(messages).where(messages.c.state == WAITING, messages.c.accepted_at < moment)

        def read(connection: sa.Connection) -> list[Outgoing]:
            return [_outgoing(connection, row) for row in connection.execute(query).all()]

        return await self._database.transact(read)

    async def part_sent(self, message: Outgoing, part: int, modem: str, reference: int, at: datetime) -> list[Event]:
        """The network took a part; with the last one the message is sent."""

        def write(connection: sa.Connection) -> list[Event]:
            where = (message_parts.c.message == message.id, message_parts.c.part == part)
            new = {"modem": modem, "reference": reference, "sent_at": at}
            connection.execute(message_parts.update().where(*where).values(new))
            if _count(connection, message.id, message_parts.c.sent_at):
                return []
            new_state = {"state": SENT, "sent_at": at, "next_try_at": None, "why": ""}
            still_waiting = (messages.c.id == message.id, messages.c.state == WAITING)
            if connection.execute(messages.update().where(*still_waiting).values(new_state)).rowcount == 0:
                return []
            event = MessageSent(at=at, message=message.id, to=message.to, about=message.about, modem=modem)
            return _journalled(connection, event)

        return await self._database.transact(write)

    async def start_over(self, message: Outgoing) -> None:
        """Forget which parts were sent: another modem has another number, and phones join parts by the sender's."""

        def write(connection: sa.Connection) -> None:
            where = message_parts.c.message == message.id
            connection.execute(message_parts.update().where(where).values(modem=None, reference=None, sent_at=None))

        await self._database.transact(write)

    async def put_off(self, message: Outgoing, tries: int, next_try_at: datetime, why: str) -> list[Event]:
        """It did not go out this time. Nothing happened that others would hear of."""
        new = {"tries": tries, "next_try_at": next_try_at, "why": why[:_LONGEST_WHY]}

        def write(connection: sa.Connection) -> list[Event]:
            connection.execute(messages.update().where(messages.c.id == message.id).values(new))
            return []

        return await self._database.transact(write)

    async def failed(self, message: Outgoing, tries: int, at: datetime, why: str) -> list[Event]:
        """Nothing more is tried."""

        def write(connection: sa.Connection) -> list[Event]:
            connection.execute(messages.update().where(messages.c.id == message.id).values(tries=tries))
            return _fail(connection, message.id, message.to, message.about, at, why)

        return await self._database.transact(write)

    async def reported(self, modem: str, report: StatusReport, at: datetime, why: str) -> list[Event]:
        """What the network says of a part; `why` is kept if it gave up. Nothing for a part we do not know."""

        def write(connection: sa.Connection) -> list[Event]:
            part = _part_of(connection, modem, report)
            if part is None:
                return []
            if report.failed:
                return _fail(connection, part.id, part.to, part.about, at, why)
            where = (message_parts.c.message == part.id, message_parts.c.part == part.part)
            connection.execute(message_parts.update().where(*where).values(delivered_at=at))
            if _count(connection, part.id, message_parts.c.delivered_at):
                return []
            connection.execute(messages.update().where(messages.c.id == part.id).values(_delivered(at)))
            return _journalled(connection, MessageDelivered(at=at, message=part.id, to=part.to, about=part.about))

        return await self._database.transact(write)

    async def received(self, modem: str, message: Incoming, at: datetime) -> list[Event]:
        """Keep a message that came in; nothing happens when it is here already."""
        identity, sender = message.id, message.sender[:_LONGEST_SENDER]
        row = {"id": identity, "sender": sender, "text": message.text, "received_at": at, "modem": modem}

        def write(connection: sa.Connection) -> list[Event]:
            known = sa.select(received_messages.c.id).where(received_messages.c.id == identity)
            if connection.execute(known).first() is not None:
                return []
            connection.execute(received_messages.insert().values(row))
            return _journalled(connection, MessageReceived(at=at, sender=sender, text=message.text, modem=modem))

        return await self._database.transact(write)


def _outgoing(connection: sa.Connection, row: sa.Row[Any]) -> Outgoing:
    message = row._mapping
    where = (message_parts.c.message == message["id"], message_parts.c.sent_at.is_not(None))
    sent = connection.execute(sa.select(message_parts.c.part, message_parts.c.modem).where(*where)).all()
    kept = {name: message[name] for name in ("id", "to", "text", "about", "accepted_at", "tries")}
    return Outgoing(**kept, sent=frozenset(part.part for part in sent), modem=sent[0].modem if sent else None)


def _count(connection: sa.Connection, message: str, missing: sa.Column[datetime]) -> int:
    """Parts of `message` that still lack this."""
    query = sa.select(sa.func.count()).where(message_parts.c.message == message, missing.is_(None))
    return connection.execute(query).scalar_one()


def _part_of(connection: sa.Connection, modem: str, report: StatusReport) -> Any:
    """The newest undelivered part (id, to, about, part) with this reference, or None; references come round."""
    query = (
        sa.select(messages.c.id, messages.c.to, messages.c.about, message_parts.c.part)
        .join(message_parts, message_parts.c.message == messages.c.id)
        .where(
            message_parts.c.modem == modem,
            message_parts.c.reference == report.reference,
            message_parts.c.delivered_at.is_(None),
            messages.c.state.in_((WAITING, SENT)),
        )
        .order_by(message_parts.c.sent_at.desc())
    )
    return next((row for row in connection.execute(query) if _same_number(row.to, report.recipient)), None)


def _same_number(one: str, other: str) -> bool:
    """With or without country code: networks report 8613800138000 for 13800138000."""
    first, second = (number.lstrip("+0") for number in (one, other))
    return first.endswith(second) or second.endswith(first)


def _delivered(at: datetime) -> dict[str, object]:
    return {"state": DELIVERED, "delivered_at": at, "next_try_at": None, "why": ""}


def _fail(connection: sa.Connection, message: str, to: str, about: str, at: datetime, why: str) -> list[Event]:
    new = {"state": FAILED, "why": why[:_LONGEST_WHY], "next_try_at": None}
    connection.execute(messages.update().where(messages.c.id == message).values(new))
    return _journalled(connection, MessageFailed(at=at, message=message, to=to, about=about, why=why[:_LONGEST_WHY]))


def _journalled(connection: sa.Connection, event: Event) -> list[Event]:
    journal.append(connection, event)
    return [event]
