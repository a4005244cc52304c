"""Tables of who is kept out."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

bans = sa.Table(
    "sip_bans",
    metadata,
    sa.Column("address", sa.String(64), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("names", sa.String(200), nullable=False, default="", server_default=""),
    sa.Column("lifted_by", sa.String(32), nullable=False, default="", server_default=""),
)
"""The last ban of each address; it holds until `until`, unless it was lifted. times: how often it was banned. names:
some that it claimed, with commas."""
