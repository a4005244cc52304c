"""Addresses that are kept out of the exchange."""

import sqlalchemy as sa
from alembic import op

revision = "0009b"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sip_bans",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("names", sa.String(length=200), server_default="", nullable=False),
        sa.Column("lifted_by", sa.String(length=32), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_sip_bans")),
    )
