"""Tables of the telephone edge."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

sip_secrets = sa.Table(
    "sip_secrets",
    metadata,
    sa.Column("extension", sa.String(12), primary_key=True),
    sa.Column("secret", sa.String(64), nullable=False),
)
"""Made by the box, one an extension: there is no default password."""

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("to", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("about", sa.String(64), nullable=False, default=""),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("accepted_at", Moment, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("next_try_at", Moment),
    sa.Column("sent_at", Moment),
    sa.Column("delivered_at", Moment),
    sa.Column("why", sa.String(200), nullable=False, default=""),
)
"""state: waiting, sent, delivered, failed. `about` names what it is for, e.g. a nurse call's id."""

message_parts = sa.Table(
    "message_parts",
    metadata,
    sa.Column("message", sa.String(32), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("modem", sa.String(32)),
    sa.Column("reference", sa.Integer),
    sa.Column("sent_at", Moment),
    sa.Column("delivered_at", Moment),
)
"""Parts of a long message; `reference` is the network's (TP-MR), so that a delivery report finds its part."""

received_messages = sa.Table(
    "received_messages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("sender", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("modem", sa.String(32), nullable=False),
)
