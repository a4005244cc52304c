"""Tables of recordings."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("call", sa.String(64), nullable=False, index=True),
    sa.Column("channel", sa.String(96), nullable=False),
    sa.Column("caller", sa.String(32), nullable=False, index=True),
    sa.Column("called", sa.String(32), nullable=False, index=True),
    sa.Column("passed_to", sa.String(32), nullable=False),
    sa.Column("direction", sa.String(8), nullable=False),
    sa.Column("extensions", sa.String(100), nullable=False),
    sa.Column("trunk", sa.String(32), nullable=False),
    sa.Column("queue", sa.String(32), nullable=False),
    sa.Column("rule", sa.String(48), nullable=False),
    sa.Column("about", sa.String(64), nullable=False, index=True),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("began_at", Moment, nullable=False, index=True),
    sa.Column("ended_at", Moment),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("keep_until", Moment, nullable=False, index=True),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("octets", sa.BigInteger, nullable=False),
    sa.Column("store", sa.String(8), nullable=False),
    sa.Column("shape", sa.LargeBinary),
    sa.Column("marked_at", Moment),
    sa.Column("marked_by", sa.String(64), nullable=False),
    sa.Column("note", sa.String(400), nullable=False),
    sa.Column("deleted_at", Moment),
    sa.Column("deleted_by", sa.String(64), nullable=False),
)
"""One a leg of talk. state: `going`, `taken` (over, its sound not yet sealed), `kept`, `empty` (no sound came),
`deleted`. channel: the exchange's, on which it is taken. extensions: those that took part, `,8001,8002,`. passed_to:
whom the call went to from there. about: what it belongs to besides the call, as its maker names it. seconds: of sound.
store: `main`, `second`. shape: the loudest of each stretch, left and right in turn, 0 to 255, to be drawn."""

recording_acts = sa.Table(
    "recording_acts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("recording", sa.String(32), sa.ForeignKey("recordings.id"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
)
"""Who did what with a recording: `heard`, `exported`, `marked`, `unmarked`, `deleted`. The journal has it too."""
