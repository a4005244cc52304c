"""Tables of 600 billing. Money columns are whole 1/10 000 yuan."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.append_only import append_only
from appliance.foundation.database import Moment, metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("number", sa.String(12), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("language", sa.String(2), nullable=False, default="zh"),
    sa.Column("pin_hash", sa.String(200), nullable=False),
    sa.Column("balance", sa.BigInteger, nullable=False, default=0),
    sa.Column("reserved", sa.BigInteger, nullable=False, default=0),
    sa.Column("credit_limit", sa.BigInteger, nullable=False, default=0, server_default="0"),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("card", sa.String(64), unique=True, index=True),
    sa.Column("patient", sa.String(80), nullable=False, default="", server_default="", index=True),
    sa.Column("leaving_at", Moment),
    sa.CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    sa.CheckConstraint("credit_limit >= 0", name="credit_limit_not_negative"),
)
"""state: open, frozen, closed. `balance` is the sum of the account's ledger lines, kept beside them.

It may fall to -`credit_limit`: what `reserved` holds never exceeds both together. card: what a card reader types.
patient: the key of the holder's visit, empty for who is no patient. leaving_at: when the holder was discharged from the
ward, as long as the account is still to be settled.
"""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), nullable=False),
    sa.Column("extension", sa.String(12), nullable=False),
    sa.Column("called", sa.String(20), nullable=False),
    sa.Column("trunk", sa.String(32), nullable=False),
    sa.Column("tariff_version", sa.Integer, nullable=False),
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("granted_seconds", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("last_seen_at", Moment),
    sa.Column("ended_at", Moment, index=True),
    sa.Column("seconds", sa.Integer),
    sa.Column("charge", sa.BigInteger),
    sa.Column("cost", sa.BigInteger),
    sa.Column("explanation", sa.Text),
    sa.Column("most_seconds", sa.Integer),
)
"""One billed call and the credit it holds. state: reserved, talking, settled. The call's id is its exchange id too.

most_seconds: how long it may last whatever is paid, by the caller's class; null for as long as that.
"""

speed_dials = sa.Table(
    "speed_dials",
    metadata,
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), primary_key=True),
    sa.Column("key", sa.String(1), primary_key=True),
    sa.Column("number", sa.String(20), nullable=False),
)
"""Numbers that an account keeps under the keys 1 to 9, E.164 without +."""

entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("reference", sa.String(64), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("note", sa.String(200), nullable=False, default=""),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("kind", "reference"),
)
"""Every movement of money, numbered from 1 without a gap, each with the hash of itself and the one before.

`reference` makes a movement idempotent (a call's id, a receipt number).
"""

postings = sa.Table(
    "ledger_postings",
    metadata,
    sa.Column("entry", sa.ForeignKey("ledger_entries.id"), primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("book", sa.String(80), nullable=False, index=True),
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), index=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("balance", sa.BigInteger),
)
"""What an entry moves: its amounts add up to zero. See `billing.books` for the books and the sign.

`account` and the `balance` after it where the book is a caller's account.
"""

payers = sa.Table(
    "payers",
    metadata,
    sa.Column("payer", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), nullable=False, unique=True),
    sa.Column("billed_month", sa.String(7), nullable=False),
)
"""Who is billed by the month (`bed/8001`, `department/surgery`), by which account, and the month of the last bill."""

closings = sa.Table(
    "closings",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("until", Moment, nullable=False),
    sa.Column("entry", sa.BigInteger, nullable=False),
    sa.Column("closed_at", Moment, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("balances", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
"""Months into which nothing more is written. until: where the next begins; entry: the last of the month.

balances: of every book at its end, as JSON; hash: over all of it, which the journal has too.
"""

append_only(closings, ("month",))
append_only(entries, ("id",), ("kind", "reference"))
append_only(postings, ("entry", "line"))

ledger = (
    sa.select(
        entries.c.id,
        postings.c.account,
        entries.c.at,
        entries.c.kind,
        postings.c.amount,
        postings.c.balance,
        entries.c.reference,
        entries.c.by,
        entries.c.note,
    )
    .join_from(postings, entries)
    .where(postings.c.account.is_not(None))
    .subquery("ledger")
)
"""The same as callers' accounts see it: one line a movement of an account, amount signed, balance after it."""

tariff_versions = sa.Table(
    "tariff_versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("valid_from", Moment, nullable=False),
    sa.Column("imported_at", Moment, nullable=False),
    sa.Column("csv", sa.Text, nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("imported_by", sa.String(64), nullable=False, server_default=""),
    sa.UniqueConstraint("name", "valid_from"),
    sqlite_autoincrement=True,  # the number of a version that was taken back is never given out again
)
"""A tariff as it was imported; rows are parsed once and kept in memory. The newest valid version counts."""
