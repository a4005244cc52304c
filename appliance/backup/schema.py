"""The table of backups."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

backups = sa.Table(
    "backups",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("backup", sa.String(32), nullable=False, index=True),
    sa.Column("began_at", Moment, nullable=False, index=True),
    sa.Column("ended_at", Moment),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("file", sa.String(400), nullable=False),
    sa.Column("octets", sa.BigInteger, nullable=False),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
)
"""One a try. backup: its id in the plan, empty for one by hand. state: `going`, `made`, `failed`. why: a message id,
`facts` (a JSON object) fill its fields."""
