"""Parts of incoming messages on disk, until their message is whole, or was waited for too long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.schema import received_parts
from pbx.sms.inbox import MISSING, PATIENCE, Incoming
from pbx.sms.pdu import Deliver
from pbx.sms.store import LONGEST_SENDER, keep_received
from pbx.sms.userdata import Concatenation, joined

_KEY = ("gateway", "sender", "reference", "parts")


class Parts:
    """For gateways that forget a part as soon as we have it; a modem keeps them itself."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def add(self, gateway: str, message: Deliver, at: datetime) -> list[Event]:
        """Keep a part; with the last one the whole message is kept instead. A part that came twice counts once."""
        part = message.part
        if part is None:
            whole = Incoming(message.sender, joined([message.text]), message.sent_at)
            return await self._database.transact(lambda connection: keep_received(connection, gateway, whole, at))
        key = _key(gateway, message.sender, part)

        def write(connection: sa.Connection) -> list[Event]:
            same = (_these(key), received_parts.c.part == part.part)
            connection.execute(received_parts.delete().where(*same))
            text = message.text.encode("utf-16-be", "surrogatepass")
            row = {**key, "part": part.part, "text": text, "received_at": at}
            connection.execute(received_parts.insert().values(row))
            rows = connection.execute(sa.select(received_parts).where(_these(key))).all()
            return _finish(connection, key, rows, at) if len(rows) == part.parts else []

        return await self._database.transact(write)

    async def overdue(self, now: datetime) -> list[Event]:
        """Give up waiting where that was long enough: keep what came, with a mark for what did not."""
        columns = [received_parts.c[name] for name in _KEY]
        first = sa.func.min(received_parts.c.received_at)
        late = sa.select(*columns).group_by(*columns).having(first <= now - PATIENCE)

        def write(connection: sa.Connection) -> list[Event]:
            events: list[Event] = []
            for found in connection.execute(late).all():
                key = dict(found._mapping)
                rows = connection.execute(sa.select(received_parts).where(_these(key))).all()
                events += _finish(connection, key, rows, now)
            return events

        return await self._database.transact(write)


def _key(gateway: str, sender: str, part: Concatenation) -> dict[str, Any]:
    # References of either width are apart.
    reference = part.reference + (0x10000 if part.wide else 0)
    return {"gateway": gateway, "sender": sender[:LONGEST_SENDER], "reference": reference, "parts": part.parts}


def _these(key: dict[str, Any]) -> sa.ColumnElement[bool]:
    return sa.and_(*(received_parts.c[name] == value for name, value in key.items()))


def _finish(connection: sa.Connection, key: dict[str, Any], rows: Any, at: datetime) -> list[Event]:
    texts = {row.part: row.text.decode("utf-16-be", "surrogatepass") for row in rows}
    connection.execute(received_parts.delete().where(_these(key)))
    whole = joined(texts.get(number, MISSING) for number in range(1, key["parts"] + 1))
    return keep_received(connection, key["gateway"], Incoming(key["sender"], whole, None), at)
