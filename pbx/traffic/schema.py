"""Table of what went over trunks."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

trunk_hours = sa.Table(
    "trunk_hours",
    metadata,
    sa.Column("trunk", sa.String(32), primary_key=True),
    sa.Column("hour", Moment, primary_key=True),
    sa.Column("incoming", sa.Boolean, primary_key=True),
    sa.Column("seizures", sa.Integer, nullable=False),
    sa.Column("answers", sa.Integer, nullable=False),
    sa.Column("busy", sa.Integer, nullable=False),
    sa.Column("congestion", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("talk_ms", sa.BigInteger, nullable=False),
    sa.Column("held_ms", sa.BigInteger, nullable=False),
    sa.Column("peak", sa.Integer, nullable=False),
    sa.Column("rung", sa.Integer, nullable=False, server_default="0"),
    sa.Column("delay_ms", sa.BigInteger, nullable=False, server_default="0"),
)
"""One row an hour, from its first moment on, UTC. A call counts in the hour it began in, its time in every hour it
lasted into. talk: from the answer; held: from when the line was taken. busy: people who were busy or did not answer.
congestion: the carrier had no line. failures: it did not take the call for another reason. peak: lines in use at once,
in both directions; it stands in the rows of calls out. rung: calls out that rang or were answered; delay: from the
seizure to that, summed (post-dial delay)."""
