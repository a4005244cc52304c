"""Tables of the ward."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

nurse_calls = sa.Table(
    "nurse_calls",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False),
    sa.Column("call_type", sa.String(32), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("line", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("presses", sa.Integer, nullable=False, default=1),
    sa.Column("escalations", sa.Integer, nullable=False, default=0),
    sa.Column("raised_at", Moment, nullable=False),
    sa.Column("acknowledged_at", Moment),
    sa.Column("acknowledged_by", sa.String(64)),
    sa.Column("ended_at", Moment),
    sa.Column("patient", sa.String(64)),
    sa.Column("care_grade", sa.Integer),
    sa.Column("changes", sa.Integer, nullable=False, default=1),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("patience_from", Moment),
    sa.Index("ix_nurse_calls_open", "ended_at", "ward"),
    sa.Index("ix_nurse_calls_raised_at", "raised_at"),
)
"""One row a call. escalations: all it ever had; step: those since it last began to wait.

changes: how often the row was written; what was written once is not written again when the answer was lost.
patience_from: when it was raised, raised anew or last passed on; empty means raised_at.
"""

patients = sa.Table(
    "patients",
    metadata,
    sa.Column("ward", sa.String(32), primary_key=True),
    sa.Column("bed", sa.String(16), primary_key=True),
    sa.Column("number", sa.String(32), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False, default=""),
    sa.Column("born", sa.Date),
    sa.Column("care_grade", sa.Integer, nullable=False),
    sa.Column("admitted_on", sa.Date),
    sa.Column("note", sa.String(200), nullable=False, default=""),
)
"""Who lies where. care_grade: 0 特级, 1 一级, 2 二级, 3 三级."""
