"""Tables of the mailboxes. Sound is in files, named after the message."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

voicemails = sa.Table(
    "voicemails",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("mailbox", sa.String(12), nullable=False, index=True),
    sa.Column("caller", sa.String(20), nullable=False),
    sa.Column("left_at", Moment, nullable=False, index=True),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("heard_at", Moment),
)
"""caller: an extension, or a number outside; empty where it was hidden. heard_at: None while the message is new."""

mailbox_pins = sa.Table(
    "mailbox_pins",
    metadata,
    sa.Column("mailbox", sa.String(12), primary_key=True),
    sa.Column("pin_hash", sa.String(200), nullable=False),
    sa.Column("set_at", Moment, nullable=False),
)
"""Chosen by the owner at the telephone, kept hashed."""
