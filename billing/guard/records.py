"""What the guard knows and writes down: figures of leases, alarms, countries. Inside the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money
from billing.guard.destinations import country_of
from billing.guard.events import FraudAlarm
from billing.guard.plan import Limit
from billing.guard.rules import COUNTRY, DENIED, KIND, Figure, Finding
from billing.guard.schema import guard_alarms, guard_calls, guard_countries
from billing.schema import leases
from billing.watch import Asked

_Part = tuple[sa.ColumnElement[bool], sa.Column[Any]]

FINE_FOR = timedelta(hours=24)
"""So long a subject is let be after somebody said that it was fine."""


@dataclass(frozen=True)
class Alarm:
    """An alarm on record."""

    id: int
    at: datetime
    last_at: datetime
    times: int
    rule: str
    subject: str
    account: str
    extension: str
    called: str
    call: str
    refused: bool
    why: str
    facts: str
    acknowledged_at: datetime | None
    by: str
    note: str

    def text(self, language: Language) -> str:
        """What was found, in words."""
        return in_words(self.why, json.loads(self.facts), language)


def in_words(why: str, facts: dict[str, str], language: Language) -> str:
    """A finding's sentence; who it is about is named in the reader's language."""
    if "subject" in facts:
        facts = facts | {"subject": named(facts["subject"], language)}
    return translate(why, language, **facts)


def named(subject: str, language: Language) -> str:
    """`account:100001` as people say it."""
    what, _, which = subject.partition(":")
    names = {"account": "Account {number}", "extension": "Extension {number}", "box": "The whole box"}
    return translate(names[what], language, number=which) if what in names else which


def figure(connection: sa.Connection, limit: Limit, asked: Asked) -> Figure:
    """What `limit` is measured by, without the call that asks where that is not on record yet."""
    since = asked.at - timedelta(minutes=limit.minutes)
    billed = _summed(
        connection,
        _about(leases, limit, asked),
        (leases.c.state != "settled", leases.c.reserved),
        (leases.c.ended_at >= since, leases.c.charge),
    )
    if limit.per == "account":
        return billed
    others = _summed(
        connection,
        _about(guard_calls, limit, asked),
        (guard_calls.c.ended_at.is_(None), guard_calls.c.amount),
        (guard_calls.c.ended_at >= since, guard_calls.c.amount),
    )
    return Figure(Money(billed.spent + others.spent), billed.live + others.live)


def _about(table: sa.Table, limit: Limit, asked: Asked) -> list[sa.ColumnElement[bool]]:
    about = []
    if limit.per != "box":
        about.append(table.c[limit.per] == getattr(asked, limit.per))
    if limit.to:
        about.append(sa.or_(*(table.c.called.startswith(prefix) for prefix in limit.to)))
    return about


def _summed(connection: sa.Connection, about: list[sa.ColumnElement[bool]], live: _Part, done: _Part) -> Figure:
    """Calls under way with what they hold, and what those that are over came to."""
    count, held = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(live[1]), 0)).where(live[0], *about)
    ).one()
    spent = sa.select(sa.func.coalesce(sa.func.sum(done[1]), 0)).where(done[0], *about)
    return Figure(Money(int(held) + int(connection.execute(spent).scalar_one())), int(count))


def is_fine(connection: sa.Connection, finding: Finding, at: datetime) -> bool:
    """Whether somebody has said lately that this was fine; of destinations that counts for nothing."""
    if finding.rule in (DENIED, KIND):
        return False
    said = (guard_alarms.c.rule == finding.rule) & (guard_alarms.c.subject == finding.subject)
    lately = guard_alarms.c.acknowledged_at >= at - FINE_FOR
    return connection.execute(sa.select(guard_alarms.c.id).where(said, lately).limit(1)).first() is not None


def raise_alarm(connection: sa.Connection, finding: Finding, asked: Asked) -> FraudAlarm | None:
    """Write it down; None where the same is known and nobody has looked yet."""
    facts = tuple(sorted(finding.facts.items()))
    body: dict[str, Any] = {
        "last_at": asked.at, "account": asked.account, "extension": asked.extension, "called": asked.called,
        "call": asked.call, "refused": finding.refuse, "why": finding.why,
        "facts": json.dumps(dict(facts), ensure_ascii=False),
    }  # fmt: skip
    same = (guard_alarms.c.rule == finding.rule) & (guard_alarms.c.subject == finding.subject)
    waiting = guard_alarms.update().where(same, guard_alarms.c.acknowledged_at.is_(None))
    if connection.execute(waiting.values(times=guard_alarms.c.times + 1, **body)).rowcount:
        return None
    row = {"at": asked.at, "times": 1, "rule": finding.rule, "subject": finding.subject, "by": "", "note": "", **body}
    number = connection.execute(guard_alarms.insert().values(row).returning(guard_alarms.c.id)).scalar_one()
    event = FraudAlarm(
        at=asked.at, alarm=number, rule=finding.rule, subject=finding.subject, account=asked.account,
        extension=asked.extension, called=asked.called, call=asked.call, refused=finding.refuse, why=finding.why,
        facts=facts,
    )  # fmt: skip
    journal.append(connection, event)
    return event


def alarms(connection: sa.Connection, limit: int = 200) -> list[Alarm]:
    """Those nobody has looked at first, then the latest."""
    query = sa.select(guard_alarms).order_by(
        guard_alarms.c.acknowledged_at.is_not(None), guard_alarms.c.last_at.desc(), guard_alarms.c.id.desc()
    )
    return [Alarm(**row) for row in connection.execute(query.limit(limit)).mappings()]


def waiting(connection: sa.Connection) -> int:
    """How many nobody has looked at."""
    query = sa.select(sa.func.count()).select_from(guard_alarms).where(guard_alarms.c.acknowledged_at.is_(None))
    return int(connection.execute(query).scalar_one())


def known_countries(connection: sa.Connection) -> frozenset[str]:
    """Countries that are no news. On a box that called before there was a guard: all it called."""
    known = frozenset(connection.execute(sa.select(guard_countries.c.country)).scalars())
    if known:
        return known
    called = connection.execute(sa.select(leases.c.called).distinct()).scalars()
    return frozenset(country_of(number) for number in called)


def know(connection: sa.Connection, country: str, at: datetime) -> None:
    """This country is no news any more."""
    for name in {*known_countries(connection), country}:
        if connection.execute(sa.select(guard_countries).where(guard_countries.c.country == name)).first() is None:
            connection.execute(guard_countries.insert().values(country=name, since=at))


def country_in(subject: str) -> str | None:
    """The country an alarm of `country` is about."""
    kind, _, name = subject.partition(":")
    return name if kind == COUNTRY else None
