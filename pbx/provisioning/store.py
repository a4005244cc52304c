"""Telephones as the window sees them: who asks, who holds which token, who has fetched what."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event, append
from pbx.provisioning.events import PhoneConfigured, PhoneFound, PhoneRemoved
from pbx.provisioning.makers import Maker, Told
from pbx.provisioning.phone import Phone, digest
from pbx.provisioning.rows import NotDone, alone, blank, change, one, phone_of, said
from pbx.provisioning.schema import phones
from pbx.schema import sip_secrets

MOST_WAITING = 500
"""More that wait are not written down: nobody unpacks so many at once."""
STALE = timedelta(days=7)
"""One that waits and has not been seen for so long is forgotten when another comes."""
NOTED = timedelta(minutes=1)
"""`last_seen` is so exact."""


class PhoneStore:
    """The table `phones`, and the secrets of the extensions they get."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def every(self) -> list[Phone]:
        """All, in the order in which they were first seen."""
        query = sa.select(phones).order_by(phones.c.first_seen, phones.c.id)
        return await self._database.transact(lambda connection: [phone_of(row) for row in connection.execute(query)])

    async def one(self, identity: str) -> Phone | None:
        """By MAC."""
        return await self._database.transact(lambda connection: one(connection, identity))

    async def holder(self, token: str) -> Phone | None:
        """Whose token it is."""
        query = sa.select(phones).where(phones.c.token_hash == digest(token))
        row = await self._database.transact(lambda connection: connection.execute(query).first())
        return phone_of(row) if row else None

    async def seen(
        self, identity: str, told: Told, maker: Maker, address: str, now: datetime, *, proven: bool = True
    ) -> tuple[Phone, bool]:
        """It is there; as it was known before, and whether it is new. Raises NotDone where too many wait.

        proven: whether it can be at no other address than it seems to be; if not, one that is known stays where it was.
        """

        def write(connection: sa.Connection) -> tuple[Phone, bool]:
            known = one(connection, identity)
            if known is None:
                return self._found(connection, identity, told, maker, address, now), True
            if not proven:
                return known, False
            facts = {"model": told.model or known.model, "firmware": told.firmware or known.firmware}
            same = all(getattr(known, name) == fact for name, fact in facts.items()) and known.address == address
            if not same or now - known.last_seen >= NOTED:
                change(connection, identity, last_seen=now, address=address, **facts)
            return known, False

        return await alone(self._database, write)

    def _found(
        self, connection: sa.Connection, identity: str, told: Told, maker: Maker, address: str, now: datetime
    ) -> Phone:
        stale = sa.and_(phones.c.state == "waiting", phones.c.last_seen < now - STALE)
        for row in connection.execute(sa.select(phones.c.id).where(stale)).all():
            append(connection, PhoneRemoved(at=now, phone=row.id, extension="", by=""))
        connection.execute(phones.delete().where(stale))
        waiting = sa.select(sa.func.count()).select_from(phones).where(phones.c.state == "waiting")
        if connection.execute(waiting).scalar_one() >= MOST_WAITING:
            raise NotDone("Too many telephones wait already.")
        connection.execute(phones.insert().values(**blank(identity, maker, address, now), **said(told)))
        append(connection, PhoneFound(at=now, phone=identity, maker=maker, model=told.model, address=address))
        found = one(connection, identity)
        assert found is not None
        return found

    async def begged(self, identity: str, now: datetime) -> None:
        """An accepted one asked without its token, and got nothing."""
        await alone(self._database, lambda connection: change(connection, identity, begged_at=now))

    async def secret_of(self, number: str) -> str:
        """The SIP password of an extension; empty where it has none yet."""
        query = sa.select(sip_secrets.c.secret).where(sip_secrets.c.extension == number)
        found = await self._database.transact(lambda connection: connection.execute(query).scalar())
        return found or ""

    async def configured(
        self, phone: Phone, token: str, address: str, now: datetime, *, first: bool
    ) -> PhoneConfigured | None:
        """It is being given its configuration, with `token` in it; the event where it is the first."""

        def write(connection: sa.Connection) -> PhoneConfigured | None:
            changed: dict[str, object] = {"fetched_at": now, "last_seen": now, "begged_at": None}
            event = None
            if first:
                changed |= {"token_hash": digest(token), "opens_until": None}
                event = PhoneConfigured(at=now, phone=phone.id, extension=phone.extension or "", address=address)
                append(connection, event)
            change(connection, phone.id, **changed)
            return event

        return await alone(self._database, write)

    async def note(self, *events: Event) -> None:
        """Events that change no row."""
        await self._database.transact(lambda connection: append(connection, *events))
