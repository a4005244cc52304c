"""What it takes to go on with callers in menus after a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0009b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("menu_calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=150), server_default="", nullable=False))
        batch_op.add_column(sa.Column("language", sa.String(length=2), server_default="", nullable=False))
        batch_op.add_column(sa.Column("variables", sa.Text(), server_default="{}", nullable=False))
