"""Tables of calls from outside."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

blocked_callers = sa.Table(
    "blocked_callers",
    metadata,
    sa.Column("number", sa.String(24), primary_key=True),
    sa.Column("note", sa.String(200), nullable=False, default="", server_default=""),
    sa.Column("by", sa.String(32), nullable=False),
    sa.Column("at", Moment, nullable=False),
)
"""Callers blocked at the panel, beside those of the plan. number: a pattern as the plan has them."""

switched_schedules = sa.Table(
    "switched_schedules",
    metadata,
    sa.Column("schedule", sa.String(32), primary_key=True),
    sa.Column("position", sa.String(8), nullable=False),
    sa.Column("by", sa.String(32), nullable=False),
    sa.Column("at", Moment, nullable=False),
)
"""Schedules that a hand switched: open, closed. A row that is not there goes by its hours."""
