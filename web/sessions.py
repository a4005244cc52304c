"""Who is logged in. Kept in memory too, so that a station keeps working while the database does not."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import Language
from web.auth import Theme, User, user_of
from web.events import LoggedOut
from web.rights import Role
from web.schema import sessions, users

WRITTEN_EVERY = timedelta(minutes=1)
_DESK = (timedelta(hours=1), timedelta(hours=12))
_WALL = (timedelta(hours=12), timedelta(days=90))
LIFETIMES: dict[Role, tuple[timedelta, timedelta]] = {
    "nurse": _WALL, "board": _WALL, "operator": _WALL, "cashier": _DESK, "manager": _DESK, "it": _DESK, "admin": _DESK,
}  # fmt: skip
"""Idle and longest life. An open station counts as activity: it must not fall silent at four in the morning."""


@dataclass
class Session:
    """One browser that is logged in. `notes` are shown once, e.g. a new PIN; they are never written down."""

    token_hash: str
    user: User
    csrf: str
    seen_at: datetime
    expires_at: datetime
    checked_at: datetime
    notes: dict[str, str] = field(default_factory=dict, repr=False)


def digest(token: str) -> str:
    """What stands in the database for a cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """The token that forms carry: only who holds the cookie's page knows it; the cookie cannot be had from it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


class Sessions:
    """Sessions by cookie. The database is asked again every minute, so that a disabled user is out soon."""

    log = Logger()

    def __init__(self, database: Transactions, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, Session] = {}

    async def open(self, user: User, address: str) -> str:
        """Log `user` in; the token for the cookie."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        expires = now + LIFETIMES[user.role][1]
        row = {"token_hash": digest(token), "user": user.name, "made_at": now, "seen_at": now, "expires_at": expires}

        def write(connection: sa.Connection) -> None:
            connection.execute(sessions.delete().where(sessions.c.expires_at < now))
            connection.execute(sessions.insert().values(**row, address=address[:64]))

        await self._database.transact(write)
        self._known[digest(token)] = Session(digest(token), user, csrf_of(token), now, expires, now)
        return token

    async def find(self, token: str) -> Session | None:
        """The session of a cookie, if it still lives; it counts as seen."""
        key, now = digest(token), self._clock.now()
        known = self._known.get(key)
        if known is None or now - known.checked_at >= WRITTEN_EVERY:
            known = await self._ask_again(key, known, csrf_of(token))
        if known is None or not self.alive(known):
            self._known.pop(key, None)
            return None
        known.seen_at = now
        return known

    def alive(self, session: Session) -> bool:
        """Whether `session` has neither expired nor been ended."""
        idle = LIFETIMES[session.user.role][0]
        now = self._clock.now()
        return session.token_hash in self._known and now < session.expires_at and now - session.seen_at < idle

    async def still(self, session: Session) -> bool:
        """For a page that stays open: it counts as seen, and the database is asked when that is due."""
        if not self.alive(session):
            return False
        session.seen_at = self._clock.now()
        if session.seen_at - session.checked_at >= WRITTEN_EVERY:
            return await self._ask_again(session.token_hash, session, session.csrf) is not None
        return True

    async def close(self, session: Session) -> None:
        """Log out, on record."""
        self._known.pop(session.token_hash, None)

        def write(connection: sa.Connection) -> None:
            connection.execute(sessions.delete().where(sessions.c.token_hash == session.token_hash))
            journal.append(connection, LoggedOut(at=self._clock.now(), user=session.user.name))

        await self._database.transact(write)

    def renew(self, session: Session, language: Language | None, theme: Theme | None) -> None:
        """The user likes the panel otherwise from now on."""
        user = session.user
        session.user = replace(user, language=language or user.language, theme=theme or user.theme)

    def forget(self, user: str) -> None:
        """Every session of `user` is over: the password was changed."""
        for session in [known for known in self._known.values() if known.user.name == user]:
            del self._known[session.token_hash]

    async def _ask_again(self, key: str, known: Session | None, csrf: str) -> Session | None:
        try:
            row = await self._database.transact(lambda connection: _seen(connection, key, self._clock.now(), known))
        except Exception:
            self.log.failure("sessions cannot be checked; those already known go on")
            return known
        if row is None or row.disabled:
            self._known.pop(key, None)
            return None
        session = known or Session(key, user_of(row), csrf, row.seen_at, row.expires_at, self._clock.now())
        session.user, session.checked_at = user_of(row), self._clock.now()
        return self._known.setdefault(key, session)


def _seen(
    connection: sa.Connection, key: str, now: datetime, known: Session | None
) -> sa.Row[tuple[object, ...]] | None:
    query = sa.select(sessions.c.seen_at, sessions.c.expires_at, users).join_from(sessions, users)
    row = connection.execute(query.where(sessions.c.token_hash == key, sessions.c.expires_at > now)).first()
    if row is not None and known is not None:
        connection.execute(sessions.update().where(sessions.c.token_hash == key).values(seen_at=known.seen_at))
    return row
