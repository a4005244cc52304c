"""The guard against toll fraud: alarms, countries that were called, accounts that were stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guard_alarms",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("extension", sa.String(length=12), nullable=False),
        sa.Column("called", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard_alarms")),
    )
    op.create_index(op.f("ix_guard_alarms_at"), "guard_alarms", ["at"])
    op.create_index("ix_guard_alarms_rule_subject", "guard_alarms", ["rule", "subject"])
    op.create_table(
        "guard_countries",
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_guard_countries")),
    )
    op.create_table(
        "guard_stops",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_guard_stops")),
    )
    # What is spent in a window, and what is under way, is asked before every call.
    op.create_index(op.f("ix_leases_state"), "leases", ["state"])
    op.create_index(op.f("ix_leases_ended_at"), "leases", ["ended_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_leases_ended_at"), "leases")
    op.drop_index(op.f("ix_leases_state"), "leases")
    for table in ("guard_stops", "guard_countries", "guard_alarms"):
        op.drop_table(table)
