"""Tables of 600 billing. Money columns are whole 1/10 000 yuan."""

from __future__ import annotations

import sqlalchemy as sa

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
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.CheckConstraint("reserved >= 0", name="reserved_not_negative"),
)
"""state: open, frozen, closed. `balance` is the sum of the account's ledger lines, kept beside them."""

pin_failures = sa.Table(
    "pin_failures",
    metadata,
    sa.Column("subject", sa.String(40), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", Moment),
)
"""subject: `account:100001` or `extension:8001`. `failures` count until `locked_until`; enough of them lock."""

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
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("last_seen_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("seconds", sa.Integer),
    sa.Column("charge", sa.BigInteger),
    sa.Column("cost", sa.BigInteger),
    sa.Column("explanation", sa.Text),
)
"""One billed call and the credit it holds. state: reserved, talking, settled. The call's id is its exchange id too."""

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("reference", sa.String(64), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("note", sa.String(200), nullable=False, default=""),
    sa.UniqueConstraint("kind", "reference"),
)
"""Every movement: deposit, refund, charge. `reference` makes a movement idempotent (a call's id, a receipt number)."""

tariff_versions = sa.Table(
    "tariff_versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("valid_from", Moment, nullable=False),
    sa.Column("imported_at", Moment, nullable=False),
    sa.Column("csv", sa.Text, nullable=False),
    sa.UniqueConstraint("name", "valid_from"),
)
"""A tariff as it was imported; rows are parsed once and kept in memory. The newest valid version counts."""
