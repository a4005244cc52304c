"""Every telephone call."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = ("began_at", "called", "caller", "ended_at", "grown_from")


def upgrade() -> None:
    op.create_table(
        "telephone_calls",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("caller", sa.String(length=32), nullable=False),
        sa.Column("called", sa.String(length=32), nullable=False),
        sa.Column("trunk", sa.String(length=32), nullable=False),
        sa.Column("leg", sa.String(length=64), nullable=False),
        sa.Column("grown_from", sa.String(length=32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("first_line", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone_calls")),
    )
    with op.batch_alter_table("telephone_calls", schema=None) as batch_op:
        for column in INDEXES:
            batch_op.create_index(batch_op.f(f"ix_telephone_calls_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("telephone_calls")
