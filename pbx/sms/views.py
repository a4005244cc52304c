"""Reading the records of messages, for pages and exports."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from pbx.schema import broadcasts, messages, notices, received_messages
from pbx.sms.broadcasts import ABOUT, BroadcastRow


@dataclass(frozen=True)
class MessageRow:
    """A message that went out, or will. why: an English message id, see `trouble.told`."""

    id: str
    to: str
    name: str
    text: str
    about: str
    state: str
    accepted_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    gateway: str
    tries: int
    why: str


@dataclass(frozen=True)
class ReceivedRow:
    """A message that came in."""

    id: str
    sender: str
    text: str
    received_at: datetime
    gateway: str


@dataclass(frozen=True)
class NoticeRow:
    """An alarm by e-mail or webhook."""

    id: str
    channel: str
    to: str
    subject: str
    state: str
    accepted_at: datetime
    why: str


async def outgoing(database: Transactions, search: str = "", state: str = "", limit: int = 100) -> list[MessageRow]:
    """The newest messages whose number, name or text has `search`, in that `state`; empty for any."""
    query = sa.select(messages).order_by(messages.c.accepted_at.desc(), messages.c.id).limit(limit)
    if search:
        fields = (messages.c.to, messages.c.name, messages.c.text)
        query = query.where(sa.or_(*(field.contains(search, autoescape=True) for field in fields)))
    if state:
        query = query.where(messages.c.state == state)
    return await database.transact(lambda connection: [_message(row) for row in connection.execute(query)])


async def incoming(database: Transactions, search: str = "", limit: int = 50) -> list[ReceivedRow]:
    """The newest that came in whose sender or text has `search`."""
    query = sa.select(received_messages).order_by(received_messages.c.received_at.desc()).limit(limit)
    if search:
        fields = (received_messages.c.sender, received_messages.c.text)
        query = query.where(sa.or_(*(field.contains(search, autoescape=True) for field in fields)))

    def read(connection: sa.Connection) -> list[ReceivedRow]:
        return [
            ReceivedRow(row.id, row.sender, row.text, row.received_at, row.gateway) for row in connection.execute(query)
        ]

    return await database.transact(read)


async def alarms(database: Transactions, limit: int = 20) -> list[NoticeRow]:
    """The newest notices by e-mail and webhook."""
    query = sa.select(notices).order_by(notices.c.accepted_at.desc(), notices.c.id).limit(limit)

    def read(connection: sa.Connection) -> list[NoticeRow]:
        return [
            NoticeRow(row.id, row.channel, row.to, row.subject, row.state, row.accepted_at, row.why)
            for row in connection.execute(query)
        ]

    return await database.transact(read)


async def recent_broadcasts(database: Transactions, limit: int = 20) -> list[BroadcastRow]:
    """The newest first."""
    query = sa.select(broadcasts).order_by(broadcasts.c.made_at.desc()).limit(limit)
    return await database.transact(lambda connection: _broadcasts(connection, query))


async def broadcast(database: Transactions, identity: str) -> BroadcastRow | None:
    """One of them."""
    query = sa.select(broadcasts).where(broadcasts.c.id == identity)
    found = await database.transact(lambda connection: _broadcasts(connection, query))
    return found[0] if found else None


async def results(database: Transactions, identity: str) -> list[MessageRow]:
    """What became of a broadcast, person by person, in the order of the list."""
    query = sa.select(messages).where(messages.c.about == ABOUT + identity)
    query = query.order_by(messages.c.accepted_at, messages.c.id)
    return await database.transact(lambda connection: [_message(row) for row in connection.execute(query)])


def _broadcasts(connection: sa.Connection, query: sa.Select[Any]) -> list[BroadcastRow]:
    rows = connection.execute(query).all()
    states: dict[str, dict[str, int]] = defaultdict(dict)
    counted = (
        sa.select(messages.c.about, messages.c.state, sa.func.count().label("people"))
        .where(messages.c.about.in_([ABOUT + row.id for row in rows]))
        .group_by(messages.c.about, messages.c.state)
    )
    for one in connection.execute(counted):
        states[one.about][one.state] = one.people
    return [
        BroadcastRow(
            row.id, row.text, row.made_by, row.made_at, sum(states[ABOUT + row.id].values()), states[ABOUT + row.id]
        )
        for row in rows
    ]


def _message(row: sa.Row[Any]) -> MessageRow:
    return MessageRow(
        row.id, row.to, row.name, row.text, row.about, row.state, row.accepted_at, row.sent_at, row.delivered_at,
        row.gateway, row.tries, row.why,
    )  # fmt: skip
