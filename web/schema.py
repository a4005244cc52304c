"""Tables of the panel: who may log in, and who is logged in."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("shown", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("wards", sa.Text, nullable=False, default=""),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False, default=True),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("language", sa.String(2)),
    sa.Column("theme", sa.String(8)),
    sa.Column("made_at", Moment, nullable=False),
)
"""role: nurse, cashier, manager, it, admin, board. wards: plan ids with spaces between; empty means every ward."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(32), sa.ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
)
"""token_hash: SHA-256 of the cookie; the cookie itself is nowhere but in the browser."""
