"""Tables of the guard against toll fraud."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

guard_alarms = sa.Table(
    "guard_alarms",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("last_at", Moment, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("rule", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("account", sa.String(12), nullable=False),
    sa.Column("extension", sa.String(12), nullable=False),
    sa.Column("called", sa.String(20), nullable=False),
    sa.Column("call", sa.String(32), nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("acknowledged_at", Moment),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Index("ix_guard_alarms_rule_subject", "rule", "subject"),
)
"""What was found, once until somebody has looked: the same again counts `times` and is told nobody twice."""

guard_countries = sa.Table(
    "guard_countries",
    metadata,
    sa.Column("country", sa.String(8), primary_key=True),
    sa.Column("since", Moment, nullable=False),
)
"""Countries that were called before, or that somebody has said are fine."""

guard_calls = sa.Table(
    "guard_calls",
    metadata,
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("extension", sa.String(12), nullable=False),
    sa.Column("called", sa.String(20), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("ended_at", Moment, index=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
)
"""Calls that no account pays for, as long as a window may look back on them. amount: what they would have cost a
patient, in 1/10 000 yuan; of one that is not over, as much as a lease would hold."""

guard_stops = sa.Table(
    "guard_stops",
    metadata,
    sa.Column("account", sa.String(12), primary_key=True),
    sa.Column("at", Moment, nullable=False),
)
"""Accounts that were stopped in mid-call: what of theirs began before is to be hung up, also after a restart."""
