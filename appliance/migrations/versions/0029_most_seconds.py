"""How long a paid call may last whatever is paid, kept so that the next life knows it too."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leases", sa.Column("most_seconds", sa.Integer()))
