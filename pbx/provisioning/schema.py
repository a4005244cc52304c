"""Telephones that asked for their configuration."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

phones = sa.Table(
    "phones",
    metadata,
    sa.Column("id", sa.String(12), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("maker", sa.String(16), nullable=False),
    sa.Column("model", sa.String(40), nullable=False),
    sa.Column("firmware", sa.String(40), nullable=False),
    sa.Column("address", sa.String(45), nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
    sa.Column("extension", sa.String(12), unique=True),
    sa.Column("place", sa.String(64), nullable=False),
    sa.Column("accepted_by", sa.String(32), nullable=False),
    sa.Column("accepted_at", Moment),
    sa.Column("opens_for", sa.String(45), nullable=False),
    sa.Column("opens_until", Moment),
    sa.Column("fetched_at", Moment),
    sa.Column("begged_at", Moment),
    sa.Column("token_hash", sa.String(64), nullable=False, index=True),
    sa.Column("admin_password", sa.String(64), nullable=False),
)
"""id: the MAC, or `soft` and eight digits for a softphone. state: waiting, accepted, refused. address: where it asked
from last. opens_for, opens_until: the one address that may fetch the first configuration, and until when. fetched_at:
when it had its configuration last. begged_at: when it last asked without its token and got nothing. token_hash: SHA-256
of what stands in the address it asks; empty before the first configuration."""
