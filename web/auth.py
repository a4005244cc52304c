"""Who may log in: users, their roles and wards, and the door they come in by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import Language
from web.events import LoggedIn, LoginFailed, UserAdded, UserChanged
from web.passwords import LONGEST, Passwords, judge
from web.rights import ROLES, Right, Role, may
from web.schema import sessions, users
from web.throttle import Throttle

Theme = Literal["auto", "day", "night"]
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class User:
    """Someone who may log in. wards: plan ids, empty for every ward."""

    name: str
    shown: str
    role: Role
    wards: tuple[str, ...] = ()
    must_change: bool = False
    disabled: bool = False
    language: Language | None = None
    theme: Theme | None = None

    def may(self, right: Right) -> bool:
        """Whether the table of rights lets this user."""
        return may(self.role, right)

    def sees(self, ward: str) -> bool:
        """Whether `ward` is one of theirs."""
        return not self.wards or ward in self.wards


class LoginRefused(Exception):
    """No entry; the text is a message id, `facts` fill it."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class UserExists(ValueError):
    """That name is taken."""


class LastAdministrator(ValueError):
    """Nobody would be left who may look after log-ins."""


class Users:
    """The log-ins, in the database; passwords as argon2id hashes."""

    def __init__(self, database: Transactions, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        # By name and place: one guesser must not lock a nurse out of her ward from elsewhere.
        self._by_both = Throttle(clock, 5, timedelta(minutes=5))
        self._by_place = Throttle(clock, 30, timedelta(minutes=5))

    async def add(
        self, name: str, role: Role, password: str, *, shown: str = "", wards: tuple[str, ...] = (),
        must_change: bool = True, by: str = "system",
    ) -> User:  # fmt: skip
        """A new log-in. Raises UserExists, WeakPassword, ValueError for a name or role that cannot be."""
        if not _NAME.fullmatch(name) or role not in ROLES:
            raise ValueError(f"{name!r} with role {role!r} is no log-in: small letters, digits, . _ - and a known role")
        judge(password, name)
        user = User(name, shown or name, role, wards, must_change)
        row = {"name": name, "shown": user.shown, "role": role, "wards": " ".join(wards), "must_change": must_change}
        row |= {"password_hash": await self._passwords.hash(password), "made_at": self._clock.now()}

        def write(connection: sa.Connection) -> None:
            if _read(connection, name) is not None:
                raise UserExists(f"there is a log-in {name!r} already")
            connection.execute(users.insert().values(**row))
            journal.append(connection, UserAdded(at=self._clock.now(), user=name, role=role, by=by))

        await self._database.transact(write)
        return user

    async def find(self, name: str) -> User | None:
        """The log-in `name`."""
        row = await self._database.transact(lambda connection: _read(connection, name))
        return None if row is None else user_of(row)

    async def every(self) -> list[User]:
        """All log-ins by name."""

        def read(connection: sa.Connection) -> list[User]:
            return [user_of(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]

        return await self._database.transact(read)

    async def log_in(self, name: str, password: str, address: str) -> User:
        """The user, if the password is theirs; on record either way. Raises LoginRefused."""
        name = name.strip().lower()
        both = f"{name[:64]} {address}"
        self._slow_down(both, address)
        row = await self._database.transact(lambda connection: _read(connection, name))
        right = len(password) <= LONGEST and await self._passwords.check(row and row.password_hash, password)
        if row is None or not right or row.disabled:
            why = "unknown" if row is None else "disabled" if right else "password"
            await self._record(
                LoginFailed(at=self._clock.now(), user=row.name if row else "", address=address, why=why)
            )
            raise LoginRefused("That name and password do not go together.")
        self._by_both.forgive(both)
        self._by_place.undo(address)
        await self._record(LoggedIn(at=self._clock.now(), user=name, address=address))
        return user_of(row)

    def _slow_down(self, both: str, address: str) -> None:
        wait = max(self._by_both.wait(both), self._by_place.wait(address))
        if wait > timedelta(0):
            raise LoginRefused("Too many tries. Try again in {seconds} s.", seconds=int(wait.total_seconds()) + 1)
        self._by_both.count(both)
        self._by_place.count(address)

    async def change_password(self, name: str, old: str, new: str) -> None:
        """The user's own change. Raises LoginRefused when `old` is wrong, WeakPassword when `new` will not do."""
        key = f"change {name}"
        self._slow_down(key, key)
        row = await self._database.transact(lambda connection: _read(connection, name))
        if row is None or not await self._passwords.check(row.password_hash, old):
            raise LoginRefused("The old password is not right.")
        self._by_both.forgive(key)
        judge(new, name, old)
        await self._set_password(name, new, must_change=False, what="password changed", by=name)

    async def reset_password(self, name: str, new: str, *, by: str) -> None:
        """Somebody else sets it; the user must change it at the next log-in and is logged out everywhere."""
        judge(new, name)
        await self._set_password(name, new, must_change=True, what="password reset", by=by)

    async def disable(self, name: str, *, by: str, disabled: bool = True) -> None:
        """Let nobody in by `name` any more, or again. Raises LookupError, LastAdministrator."""
        what = "disabled" if disabled else "enabled"
        await self._change(name, {"disabled": disabled}, UserChanged(at=self._clock.now(), user=name, what=what, by=by))

    async def describe(self, name: str, *, shown: str, role: Role, wards: tuple[str, ...], by: str) -> None:
        """Another person, role or wards; screens that are open stay so, by the new right within a minute.

        Raises LookupError, LastAdministrator.
        """
        what = f"role {role}, wards {' '.join(wards) or 'all'}"
        values = {"shown": shown or name, "role": role, "wards": " ".join(wards)}
        event = UserChanged(at=self._clock.now(), user=name, what=what, by=by)
        await self._change(name, values, event, log_out=False)

    async def screens(self) -> dict[str, int]:
        """How many browsers are logged in by each name."""
        lives = sa.select(sessions.c.user, sa.func.count().label("screens")).where(
            sessions.c.expires_at > self._clock.now()
        )

        def read(connection: sa.Connection) -> dict[str, int]:
            return {row.user: row.screens for row in connection.execute(lives.group_by(sessions.c.user))}

        return await self._database.transact(read)

    async def prefer(self, name: str, *, language: Language | None = None, theme: Theme | None = None) -> None:
        """Remember how the user likes the panel."""
        chosen = {key: value for key, value in (("language", language), ("theme", theme)) if value is not None}
        if chosen:
            await self._change(name, chosen)

    async def _set_password(self, name: str, new: str, *, must_change: bool, what: str, by: str) -> None:
        hashed = await self._passwords.hash(new)
        event = UserChanged(at=self._clock.now(), user=name, what=what, by=by)
        await self._change(name, {"password_hash": hashed, "must_change": must_change}, event)

    async def _change(
        self, name: str, values: Mapping[str, object], *events: UserChanged, log_out: bool = True
    ) -> None:
        def write(connection: sa.Connection) -> None:
            before = _read(connection, name)
            if before is None:
                raise LookupError(f"there is no log-in {name!r}")
            connection.execute(users.update().where(users.c.name == name).values(**values))
            if before.role == "admin" and not before.disabled and not connection.scalar(_ADMINISTRATORS):
                raise LastAdministrator(f"{name!r} is the last administrator")
            if events:
                journal.append(connection, *events)
            if events and log_out:
                connection.execute(sessions.delete().where(sessions.c.user == name))

        await self._database.transact(write)

    async def _record(self, event: journal.Event) -> None:
        await self._database.transact(lambda connection: journal.append(connection, event))


_ADMINISTRATORS = sa.select(sa.func.count()).where(users.c.role == "admin", users.c.disabled == sa.false())


def _read(connection: sa.Connection, name: str) -> sa.Row[tuple[object, ...]] | None:
    return connection.execute(sa.select(users).where(users.c.name == name)).first()


def user_of(row: sa.Row[tuple[object, ...]]) -> User:
    """A row of `users` as a User."""
    return User(
        row.name, row.shown, cast(Role, row.role), tuple(row.wards.split()), row.must_change, row.disabled,
        cast(Language | None, row.language), cast(Theme | None, row.theme),
    )  # fmt: skip
