"""Messages on record, their sound beside them in files for the owner's eyes only, and the PINs of mailboxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from appliance.foundation import journal, pins
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.voicemail.events import MailboxChanged, VoicemailDeleted, VoicemailHeard, VoicemailLeft
from pbx.voicemail.schema import mailbox_pins, voicemails

_GUESSES = pins.Guesses(tries=9, lock=timedelta(minutes=30))


class TooMany(Exception):
    """So many wrong PINs came from this telephone, or for this mailbox, that none is looked at for now."""


@dataclass(frozen=True)
class Message:
    """caller: empty where it was hidden. heard_at: None while it is new."""

    id: str
    mailbox: str
    caller: str
    left_at: datetime
    seconds: int
    heard_at: datetime | None


class Store:
    """directory: where the sound is kept, a directory a mailbox. Publishes what it writes down."""

    def __init__(self, directory: Path, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._directory = directory
        self._database, self._clock, self._bus = database, clock, bus

    def sound(self, message: Message) -> Path:
        """The file of a message; it may be gone."""
        return self._directory / message.mailbox / f"{message.id}.wav"

    def greeting(self, mailbox: str) -> Path:
        """What the owner recorded; not there where they recorded nothing."""
        return self._directory / mailbox / "greeting.wav"

    async def keep(self, recorded: Path, message: Message) -> None:
        """Take a recording in as a message."""
        self._take(recorded, self.sound(message))
        left = VoicemailLeft(
            at=self._clock.now(), message=message.id, mailbox=message.mailbox, caller=message.caller,
            seconds=message.seconds,
        )  # fmt: skip
        await self._write(voicemails.insert().values(vars(message)), left)

    async def keep_greeting(self, recorded: Path, mailbox: str) -> None:
        """Greet with this from now on."""
        self._take(recorded, self.greeting(mailbox))
        await self._write(None, MailboxChanged(at=self._clock.now(), mailbox=mailbox, what="greeting", by=mailbox))

    async def forget_greeting(self, mailbox: str) -> None:
        """Greet with the usual words again."""
        self.greeting(mailbox).unlink(missing_ok=True)
        changed = MailboxChanged(at=self._clock.now(), mailbox=mailbox, what="default greeting", by=mailbox)
        await self._write(None, changed)

    async def every(self, mailbox: str) -> Sequence[Message]:
        """Its messages, the new ones first, each kind the oldest first."""
        query = (
            sa.select(voicemails)
            .where(voicemails.c.mailbox == mailbox)
            .order_by(voicemails.c.heard_at.isnot(None), voicemails.c.left_at)
        )
        return await self._read(query)

    async def one(self, identity: str) -> Message | None:
        """A message by its id."""
        found = await self._read(sa.select(voicemails).where(voicemails.c.id == identity))
        return found[0] if found else None

    async def older(self, mailboxes: Sequence[str], than: datetime) -> Sequence[Message]:
        """Messages of these mailboxes that were left before."""
        chosen = voicemails.c.mailbox.in_(mailboxes)
        return await self._read(sa.select(voicemails).where(chosen, voicemails.c.left_at < than))

    async def heard(self, message: Message, by: str) -> None:
        """Somebody listens to it; it is new no more."""
        now = self._clock.now()
        change = voicemails.update().where(voicemails.c.id == message.id, voicemails.c.heard_at.is_(None))
        heard = VoicemailHeard(at=now, message=message.id, mailbox=message.mailbox, by=by)
        await self._write(change.values(heard_at=now), heard)

    async def delete(self, message: Message, by: str) -> None:
        """Sound first: what is off the record is nowhere."""
        self.sound(message).unlink(missing_ok=True)
        gone = VoicemailDeleted(at=self._clock.now(), message=message.id, mailbox=message.mailbox, by=by)
        await self._write(voicemails.delete().where(voicemails.c.id == message.id), gone)

    async def has_pin(self, mailbox: str) -> bool:
        """Whether its owner has chosen one."""
        query = sa.select(mailbox_pins.c.mailbox).where(mailbox_pins.c.mailbox == mailbox)
        return await self._database.transact(lambda connection: connection.execute(query).first() is not None)

    async def set_pin(self, mailbox: str, pin: str | None, by: str) -> None:
        """Choose one; None takes it away, so that the owner's telephone asks for a new one."""
        now, hashed = self._clock.now(), pins.hashed(pin) if pin is not None else ""
        what = "pin" if pin is not None else "pin taken away"
        changed = MailboxChanged(at=now, mailbox=mailbox, what=what, by=by)

        def write(connection: sa.Connection) -> None:
            connection.execute(mailbox_pins.delete().where(mailbox_pins.c.mailbox == mailbox))
            if hashed:
                connection.execute(mailbox_pins.insert().values(mailbox=mailbox, pin_hash=hashed, set_at=now))
            journal.append(connection, changed)

        await self._database.transact(write)
        self._bus.publish(changed)

    async def is_right(self, mailbox: str, pin: str, extension: str) -> bool:
        """Whether that is its PIN; a wrong one counts against both. Raises TooMany."""
        now, subjects = self._clock.now(), (f"mailbox:{mailbox}", f"voicemail:{extension}")

        def look(connection: sa.Connection) -> bool:
            if any(_GUESSES.locked(connection, subject, now) for subject in subjects):
                raise TooMany
            row = connection.execute(sa.select(mailbox_pins).where(mailbox_pins.c.mailbox == mailbox)).first()
            if pins.right(pin, row.pin_hash if row else None):
                _GUESSES.forgive(connection, *subjects, now)
                return True
            for subject in subjects:
                _GUESSES.wrong(connection, subject, now)
            return False

        return await self._database.transact(look)

    def _take(self, recorded: Path, place: Path) -> None:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        recorded.chmod(0o600)
        recorded.replace(place)

    async def _read(self, query: sa.Select[tuple[object, ...]]) -> Sequence[Message]:
        def read(connection: sa.Connection) -> list[Message]:
            return [
                Message(row.id, row.mailbox, row.caller, row.left_at, row.seconds, row.heard_at)
                for row in connection.execute(query)
            ]

        return await self._database.transact(read)

    async def _write(self, change: sa.Executable | None, event: Event) -> None:
        def write(connection: sa.Connection) -> None:
            if change is not None:
                connection.execute(change)
            journal.append(connection, event)

        await self._database.transact(write)
        self._bus.publish(event)
