"""The bill of a bed, a department or a person for one month: every call on it, and what is to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing import books
from billing.charge import NOTHING
from billing.schema import accounts, entries, leases, payers, postings


@dataclass(frozen=True)
class CallOnBill:
    """One charged call, or what else was put on the account: then `called` is empty and `note` says what."""

    at: datetime
    extension: str
    called: str
    seconds: int
    charge: Money
    note: str = ""


@dataclass(frozen=True)
class ByExtension:
    """The calls of one telephone."""

    extension: str
    calls: int
    seconds: int
    charge: Money


@dataclass(frozen=True)
class Bill:
    """Of `month` (`2026-10`). number, written_at: empty and None while the month goes on or nothing was used.

    before: what was owed on bills before; paid: what was paid between this bill and `until`, or since the month began.
    """

    payer: str
    account: str
    holder: str
    month: str
    number: str
    written_at: datetime | None
    calls: tuple[CallOnBill, ...]
    before: Money
    paid: Money

    @property
    def amount(self) -> Money:
        """Of the calls."""
        return Money(sum(call.charge for call in self.calls))

    @property
    def seconds(self) -> int:
        """Talked in all."""
        return sum(call.seconds for call in self.calls)

    @property
    def due(self) -> Money:
        """What is to be paid in all."""
        return Money(self.before + self.amount - self.paid)

    def by_extension(self) -> list[ByExtension]:
        """The calls by telephone, in the order of their numbers."""
        found: dict[str, list[CallOnBill]] = {}
        for call in self.calls:
            found.setdefault(call.extension, []).append(call)
        return [
            ByExtension(name, len(calls), sum(one.seconds for one in calls), Money(sum(one.charge for one in calls)))
            for name, calls in sorted(found.items())
        ]


def month_of(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When `month` (`2026-10`) begins and ends at the site. Raises ValueError."""
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)


def bills(connection: sa.Connection, month: str, zone: ZoneInfo, payer: str | None = None) -> list[Bill]:
    """Of all who pay by the month and have called or owe, or of one; by who pays."""
    start, stop = month_of(month, zone)
    query = (
        sa.select(payers.c.payer, accounts.c.number, accounts.c.holder)
        .join_from(payers, accounts)
        .order_by(payers.c.payer)
    )
    if payer is not None:
        query = query.where(payers.c.payer == payer)
    found = [
        _bill(connection, row.payer, row.number, row.holder, month, start, stop)
        for row in connection.execute(query).all()
    ]  # fmt: skip
    return found if payer is not None else [bill for bill in found if bill.calls or bill.before or bill.paid]


def _bill(
    connection: sa.Connection, payer: str, account: str, holder: str, month: str, start: datetime, stop: datetime
) -> Bill:
    """What stands on the account between the bill before and this one; a bill is written a while after its month."""
    written = connection.execute(
        sa.select(entries)
        .join_from(entries, postings)
        .where(entries.c.kind == "bill", postings.c.account == account)
        .order_by(entries.c.id)
    ).all()
    this = next((row for row in written if row.note == month), None)
    until = this.id if this else None
    earlier = [row.id for row in written if row.note < month]
    after = max(earlier, default=0)
    calls = tuple(_calls(connection, account, after, until, None if this else (start, stop)))
    owed = _owed_before(connection, payer, start, earlier)
    return Bill(
        payer, account, holder, month, this.reference if this else "", this.at if this else None, calls,
        Money(owed), Money(_paid(connection, payer, start, stop)),
    )  # fmt: skip


def _calls(
    connection: sa.Connection, account: str, after: int, until: int | None, within: tuple[datetime, datetime] | None
) -> Iterator[CallOnBill]:
    query = (
        sa.select(
            entries.c.at, entries.c.kind, entries.c.note, postings.c.amount, leases.c.extension, leases.c.called,
            leases.c.seconds, leases.c.answered_at,
        )
        .join_from(postings, entries)
        .join(leases, leases.c.call == entries.c.reference, isouter=True)
        .where(postings.c.account == account, entries.c.kind != "bill", entries.c.id > after)
        .order_by(entries.c.id)
    )  # fmt: skip
    if until is not None:
        query = query.where(entries.c.id < until)
    if within is not None:
        query = query.where(entries.c.at >= within[0], entries.c.at < within[1])
    for row in connection.execute(query):
        yield CallOnBill(
            row.answered_at or row.at, row.extension or "", row.called or "", row.seconds or 0, Money(-row.amount),
            row.note if row.kind != "charge" else "",
        )  # fmt: skip


def _owed_before(connection: sa.Connection, payer: str, start: datetime, earlier: list[int]) -> int:
    """On bills of months before, when the month began; such a bill is written a while after that."""
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(postings.c.amount), 0))
        .join_from(postings, entries)
        .where(
            postings.c.book == books.receivable(payer),
            sa.or_(entries.c.id.in_(earlier), sa.and_(entries.c.kind != "bill", entries.c.at < start)),
        )
    )
    return -int(connection.execute(query).scalar_one())


def _paid(connection: sa.Connection, payer: str, start: datetime, stop: datetime) -> Money:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(postings.c.amount), 0))
        .join_from(postings, entries)
        .where(
            postings.c.book == books.receivable(payer), entries.c.kind != "bill", entries.c.at >= start,
            entries.c.at < stop,
        )
    )  # fmt: skip
    return Money(int(connection.execute(query).scalar_one())) or NOTHING
