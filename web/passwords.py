"""Passwords: hashed with argon2id off the reactor's thread, and refused when they are no good."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.base import ReactorBase
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")

SHORTEST = 8
LONGEST = 128
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another."""

_COMMON = frozenset(
    {"password", "12345678", "123456789", "1234567890", "88888888", "11111111", "nightbell", "qwertyui"}
)


class WeakPassword(ValueError):
    """The new password is refused; the text is a message id that says why."""


def judge(password: str, name: str, old: str | None = None) -> None:
    """Raise WeakPassword unless `password` will do for the user `name`, who had `old` before."""
    if len(password) < SHORTEST:
        raise WeakPassword("The new password needs at least 8 characters.")
    if len(password) > LONGEST:
        raise WeakPassword("The new password is too long: 128 characters at most.")
    if password == old:
        raise WeakPassword("The new password must differ from the old one.")
    lowered = password.lower()
    if lowered in _COMMON or name.lower() in lowered or len(set(password)) < 4:
        raise WeakPassword("That password is too easy to guess.")


def fresh(name: str) -> str:
    """A random password for the user `name` to begin with: three groups of four, as `ntka-49qe-7xaa`.

    It is read off a screen or a slip and typed, once. Never one that `judge` refuses.
    """
    while True:
        password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        try:
            judge(password, name)
        except WeakPassword:
            continue
        return password


class Apart(Protocol):
    """Runs slow work where the reactor does not wait for it."""

    async def __call__(self, work: Callable[[], T], /) -> T: ...


class Threads:
    """Two threads for hashing: more would only let a stranger keep the whole box busy."""

    def __init__(self, reactor: ReactorBase) -> None:
        self._reactor: Any = reactor  # ReactorBase is an IReactorFromThreads, but does not say so in its types
        self._pool = ThreadPool(minthreads=0, maxthreads=2, name="passwords")
        self._pool.start()

    async def __call__(self, work: Callable[[], T], /) -> T:
        result: T = await deferToThreadPool(self._reactor, self._pool, work)
        return result

    def stop(self) -> None:
        """Wait for the work under way."""
        self._pool.stop()


async def here(work: Callable[[], T], /) -> T:
    """Apart from nothing: for programs without a reactor."""
    return work()


class Passwords:
    """argon2id. `check` takes as long for a user who does not exist."""

    def __init__(self, apart: Apart, hasher: PasswordHasher | None = None) -> None:
        self._apart = apart
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """What is stored instead of `password`."""
        return await self._apart(lambda: self._hasher.hash(password))

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one behind `stored`; None (no such user) costs the same time and is False."""
        if stored is None and self._nobody is None:
            self._nobody = await self.hash("nobody at all")
        against = stored if stored is not None else str(self._nobody)
        right = await self._apart(lambda: self._verify(against, password))
        return right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
