"""What extensions want done with their calls: forwards, do not disturb, call waiting, where one is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extension_wishes",
        sa.Column("extension", sa.String(length=12), nullable=False),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        sa.Column("call_waiting", sa.Boolean(), nullable=False),
        sa.Column("always", sa.String(length=32), nullable=False),
        sa.Column("busy", sa.String(length=32), nullable=False),
        sa.Column("no_answer", sa.String(length=32), nullable=False),
        sa.Column("follow_me", sa.String(length=32), nullable=False),
        sa.Column("in_turn", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("extension", name=op.f("pk_extension_wishes")),
    )


def downgrade() -> None:
    op.drop_table("extension_wishes")
