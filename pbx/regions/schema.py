"""The table of regions as it was imported."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

region_tables = sa.Table(
    "region_tables",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("imported_at", Moment, nullable=False),
    sa.Column("imported_by", sa.String(64), nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("csv", sa.Text, nullable=False),
)
"""One row: a new table takes the place of the one before. Its rows are parsed once and kept in memory."""
