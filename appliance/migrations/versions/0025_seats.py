"""Who sits at whose telephone, and by which PIN."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seats",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("telephone", sa.String(length=12), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seats")),
        sa.UniqueConstraint("telephone", name=op.f("uq_seats_telephone")),
    )
    op.create_table(
        "seat_pins",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seat_pins")),
    )


def downgrade() -> None:
    op.drop_table("seat_pins")
    op.drop_table("seats")
