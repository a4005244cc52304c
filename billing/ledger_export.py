"""The ledger for the hospital's own accounts: one row a posting, debit and credit in yuan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Literal

import sqlalchemy as sa

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Cell, table_file
from appliance.foundation.values import Language, Money, in_yuan
from billing.report_words import KINDS
from billing.schema import accounts, entries, postings

COLUMNS = (
    "Entry number", "Time", "Kind of entry", "Voucher", "By", "Remark", "Book", "Account holder", "Debit (yuan)",
    "Credit (yuan)", "Hash",
)  # fmt: skip


def export(
    connection: sa.Connection,
    start: datetime,
    end: datetime,
    zone: tzinfo,
    language: Language,
    kind: Literal["csv", "xlsx"],
) -> bytes:
    """Every posting of [start, end), oldest first, as a file for spreadsheets; each entry's debits equal its credits.

    Raises sheets.TooManyRows.
    """
    rows = _rows(connection, start, end, zone, language)
    return table_file(kind, translate("General ledger", language), rows)


def _rows(
    connection: sa.Connection, start: datetime, end: datetime, zone: tzinfo, language: Language
) -> Iterator[list[Cell]]:
    yield [translate(column, language) for column in COLUMNS]
    query = (
        sa.select(entries, postings.c.book, postings.c.amount, accounts.c.holder)
        .join_from(entries, postings)
        .join(accounts, accounts.c.number == postings.c.account, isouter=True)
        .where(entries.c.at >= start, entries.c.at < end)
        .order_by(entries.c.id, postings.c.line)
    )
    for row in connection.execute(query.execution_options(yield_per=1000)):
        debit, credit = (Money(-row.amount), None) if row.amount < 0 else (None, Money(row.amount))
        yield [
            row.id,
            row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            translate(KINDS.get(row.kind, row.kind), language),
            row.reference,
            row.by,
            row.note,
            row.book,
            row.holder or "",
            None if debit is None else float(in_yuan(debit)),
            None if credit is None else float(in_yuan(credit)),
            row.hash,
        ]
