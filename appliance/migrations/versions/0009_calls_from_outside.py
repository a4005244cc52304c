"""Callers who are blocked, schedules that are switched."""

import sqlalchemy as sa
from alembic import op

from appliance.foundation.database import Moment

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocked_callers",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_blocked_callers")),
    )
    op.create_table(
        "switched_schedules",
        sa.Column("schedule", sa.String(length=32), nullable=False),
        sa.Column("position", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("schedule", name=op.f("pk_switched_schedules")),
    )
