"""Accounts are found by card, and know whose visit they belong to."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("card", sa.String(length=64), nullable=True))
    op.add_column("accounts", sa.Column("patient", sa.String(length=80), server_default="", nullable=False))
    op.add_column("accounts", sa.Column("leaving_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_accounts_card"), "accounts", ["card"], unique=True)
    op.create_index(op.f("ix_accounts_patient"), "accounts", ["patient"], unique=False)
