"""The bundle for support, at the panel: made in a process of its own, and on record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.own_command import CommandFailed, OwnCommand
from web.ports import NoBundle

BILL_OF_THE_IMAGE = Path("/usr/lib/nightbell/nightbell.cdx.json")


@dataclass(frozen=True, kw_only=True)
class SupportBundleMade(journal.Event):
    """Somebody took a bundle for support."""

    by: str


class SupportDesk:
    """Satisfies `web.ports.Support`. bill: where the image keeps its bill of materials."""

    def __init__(
        self, command: OwnCommand, database: Transactions, clock: Clock, bill: Path = BILL_OF_THE_IMAGE
    ) -> None:
        self._command, self._database, self._clock, self._bill = command, database, clock, bill

    def bill(self) -> bytes | None:
        """None outside the image."""
        try:
            return self._bill.read_bytes()
        except OSError:
            return None

    async def bundle(self, by: str) -> bytes:
        """The ZIP. Raises NoBundle."""
        event = SupportBundleMade(at=self._clock.now(), by=by)

        def note(connection: sa.Connection) -> None:
            journal.append(connection, event)

        await self._database.transact(note)
        try:
            return await self._command.run("support", "-")
        except CommandFailed as why:
            raise NoBundle(str(why)) from why
