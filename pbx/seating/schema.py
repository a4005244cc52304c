"""Who sits where, and the PINs by which people say that they are who they are."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("number", sa.String(12), primary_key=True),
    sa.Column("telephone", sa.String(12), nullable=False, unique=True),
    sa.Column("since", Moment, nullable=False),
)
"""Numbers that are at another telephone than their own. One telephone has one."""

seat_pins = sa.Table(
    "seat_pins",
    metadata,
    sa.Column("number", sa.String(12), primary_key=True),
    sa.Column("pin_hash", sa.String(200), nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
)
