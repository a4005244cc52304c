"""What went over each trunk, hour by hour."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trunk_hours",
        sa.Column("trunk", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incoming", sa.Boolean(), nullable=False),
        sa.Column("seizures", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=False),
        sa.Column("congestion", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("held_ms", sa.BigInteger(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("trunk", "hour", "incoming", name=op.f("pk_trunk_hours")),
    )


def downgrade() -> None:
    op.drop_table("trunk_hours")
