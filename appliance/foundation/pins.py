"""PINs: made, hashed, compared, and guessed at no more than a few times. Runs on database threads.

A PIN of four digits is guessed offline in no time whatever the hash, so what protects it is the lock-out and the
file's permissions; Argon2id with 8 MiB and one pass (about 10 ms) keeps a stolen database from being read at a glance
without making a caller wait.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.foundation.database import Moment, metadata, serialise

pin_failures = sa.Table(
    "pin_failures",
    metadata,
    sa.Column("subject", sa.String(40), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", Moment),
)
"""subject: `account:100001` or `extension:8001`. `failures` count until `locked_until`; enough of them lock."""

_HASHER = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
_NOBODY = _HASHER.hash("no account has this PIN")


def new(digits: int) -> str:
    """A random PIN, not one that anyone would try first (all the same, or a run up or down)."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(digits))
        if not is_obvious(pin):
            return pin


def is_obvious(pin: str) -> bool:
    """Whether anyone would try it first: all the same, or a run up or down."""
    return not {(int(b) - int(a)) % 10 for a, b in pairwise(pin)} - {0, 1, 9}


def hashed(pin: str) -> str:
    """What is stored of a PIN."""
    return _HASHER.hash(pin)


def right(pin: str, stored: str | None) -> bool:
    """Whether `pin` is the one whose hash is stored. Takes as long where there is no account."""
    try:
        return _HASHER.verify(stored or _NOBODY, pin) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@dataclass(frozen=True)
class Guesses:
    """Wrong PINs of one subject, an account or an extension, and how many are too many.

    They count until `lock` after the last one; while `tries` of them count, the subject is locked.
    """

    tries: int
    lock: timedelta

    def locked(self, connection: sa.Connection, subject: str, now: datetime) -> bool:
        """Whether no PIN of this subject is looked at for now."""
        return self._count(connection, subject, now) >= self.tries

    def wrong(self, connection: sa.Connection, subject: str, now: datetime) -> bool:
        """Count one more; whether it locked the subject."""
        failures = self._count(connection, subject, now) + 1
        connection.execute(pin_failures.delete().where(pin_failures.c.subject == subject))
        values = {"subject": subject, "failures": failures, "locked_until": now + self.lock}
        connection.execute(pin_failures.insert().values(values))
        return failures >= self.tries

    def forgive(self, connection: sa.Connection, account: str, extension: str | None, now: datetime) -> None:
        """The right PIN: the account's mistakes are forgotten, there and among the extension's.

        Only those: an attacker with an account of his own must not wash the extension clean between guesses.
        """
        mistakes = self._count(connection, account, now)
        connection.execute(pin_failures.delete().where(pin_failures.c.subject == account))
        if mistakes and extension is not None:
            left = max(0, self._count(connection, extension, now) - mistakes)
            connection.execute(pin_failures.update().where(pin_failures.c.subject == extension).values(failures=left))

    def _count(self, connection: sa.Connection, subject: str, now: datetime) -> int:
        serialise(connection, f"pin:{subject}")
        row = connection.execute(sa.select(pin_failures).where(pin_failures.c.subject == subject)).first()
        return 0 if row is None or row.locked_until is None or row.locked_until <= now else int(row.failures)
