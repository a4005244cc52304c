"""The calls a tariff is tried on, read row by row, so that a large month needs little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing.bill import whole_seconds
from billing.schema import leases
from billing.trial import Side, Talk

AT_ONCE = 1000


def count_talks(connection: sa.Connection, start: datetime, end: datetime, side: Side, trunks: Sequence[str]) -> int:
    """How many `talks` there are."""
    query = _where(sa.select(sa.func.count()).select_from(leases), start, end, side, trunks)
    return int(connection.execute(query).scalar_one())


def talks(
    connection: sa.Connection, start: datetime, end: datetime, side: Side, trunks: Sequence[str]
) -> Iterator[Talk]:
    """Settled calls answered in [start, end), oldest first; over `trunks` only where any are named.

    A caller paid for the seconds that were billed; a carrier asks for those that were measured.
    """
    columns = (
        leases.c.called,
        leases.c.answered_at,
        leases.c.ended_at,
        leases.c.seconds,
        leases.c.charge,
        leases.c.cost,
    )
    query = _where(sa.select(*columns), start, end, side, trunks).order_by(leases.c.answered_at)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(query):
        if side == "charge":
            yield Talk(row.called, row.answered_at, row.seconds, Money(row.charge))
        else:
            yield Talk(row.called, row.answered_at, whole_seconds(row.ended_at - row.answered_at), Money(row.cost or 0))


def _where(query: sa.Select[Any], start: datetime, end: datetime, side: Side, trunks: Sequence[str]) -> sa.Select[Any]:
    answered = leases.c.answered_at
    query = query.where(leases.c.state == "settled", answered >= start, answered < end, leases.c.ended_at.is_not(None))
    return query.where(leases.c.trunk.in_(trunks)) if side == "cost" else query
