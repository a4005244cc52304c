"""The PINs of people who sit at any telephone: made by the box, kept hashed, guessed at no more than a few times."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from appliance.foundation import journal, pins
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from pbx.seating.events import SeatPinMade
from pbx.seating.schema import seat_pins

DIGITS = 6
_GUESSES = pins.Guesses(tries=9, lock=timedelta(minutes=30))


class TooMany(Exception):
    """So many wrong PINs were given for this number, or at this telephone, that none is looked at for now."""


class SeatPins:
    """Of every number that may sit elsewhere."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus

    async def renew(self, number: str, by: str) -> str:
        """Make a new one; it is not shown again. Wrong guesses at the old are forgotten."""
        pin = pins.new(DIGITS)
        made = SeatPinMade(at=self._clock.now(), number=number, by=by)
        row = {"number": number, "pin_hash": pins.hashed(pin), "made_at": made.at, "made_by": by}

        def write(connection: sa.Connection) -> None:
            connection.execute(seat_pins.delete().where(seat_pins.c.number == number))
            connection.execute(seat_pins.insert().values(row))
            _GUESSES.forgive(connection, _subject(number), None, made.at)
            journal.append(connection, made)

        await self._database.transact(write)
        self._bus.publish(made)
        return pin

    async def there(self) -> frozenset[str]:
        """Numbers that have one."""
        query = sa.select(seat_pins.c.number)
        return await self._database.transact(
            lambda connection: frozenset(row.number for row in connection.execute(query))
        )

    async def is_right(self, number: str, pin: str, telephone: str) -> bool:
        """Whether that is the number's PIN; a wrong one counts against both. Raises TooMany."""
        now, subject, place = self._clock.now(), _subject(number), f"seat-at:{telephone}"

        def look(connection: sa.Connection) -> bool:
            if any(_GUESSES.locked(connection, one, now) for one in (subject, place)):
                raise TooMany
            row = connection.execute(sa.select(seat_pins).where(seat_pins.c.number == number)).first()
            if pins.right(pin, row.pin_hash if row else None):
                _GUESSES.forgive(connection, subject, place, now)
                return True
            _GUESSES.wrong(connection, subject, now)
            _GUESSES.wrong(connection, place, now)
            return False

        return await self._database.transact(look)


def _subject(number: str) -> str:
    return f"seat:{number}"[:40]
