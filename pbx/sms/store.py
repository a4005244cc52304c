"""Messages on disk. Each change and the event that reports it are one transaction; events come back to be published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
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
from pbx.sms.numbers import same_number
from pbx.sms.office import Fate, Receipt

WAITING, SENT, DELIVERED, FAILED = "waiting", "sent", "delivered", "failed"
_LONGEST_WHY = 200
LONGEST_SENDER = 20
_AT_ONCE = 8
_RECENT = 200


@dataclass(frozen=True)
class Outgoing:
    """A message that is still ours to send.

    sent: its parts that went out already (from 1), all through `gateway`. tried: gateways that could not send it in
    this round. only: the one gateway it may use, empty for any. bulk: every other goes first.
    """

    id: str
    to: str
    text: str
    about: str
    accepted_at: datetime
    tries: int = 0
    gateway: str = ""
    tried: tuple[str, ...] = ()
    sent: frozenset[int] = frozenset()
    only: str = ""
    bulk: bool = False
    name: str = ""

    def row(self, at: datetime) -> dict[str, object]:
        """As a new row, to be tried at once."""
        kept = {name: getattr(self, name) for name in _KEPT}
        return {**kept, "accepted_at": self.accepted_at, "state": WAITING, "next_try_at": at}


_KEPT = ("id", "to", "text", "about", "only", "bulk", "name")


class MessageStore:
    """The tables of short messages."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def accept(self, letters: Sequence[Outgoing], at: datetime) -> list[Event]:
        """Take new messages in, to be tried at once: all of them or none."""
        return await self._database.transact(lambda connection: accept(connection, letters, at))

    async def due(
        self, now: datetime, but_not: Collection[str], longest_pause: timedelta, ready: Collection[str]
    ) -> list[Outgoing]:
        """What should be tried now by one of the gateways that are `ready`, oldest first and bulk last: a few."""
        # A time further off than any pause was set by a clock that has been put back since.
        is_due = sa.or_(messages.c.next_try_at <= now, messages.c.next_try_at > now + longest_pause)
        query = (
            sa.select(messages)
            .where(messages.c.state == WAITING, is_due, messages.c.id.not_in(but_not))
            .where(messages.c.only.in_(("", *ready)))
            .order_by(messages.c.bulk, messages.c.accepted_at, messages.c.id)
            .limit(_AT_ONCE)
        )
        return await self._database.transact(lambda connection: _outgoing(connection, query))

    async def next_due(self, but_not: Collection[str]) -> datetime | None:
        """When the next try is due; None when nothing waits."""
        query = sa.select(sa.func.min(messages.c.next_try_at)).where(
            messages.c.state == WAITING, messages.c.id.not_in(but_not)
        )
        return await self._database.transact(lambda connection: connection.execute(query).scalar())

    async def accepted_before(self, moment: datetime) -> list[Outgoing]:
        """What waits since before `moment`."""
        query = sa.select(messages).where(messages.c.state == WAITING, messages.c.accepted_at < moment)
        return await self._database.transact(lambda connection: _outgoing(connection, query))

    async def begin(self, message: Outgoing, gateway: str, parts: int) -> frozenset[int]:
        """`gateway` sends it, in so many parts; those of them that went out through it already.

        What went out through another is no help: that has another number, and phones join parts by the sender's. It
        stays on record, for when the other is there again.
        """
        mine = sa.and_(message_parts.c.message == message.id, message_parts.c.gateway == gateway)

        def write(connection: sa.Connection) -> frozenset[int]:
            connection.execute(messages.update().where(messages.c.id == message.id).values(gateway=gateway))
            rows = connection.execute(sa.select(message_parts).where(mine)).all()
            if len(rows) == parts:
                return frozenset(row.part for row in rows if row.sent_at is not None)
            connection.execute(message_parts.delete().where(mine))
            fresh = [{"message": message.id, "part": n, "gateway": gateway} for n in range(1, parts + 1)]
            connection.execute(message_parts.insert(), fresh)
            return frozenset()

        return await self._database.transact(write)

    async def part_sent(self, message: Outgoing, part: int, gateway: str, reference: str, at: datetime) -> list[Event]:
        """The network took a part; with the last one the message is sent."""

        def write(connection: sa.Connection) -> list[Event]:
            new = {"reference": reference[:80], "sent_at": at}
            connection.execute(message_parts.update().where(*_one(message.id, gateway, part)).values(new))
            if _count(connection, message.id, gateway, message_parts.c.sent_at):
                return []
            new_state = {"state": SENT, "sent_at": at, "next_try_at": None, "why": "", "tried": ""}
            still_waiting = (messages.c.id == message.id, messages.c.state == WAITING)
            if connection.execute(messages.update().where(*still_waiting).values(new_state)).rowcount == 0:
                return []
            event = MessageSent(at=at, message=message.id, to=message.to, about=message.about, gateway=gateway)
            return _journalled(connection, event)

        return await self._database.transact(write)

    async def put_off(
        self, message: Outgoing, tries: int, tried: Sequence[str], next_try_at: datetime, why: str
    ) -> list[Event]:
        """It did not go out this time. Nothing happened that others would hear of."""
        new = {"tries": tries, "tried": " ".join(tried), "next_try_at": next_try_at, "why": why[:_LONGEST_WHY]}

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

    async def reported(self, gateway: str, receipt: Receipt, at: datetime, why: str) -> tuple[bool, list[Event]]:
        """What the network says of a part; `why` is kept if it gave up. And whether the part is known."""

        def write(connection: sa.Connection) -> tuple[bool, list[Event]]:
            part = _part_of(connection, gateway, receipt)
            if part is None:
                return False, []
            if receipt.fate is Fate.FAILED:
                gone_on = part.gateway != gateway  # another sends it now, and its answer counts
                return True, [] if gone_on else _fail(connection, part.id, part.to, part.about, at, why)
            where = _one(part.id, gateway, part.part)
            connection.execute(message_parts.update().where(*where).values(delivered_at=at))
            if _count(connection, part.id, gateway, message_parts.c.delivered_at):
                return True, []
            connection.execute(messages.update().where(messages.c.id == part.id).values(_delivered(at)))
            return True, _journalled(connection, MessageDelivered(at=at, message=part.id, to=part.to, about=part.about))

        return await self._database.transact(write)

    async def received(self, gateway: str, message: Incoming, at: datetime) -> list[Event]:
        """Keep a message that came in; nothing happens when it is here already."""
        return await self._database.transact(lambda connection: keep_received(connection, gateway, message, at))

    async def about(self, mobile: str, since: datetime) -> str:
        """What the newest message that went to `mobile` since then was about; empty for nothing."""
        query = (
            sa.select(messages.c.to, messages.c.about)
            .where(messages.c.sent_at >= since, messages.c.to.endswith(mobile[-7:], autoescape=True))
            .order_by(messages.c.sent_at.desc(), messages.c.accepted_at.desc())
            .limit(_RECENT)
        )

        def read(connection: sa.Connection) -> str:
            rows = connection.execute(query)
            return next((row.about for row in rows if same_number(row.to, mobile)), "")

        return await self._database.transact(read)


def accept(connection: sa.Connection, letters: Sequence[Outgoing], at: datetime) -> list[Event]:
    """Take new messages in, in the caller's transaction; their events, in the journal already."""
    connection.execute(messages.insert(), [letter.row(at) for letter in letters])
    taken = [MessageAccepted(at=at, message=letter.id, to=letter.to, about=letter.about) for letter in letters]
    journal.append(connection, *taken)
    return [*taken]


def keep_received(connection: sa.Connection, gateway: str, message: Incoming, at: datetime) -> list[Event]:
    """Keep a message that came in, in the caller's transaction; nothing happens when it is here already."""
    identity, sender = message.id, message.sender[:LONGEST_SENDER]
    known = sa.select(received_messages.c.id).where(received_messages.c.id == identity)
    if connection.execute(known).first() is not None:
        return []
    row = {"id": identity, "sender": sender, "text": message.text, "received_at": at, "gateway": gateway}
    connection.execute(received_messages.insert().values(row))
    return _journalled(connection, MessageReceived(at=at, sender=sender, text=message.text, gateway=gateway))


def _outgoing(connection: sa.Connection, query: sa.Select[Any]) -> list[Outgoing]:
    rows = connection.execute(query).all()
    sent: dict[str, set[int]] = defaultdict(set)
    went = (
        sa.select(message_parts.c.message, message_parts.c.part)
        .join(messages, messages.c.id == message_parts.c.message)
        .where(
            messages.c.id.in_([row.id for row in rows]),
            message_parts.c.gateway == messages.c.gateway,
            message_parts.c.sent_at.is_not(None),
        )
    )
    for part in connection.execute(went):
        sent[part.message].add(part.part)
    return [
        Outgoing(
            **{name: row._mapping[name] for name in (*_KEPT, "accepted_at", "tries", "gateway")},
            tried=tuple(row.tried.split()),
            sent=frozenset(sent[row.id]),
        )
        for row in rows
    ]


def _one(message: str, gateway: str, part: int) -> tuple[sa.ColumnElement[bool], ...]:
    parts = message_parts.c
    return parts.message == message, parts.gateway == gateway, parts.part == part


def _count(connection: sa.Connection, message: str, gateway: str, missing: sa.Column[datetime]) -> int:
    """Parts of `message` through `gateway` that still lack this."""
    mine = (message_parts.c.message == message, message_parts.c.gateway == gateway)
    return connection.execute(sa.select(sa.func.count()).where(*mine, missing.is_(None))).scalar_one()


def _part_of(connection: sa.Connection, gateway: str, receipt: Receipt) -> Any:
    """The newest undelivered part with this reference, or None; references come round.

    id, to, about, gateway (which sends it now), part.
    """
    query = (
        sa.select(messages.c.id, messages.c.to, messages.c.about, messages.c.gateway, message_parts.c.part)
        .join(message_parts, message_parts.c.message == messages.c.id)
        .where(
            message_parts.c.gateway == gateway,
            message_parts.c.reference.in_(receipt.references),
            message_parts.c.delivered_at.is_(None),
            messages.c.state.in_((WAITING, SENT)),
        )
        .order_by(message_parts.c.sent_at.desc())
    )
    rows = connection.execute(query)
    return next((row for row in rows if not receipt.to or same_number(row.to, receipt.to)), None)


def _delivered(at: datetime) -> dict[str, object]:
    return {"state": DELIVERED, "delivered_at": at, "next_try_at": None, "why": ""}


def _fail(connection: sa.Connection, message: str, to: str, about: str, at: datetime, why: str) -> list[Event]:
    new = {"state": FAILED, "why": why[:_LONGEST_WHY], "next_try_at": None}
    connection.execute(messages.update().where(messages.c.id == message).values(new))
    return _journalled(connection, MessageFailed(at=at, message=message, to=to, about=about, why=why[:_LONGEST_WHY]))


def _journalled(connection: sa.Connection, event: Event) -> list[Event]:
    journal.append(connection, event)
    return [event]
