"""Money in double entry: each movement an entry whose postings add up to zero, chained by hashes, never changed."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0012"
branch_labels = None
depends_on = None

GENESIS = "0" * 64
KEYS = {"ledger_entries": (("id",), ("kind", "reference")), "ledger_postings": (("entry", "line"),)}


def upgrade() -> None:
    # In SQL, because a table that others refer to cannot be made anew on SQLite.
    op.execute(
        "ALTER TABLE accounts ADD COLUMN credit_limit BIGINT DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_accounts_credit_limit_not_negative CHECK (credit_limit >= 0)"
    )
    entries = op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("kind", "reference", name=op.f("uq_ledger_entries_kind_reference")),
    )
    postings = op.create_table(
        "ledger_postings",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("book", sa.String(length=80), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=op.f("fk_ledger_postings_account")),
        sa.ForeignKeyConstraint(["entry"], ["ledger_entries.id"], name=op.f("fk_ledger_postings_entry")),
        sa.PrimaryKeyConstraint("entry", "line", name=op.f("pk_ledger_postings")),
    )
    with op.batch_alter_table("ledger_postings", schema=None) as batch_op:
        for column in ("account", "book"):
            batch_op.create_index(batch_op.f(f"ix_ledger_postings_{column}"), [column], unique=False)
    carry_over(entries, postings)
    op.drop_table("ledger")
    for table, keys in KEYS.items():
        guard(table, keys)


def carry_over(entries: sa.Table, postings: sa.Table) -> None:
    """The lines of old become entries: charges against revenue, the rest against the till of whoever moved them."""
    connection = op.get_bind()
    old = sa.Table("ledger", sa.MetaData(), autoload_with=connection)
    number, previous = 0, GENESIS
    for row in connection.execute(sa.select(old).order_by(old.c.id)).all():
        number += 1
        other = "revenue/calls" if row.kind == "charge" else f"cash/{row.by}"
        lines = [[f"account/{row.account}", row.amount, row.balance], [other, -row.amount, None]]
        previous = link(previous, number, row, lines)
        values = {name: getattr(row, name) for name in ("at", "kind", "reference", "by", "note")}
        connection.execute(entries.insert().values(id=number, hash=previous, **values))
        for place, (book, amount, balance) in enumerate(lines):
            account = row.account if place == 0 else None
            connection.execute(
                postings.insert().values(
                    entry=number, line=place, book=book, account=account, amount=amount, balance=balance
                )
            )
    if number:
        tell(connection, number, previous)


def link(previous: str, number: int, row: sa.Row[Any], lines: list[list[object]]) -> str:
    """As `billing.chain.link` had it when this was written."""
    said = [previous, number, utc(row.at).isoformat(), row.kind, row.reference, row.by, row.note, lines]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def utc(at: datetime) -> datetime:
    """SQLite leaves the zone out."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def tell(connection: sa.Connection, entry: int, digest: str) -> None:
    """The journal vouches for what was carried over, as `appliance.foundation.journal.append` had it."""
    journal = sa.Table("journal", sa.MetaData(), autoload_with=connection)
    last = connection.execute(sa.select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)).first()
    line, previous = (last.id, last.hash) if last else (0, GENESIS)
    kind, at = "billing.LedgerCarriedOver", utc(connection.execute(sa.select(sa.func.now())).scalar_one()).isoformat()
    body = json.dumps({"entry": entry, "hash": digest}, separators=(",", ":"))
    said = f"{previous}\n{line + 1}\n{at}\n{kind}\n{body}\n"
    connection.execute(
        journal.insert().values(
            id=line + 1, at=at, kind=kind, body=body, hash=hashlib.sha256(said.encode()).hexdigest()
        )
    )


def guard(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    """As `appliance.foundation.append_only` had it when this was written."""
    refusal = f"{table} is append-only"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN RAISE EXCEPTION '{refusal}'; END$$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        )
        return
    refuse = f"SELECT RAISE(ABORT, '{refusal}');"
    same = " OR ".join(" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN {refuse} END")
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} BEGIN {refuse} END")
