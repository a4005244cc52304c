"""Who is billed by the month, and months that are closed."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLE = "closings"
REFUSAL = f"{TABLE} is append-only"


def upgrade() -> None:
    op.create_table(
        "payers",
        sa.Column("payer", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("billed_month", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=op.f("fk_payers_account")),
        sa.PrimaryKeyConstraint("payer", name=op.f("pk_payers")),
        sa.UniqueConstraint("account", name=op.f("uq_payers_account")),
    )
    op.create_table(
        TABLE,
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("balances", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_closings")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN RAISE EXCEPTION '{REFUSAL}'; END$$"
        )
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()"
        )
        return
    refuse = f"SELECT RAISE(ABORT, '{REFUSAL}');"
    taken = f"EXISTS (SELECT 1 FROM {TABLE} WHERE month = NEW.month)"  # noqa: S608 - our own name
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {TABLE}_no_{act.lower()} BEFORE {act} ON {TABLE} BEGIN {refuse} END")
    op.execute(f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} WHEN {taken} BEGIN {refuse} END")
