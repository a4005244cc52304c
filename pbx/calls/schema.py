"""The table of calls."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

telephone_calls = sa.Table(
    "telephone_calls",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("direction", sa.String(10), nullable=False, default="internal"),
    sa.Column("caller", sa.String(32), nullable=False, index=True),
    sa.Column("called", sa.String(32), nullable=False, default="", index=True),
    sa.Column("trunk", sa.String(32), nullable=False, default=""),
    sa.Column("leg", sa.String(64), nullable=False, default=""),
    sa.Column("grown_from", sa.String(32), nullable=False, default="", index=True),
    sa.Column("began_at", Moment, nullable=False, index=True),
    sa.Column("answered_at", Moment),
    sa.Column("answered_by", sa.String(32), nullable=False, default=""),
    sa.Column("ended_at", Moment, index=True),
    sa.Column("outcome", sa.String(16), nullable=False, default=""),
    sa.Column("first_line", sa.BigInteger, nullable=False, default=0),
)
"""One row a call; `first_line`: of the journal, where what is said of it begins. ended_at: None while it lasts."""
