"""Recordings of talk, and who did what with them."""

import sqlalchemy as sa
from alembic import op

from appliance.foundation.database import Moment

revision = "0007"
down_revision = "0010"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=96), nullable=False),
        sa.Column("caller", sa.String(length=32), nullable=False),
        sa.Column("called", sa.String(length=32), nullable=False),
        sa.Column("passed_to", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("extensions", sa.String(length=100), nullable=False),
        sa.Column("trunk", sa.String(length=32), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=48), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("keep_until", Moment(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("store", sa.String(length=8), nullable=False),
        sa.Column("shape", sa.LargeBinary(), nullable=True),
        sa.Column("marked_at", Moment(), nullable=True),
        sa.Column("marked_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("deleted_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    for column in ("call", "caller", "called", "about", "state", "began_at", "keep_until"):
        op.create_index(op.f(f"ix_recordings_{column}"), "recordings", [column], unique=False)
    op.create_table(
        "recording_acts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recording", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["recording"], ["recordings.id"], name=op.f("fk_recording_acts_recording_recordings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_acts")),
    )
    op.create_index(op.f("ix_recording_acts_recording"), "recording_acts", ["recording"], unique=False)
