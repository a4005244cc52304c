"""Accounts that pay by card, what the card system holds for their calls, and what it is still to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=op.f("fk_cards_account")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_cards")),
        sa.UniqueConstraint("card", name=op.f("uq_cards_card")),
    )
    op.create_table(
        "card_holds",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=op.f("fk_card_holds_account")),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_card_holds")),
    )
    op.create_table(
        "card_orders",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("card", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_card_orders")),
    )
    for table, columns in (("card_holds", ("account", "state")), ("card_orders", ("call", "state", "written_at"))):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in ("card_orders", "card_holds", "cards"):
        op.drop_table(table)
