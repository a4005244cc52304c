"""What people decide about telephones, as rows; each in one transaction with the journal event that reports it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.journal import append
from pbx.extensions import SECRET_BYTES
from pbx.provisioning.events import PhoneAccepted, PhoneOpened, PhoneRefused, PhoneRemoved
from pbx.provisioning.phone import OPEN, Phone, digest, fresh_password
from pbx.provisioning.rows import NotDone, alone, blank, change, one
from pbx.provisioning.schema import phones
from pbx.schema import sip_secrets


@dataclass(frozen=True)
class Acceptance:
    """numbers: what may be given, best first; the first that no telephone has is. by: who accepts."""

    phone: str
    numbers: Sequence[str]
    place: str
    by: str


class Decisions:
    """Numbers given and taken away. Whatever changes hands, the secret of its extension is made anew."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def accept(self, wanted: Sequence[Acceptance], now: datetime) -> list[PhoneAccepted]:
        """Give each a number and a fresh secret, all or none. Raises NotDone."""

        def write(connection: sa.Connection) -> list[PhoneAccepted]:
            events = [self._accept(connection, one, now) for one in wanted]
            append(connection, *events)
            return events

        return await alone(self._database, write)

    def _accept(self, connection: sa.Connection, wanted: Acceptance, now: datetime) -> PhoneAccepted:
        phone = one(connection, wanted.phone)
        if phone is None or phone.state == "accepted":
            raise NotDone("The telephone {phone} does not wait any more.", phone=wanted.phone)
        taken = {row.extension for row in connection.execute(sa.select(phones.c.extension))}
        number = next((number for number in wanted.numbers if number not in taken), None)
        if number is None:
            if len(wanted.numbers) == 1:
                raise NotDone("Number {number} belongs to another telephone.", number=wanted.numbers[0])
            raise NotDone("No number is left: give the plan more, or remove telephones that are gone.")
        self._give(connection, phone, number, wanted.place, wanted.by, now)
        return PhoneAccepted(at=now, phone=phone.id, extension=number, place=wanted.place, by=wanted.by)

    async def add_soft(self, wanted: Acceptance, token: str, now: datetime) -> PhoneAccepted:
        """A softphone, which fetches its first configuration by `token`. Raises NotDone."""

        def write(connection: sa.Connection) -> PhoneAccepted:
            connection.execute(
                phones.insert().values(**blank(wanted.phone, "linphone", "", now), model="", firmware="")
            )
            event = self._accept(connection, wanted, now)
            change(connection, wanted.phone, token_hash=digest(token))
            append(connection, event)
            return event

        return await alone(self._database, write)

    async def replace(self, old: str, new: str, by: str, now: datetime) -> PhoneAccepted:
        """`new`, which waits, takes over number and place of `old`, which is gone from the list. Raises NotDone."""

        def write(connection: sa.Connection) -> PhoneAccepted:
            broken, fresh = one(connection, old), one(connection, new)
            if broken is None or broken.extension is None:
                raise NotDone("There is no such telephone any more.")
            if fresh is None or fresh.state == "accepted":
                raise NotDone("The telephone {phone} does not wait any more.", phone=new)
            connection.execute(phones.delete().where(phones.c.id == old))
            self._give(connection, fresh, broken.extension, broken.place, by, now)
            event = PhoneAccepted(
                at=now, phone=new, extension=broken.extension, place=broken.place, by=by, instead_of=old
            )
            append(connection, event)
            return event

        return await alone(self._database, write)

    def _give(self, connection: sa.Connection, phone: Phone, number: str, place: str, by: str, now: datetime) -> None:
        change(
            connection, phone.id, state="accepted", extension=number, place=place, accepted_by=by, accepted_at=now,
            opens_for=phone.address, opens_until=now + OPEN, fetched_at=None, begged_at=None, token_hash="",
            admin_password=fresh_password(),
        )  # fmt: skip
        _renew_secret(connection, number)

    async def refuse(self, identity: str, by: str, now: datetime) -> PhoneRefused | None:
        """It is none of ours; None where it does not wait."""

        def write(connection: sa.Connection) -> PhoneRefused | None:
            phone = one(connection, identity)
            if phone is None or phone.state != "waiting":
                return None
            change(connection, identity, state="refused")
            event = PhoneRefused(at=now, phone=identity, by=by)
            append(connection, event)
            return event

        return await alone(self._database, write)

    async def remove(self, identity: str, by: str, now: datetime) -> PhoneRemoved | None:
        """Forget it, whatever its state; an accepted one's number is free and has another secret."""

        def write(connection: sa.Connection) -> PhoneRemoved | None:
            phone = one(connection, identity)
            if phone is None:
                return None
            connection.execute(phones.delete().where(phones.c.id == identity))
            if phone.extension:
                _renew_secret(connection, phone.extension)
            event = PhoneRemoved(at=now, phone=identity, extension=phone.extension or "", by=by)
            append(connection, event)
            return event

        return await alone(self._database, write)

    async def open(self, identity: str, by: str, now: datetime) -> PhoneOpened:
        """It may fetch a first configuration once more, from where it asked last. Raises NotDone."""

        def write(connection: sa.Connection) -> PhoneOpened:
            phone = one(connection, identity)
            if phone is None or phone.state != "accepted":
                raise NotDone("There is no such telephone any more.")
            change(connection, identity, opens_for=phone.address, opens_until=now + OPEN, begged_at=None)
            event = PhoneOpened(at=now, phone=identity, address=phone.address, by=by)
            append(connection, event)
            return event

        return await alone(self._database, write)


def _renew_secret(connection: sa.Connection, number: str) -> None:
    """What was once in another's hands is worth nothing."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    changed = connection.execute(sip_secrets.update().where(sip_secrets.c.extension == number).values(secret=secret))
    if not changed.rowcount:
        connection.execute(sip_secrets.insert().values(extension=number, secret=secret))
