"""Numbers that an account keeps under the keys of a telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "speed_dials",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=1), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=op.f("fk_speed_dials_account_accounts")),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_speed_dials")),
    )
