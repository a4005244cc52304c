"""Every account and extension that wrong PINs locked in some days, and how each lock ended, read from the journal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.journal import journal
from billing.schema import accounts

LOCKED, LIFTED, CHANGED = "billing.PinLocked", "billing.PinUnlocked", "billing.AccountChanged"


@dataclass(frozen=True)
class PastLock:
    """One lock. what: `account` or `extension`; number: which; holder: of the account, else empty.

    keyed_at: the extension of the last wrong PIN. until: when it ends by itself. lifted_at, lifted_by: by whom it was
    ended before, None and empty where nobody did; renewed: by another PIN of the account.
    """

    what: str
    number: str
    holder: str
    keyed_at: str
    at: datetime
    until: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""
    renewed: bool = False

    @property
    def subject(self) -> tuple[str, str]:
        """What was locked."""
        return self.what, self.number


@dataclass(frozen=True)
class Locked:
    """One account or extension: how often it was locked, and when last."""

    what: str
    number: str
    holder: str
    times: int
    last: datetime


@dataclass(frozen=True)
class LockHistory:
    """The latest first. now: as it stood then."""

    locks: tuple[PastLock, ...]
    now: datetime

    def going_on(self, one: PastLock) -> bool:
        """Whether it holds now."""
        return one.lifted_at is None and one.until > self.now

    def count(self, what: str) -> int:
        """Locks of `account` or `extension`."""
        return sum(one.what == what for one in self.locks)

    @property
    def lifted(self) -> int:
        """How many somebody ended before their time."""
        return sum(one.lifted_at is not None for one in self.locks)

    @property
    def still(self) -> int:
        """How many hold now."""
        return sum(self.going_on(one) for one in self.locks)

    def by_subject(self) -> list[Locked]:
        """What was locked most often first."""
        times = Counter(one.subject for one in self.locks)
        latest = {one.subject: one for one in reversed(self.locks)}
        found = [Locked(one.what, one.number, one.holder, times[one.subject], one.at) for one in latest.values()]
        return sorted(found, key=lambda one: (-one.times, one.what, one.number))


def lockouts(connection: sa.Connection, start: datetime, stop: datetime, now: datetime) -> LockHistory:
    """Locks that began in [start, stop); what ended them may lie after it."""
    query = sa.select(journal.c.at, journal.c.kind, journal.c.body).order_by(journal.c.id)
    changed_pin = (journal.c.kind == CHANGED) & journal.c.body.contains('"PIN changed"', autoescape=True)
    query = query.where(journal.c.kind.in_((LOCKED, LIFTED)) | changed_pin)
    lines = [(datetime.fromisoformat(row.at), row.kind, json.loads(row.body)) for row in connection.execute(query)]
    locks = _followed((at, kind, body) for at, kind, body in lines if at >= start)
    numbers = {one.number for one in locks if one.what == "account"}
    whose = sa.select(accounts.c.number, accounts.c.holder).where(accounts.c.number.in_(numbers))
    holders = {row.number: row.holder for row in connection.execute(whose)}
    named = [
        replace(one, holder=holders.get(one.number, "")) if one.what == "account" else one
        for one in locks
        if one.at < stop
    ]
    return LockHistory(tuple(named[::-1]), now)


def _followed(lines: Iterable[tuple[datetime, str, dict[str, Any]]]) -> list[PastLock]:
    """Each lock with its end, in the order in which they began."""
    locks = list[PastLock]()
    open_locks = dict[tuple[str, str], int]()
    for at, kind, body in lines:
        if kind == LOCKED:
            open_locks[body["what"], body["number"]] = len(locks)
            until = datetime.fromisoformat(body["until"])
            locks.append(PastLock(body["what"], body["number"], "", body["by"], at, until))
            continue
        renewed = kind == CHANGED
        which = open_locks.pop(("account", body["account"]) if renewed else (body["what"], body["number"]), None)
        if which is not None and at < locks[which].until:
            locks[which] = replace(locks[which], lifted_at=at, lifted_by=body["by"], renewed=renewed)
    return locks
