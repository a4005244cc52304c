"""Messages that callers leave in menus: a file and a row each, and whoever wants to know is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import new_id
from pbx.ivr.events import MessageDeleted, MessageHeard, MessageLeft
from pbx.ivr.schema import menu_messages

PLACE = "menus"
"""The directory among the exchange's recordings."""


@dataclass(frozen=True)
class Message:
    """One that was left. heard_at: None while nobody has listened."""

    name: str
    flow: str
    node: str
    caller: str
    left_at: datetime
    seconds: int
    heard_at: datetime | None
    heard_by: str


class LeftMessages:
    """Satisfies `pbx.ivr.run.Messages`. recordings: where the exchange puts its recordings."""

    log = Logger()

    def __init__(self, recordings: Path, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._recordings, self._database, self._clock, self._bus = recordings, database, clock, bus

    def place(self, call: str) -> str:
        (self._recordings / PLACE).mkdir(parents=True, exist_ok=True)
        return f"{PLACE}/{new_id()}"

    def file(self, name: str) -> Path:
        return self._recordings / f"{name}.wav"

    async def keep(
        self, name: str, *, call: str, caller: str, flow: str, node: str, seconds: float, tell: Sequence[str]
    ) -> None:
        left = MessageLeft(
            at=self._clock.now(), name=name, call=call, caller=caller[:40], flow=flow, node=node,
            seconds=round(seconds), tell=tuple(tell),
        )  # fmt: skip

        def write(connection: sa.Connection) -> None:
            facts = {"name": name, "call": call, "caller": left.caller, "flow": flow, "node": node}
            connection.execute(menu_messages.insert().values(facts | {"left_at": left.at, "seconds": left.seconds}))
            journal.append(connection, left)

        try:
            await self._database.transact(write)
        except CancelledError:
            raise
        except Exception:
            # The caller has spoken, and the file is there: whoever wants to know is told all the same.
            self.log.failure("message {name} of {caller} is not on record", name=name, caller=left.caller)
        self._bus.publish(left)

    def drop(self, name: str) -> None:
        try:
            self.file(name).unlink(missing_ok=True)
        except OSError as why:
            self.log.warn("recording {name} could not be thrown away: {why}", name=name, why=why)

    async def every(self) -> list[Message]:
        """All that there are, the newest first."""

        def read(connection: sa.Connection) -> list[Message]:
            columns = [menu_messages.c[name] for name in Message.__dataclass_fields__]
            found = connection.execute(sa.select(*columns).order_by(menu_messages.c.left_at.desc()).limit(500))
            return [Message(**row._mapping) for row in found]

        return await self._database.transact(read)

    async def listen(self, name: str, by: str) -> Path:
        """The file of a message; that somebody listens is on record. Raises LookupError."""
        heard = MessageHeard(at=self._clock.now(), name=name, by=by)

        def write(connection: sa.Connection) -> None:
            found = connection.execute(sa.select(menu_messages.c.heard_at).where(menu_messages.c.name == name)).first()
            if found is None:
                raise LookupError(name)
            if found.heard_at is None:
                first = menu_messages.update().where(menu_messages.c.name == name)
                connection.execute(first.values(heard_at=heard.at, heard_by=by))
            journal.append(connection, heard)

        await self._database.transact(write)
        return self.file(name)

    async def delete(self, name: str, by: str) -> None:
        """Away with it, row and file. Raises LookupError."""
        deleted = MessageDeleted(at=self._clock.now(), name=name, by=by)

        def write(connection: sa.Connection) -> None:
            gone = connection.execute(menu_messages.delete().where(menu_messages.c.name == name))
            if not gone.rowcount:
                raise LookupError(name)
            journal.append(connection, deleted)

        await self._database.transact(write)
        self.drop(name)
