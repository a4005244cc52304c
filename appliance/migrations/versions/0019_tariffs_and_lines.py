"""What tariff versions are listed by, how long carriers take to ring, and who numbers belong to."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Made anew, so that SQLite never gives out a number twice.
    with op.batch_alter_table(
        "tariff_versions", schema=None, recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto",
        table_kwargs={"sqlite_autoincrement": True},
    ) as batch_op:  # fmt: skip
        batch_op.add_column(sa.Column("row_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("imported_by", sa.String(length=64), server_default="", nullable=False))
    connection = op.get_bind()
    versions = sa.table("tariff_versions", sa.column("id"), sa.column("csv"), sa.column("row_count"))
    for version, text in connection.execute(sa.select(versions.c.id, versions.c.csv)).all():
        count = sum(bool(line.strip(" ,")) for line in text.splitlines()) - 1
        connection.execute(versions.update().where(versions.c.id == version).values(row_count=count))
    with op.batch_alter_table("trunk_hours", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rung", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("delay_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "region_tables",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=64), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("csv", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_tables")),
    )


def downgrade() -> None:
    op.drop_table("region_tables")
    with op.batch_alter_table("trunk_hours", schema=None) as batch_op:
        batch_op.drop_column("delay_ms")
        batch_op.drop_column("rung")
    with op.batch_alter_table("tariff_versions", schema=None) as batch_op:
        batch_op.drop_column("imported_by")
        batch_op.drop_column("row_count")
