"""Reports that were sent by e-mail, or could not be: one row a report and period, which is what lets it go once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from pbx.schema import mailings, notices

HANDED, FAILED, PASSED = "handed", "failed", "passed"


@dataclass(frozen=True)
class Letter:
    """To one address. state: waiting, sent, failed; why: of the last try."""

    to: str
    state: str
    why: str
    tries: int


@dataclass(frozen=True)
class Mailing:
    """One report of first to last day. state: handed (to the mail server's queue), failed (it could not be made)."""

    mail: str
    report: str
    first: date
    last: date
    state: str
    at: datetime
    why: str
    letters: tuple[Letter, ...] = ()

    @property
    def fault(self) -> tuple[str, str]:
        """To whom it did not go, and why; to nobody where it could not be made. Empty where nothing is wrong."""
        if self.state == FAILED:
            return "", self.why
        return next(((one.to, one.why) for one in self.letters if one.state == "failed"), ("", ""))


def latest_day(connection: sa.Connection, mail: str) -> date | None:
    """The last day of the newest period that was dealt with; None for a mail that is new."""
    day = connection.execute(sa.select(sa.func.max(mailings.c.last)).where(mailings.c.mail == mail)).scalar()
    return None if day is None else date.fromisoformat(day)


def keep(connection: sa.Connection, made: Mailing, ids: Collection[str] = ()) -> None:
    """Put it on record. ids: of the notices that carry it. Raises IntegrityError where it was dealt with before."""
    values = {
        "mail": made.mail, "report": made.report, "first": made.first.isoformat(), "last": made.last.isoformat(),
        "state": made.state, "at": made.at, "why": made.why[:200], "notices": " ".join(ids),
    }  # fmt: skip
    connection.execute(mailings.insert().values(values))


def recent(connection: sa.Connection, most: int, mail: str | None = None) -> Sequence[Mailing]:
    """The latest, newest first, each with what became of it at every address."""
    query = sa.select(mailings).where(mailings.c.state != PASSED).order_by(mailings.c.at.desc(), mailings.c.mail)
    if mail is not None:
        query = query.where(mailings.c.mail == mail)
    return [_mailing(connection, row) for row in connection.execute(query.limit(most)).all()]


def attached(connection: sa.Connection) -> set[str]:
    """Files that are still to go out."""
    query = sa.select(notices.c.attached).where(notices.c.state == "waiting", notices.c.attached != "")
    return set(connection.execute(query).scalars())


def _mailing(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Mailing:
    ids = str(row.notices).split()
    query = sa.select(notices).where(notices.c.id.in_(ids)).order_by(notices.c.to)
    letters = tuple(Letter(one.to, one.state, one.why, one.tries) for one in connection.execute(query)) if ids else ()
    first, last = date.fromisoformat(row.first), date.fromisoformat(row.last)
    return Mailing(row.mail, row.report, first, last, row.state, row.at, row.why, letters)
