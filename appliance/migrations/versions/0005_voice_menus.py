"""Voice menus: who was in which, every step, and messages that were left."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_calls",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_flow", sa.String(length=32), nullable=False),
        sa.Column("left_node", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_menu_calls")),
    )
    with op.batch_alter_table("menu_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_menu_calls_entered_at"), ["entered_at"], unique=False)
    op.create_table(
        "menu_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_steps")),
    )
    with op.batch_alter_table("menu_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_menu_steps_call"), ["call"], unique=False)
    op.create_table(
        "menu_messages",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_menu_messages")),
    )
    with op.batch_alter_table("menu_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_menu_messages_left_at"), ["left_at"], unique=False)
