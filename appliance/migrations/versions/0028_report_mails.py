"""Reports that were sent by e-mail, and what the file of a mail is called."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("mail", sa.String(length=32), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mail", "last", name=op.f("pk_mailings")),
    )
    op.create_index(op.f("ix_mailings_at"), "mailings", ["at"])
    op.add_column("notices", sa.Column("named", sa.String(length=100), nullable=False, server_default=""))
