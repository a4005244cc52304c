"""The PINs of conference rooms: made by the box, kept hashed, guessed at no more than a few times."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import sqlalchemy as sa

from appliance.foundation import journal, pins
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from pbx.conference.events import ConferencePinMade
from pbx.conference.schema import conference_pins

Kind = Literal["member", "chairman"]
DIGITS = 6
_GUESSES = pins.Guesses(tries=9, lock=timedelta(minutes=30))


class TooMany(Exception):
    """So many wrong PINs came from this telephone that none is looked at for now."""


class RoomPins:
    """Of every room of the plan."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def renew(self, room: str, kind: Kind, by: str) -> str:
        """Make a new one; it is not shown again."""
        pin = pins.new(DIGITS)
        made = ConferencePinMade(at=self._clock.now(), room=room, kind=kind, by=by)
        row = {"room": room, "kind": kind, "pin_hash": pins.hashed(pin), "made_at": made.at, "made_by": by}

        def write(connection: sa.Connection) -> bool:
            # Nobody's earlier PIN of this room may let them in.
            same = (conference_pins.c.room == room) & (conference_pins.c.kind == kind)
            others = [
                found.pin_hash
                for found in connection.execute(sa.select(conference_pins).where(conference_pins.c.room == room))
                if found.kind != kind
            ]
            if any(pins.right(pin, other) for other in others):
                return False
            connection.execute(conference_pins.delete().where(same))
            connection.execute(conference_pins.insert().values(row))
            journal.append(connection, made)
            return True

        if not await self._database.transact(write):
            return await self.renew(room, kind, by)
        self._bus.publish(made)
        return pin

    async def there(self) -> frozenset[tuple[str, str]]:
        """Rooms and kinds of the PINs that have been made."""
        query = sa.select(conference_pins.c.room, conference_pins.c.kind)
        return await self._database.transact(
            lambda connection: frozenset((row.room, row.kind) for row in connection.execute(query))
        )

    async def whose(self, room: str, pin: str, extension: str) -> Kind | None:
        """Whose PIN that is, None for a wrong one, which counts against `extension`. Raises TooMany."""
        now, subject = self._clock.now(), f"conference:{extension}"

        def look(connection: sa.Connection) -> Kind | None:
            if _GUESSES.locked(connection, subject, now):
                raise TooMany
            rows = connection.execute(sa.select(conference_pins).where(conference_pins.c.room == room)).all()
            found: list[Kind] = [row.kind for row in rows if pins.right(pin, row.pin_hash)]
            if found:
                return found[0]
            _GUESSES.wrong(connection, subject, now)
            return None

        return await self._database.transact(look)
