"""The guard against toll fraud looks at calls without an account, too."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guard_calls",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("extension", sa.String(length=12), nullable=False),
        sa.Column("called", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_guard_calls")),
    )
    op.create_index(op.f("ix_guard_calls_ended_at"), "guard_calls", ["ended_at"])


def downgrade() -> None:
    op.drop_table("guard_calls")
