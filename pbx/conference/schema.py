"""Tables of the conference rooms."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

conference_pins = sa.Table(
    "conference_pins",
    metadata,
    sa.Column("room", sa.String(12), primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("pin_hash", sa.String(200), nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", sa.String(32), nullable=False),
)
"""kind: member, chairman. Made by the box at somebody's wish, shown once, kept hashed."""
