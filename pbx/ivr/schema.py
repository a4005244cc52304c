"""Tables of voice menus: who was in which, every step, and messages that were left."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

menu_calls = sa.Table(
    "menu_calls",
    metadata,
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("flow", sa.String(32), nullable=False),
    sa.Column("caller", sa.String(40), nullable=False),
    sa.Column("entered_at", Moment, nullable=False, index=True),
    sa.Column("left_at", Moment),
    sa.Column("left_flow", sa.String(32), nullable=False, default=""),
    sa.Column("left_node", sa.String(32), nullable=False, default=""),
    sa.Column("why", sa.String(16), nullable=False, default=""),
    sa.Column("channel", sa.String(150), nullable=False, default="", server_default=""),
    sa.Column("language", sa.String(2), nullable=False, default="", server_default=""),
    sa.Column("variables", sa.Text, nullable=False, default="{}", server_default="{}"),
)
"""why: end, hung-up, too-long, failed, stopped; empty while they are in it. left_flow, left_node: where they are until
then. channel, language, variables: what it takes to go on after a restart; nothing that is secret is among them."""

menu_steps = sa.Table(
    "menu_steps",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("call", sa.String(32), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("flow", sa.String(32), nullable=False),
    sa.Column("node", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("detail", sa.String(80), nullable=False, default=""),
)
"""what: enter, key, timeout, wrong, keyed, work, off, holiday, found, none, failed, answered, busy, kept, … Never what
was keyed under a node that is secret."""

menu_messages = sa.Table(
    "menu_messages",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("call", sa.String(32), nullable=False),
    sa.Column("flow", sa.String(32), nullable=False),
    sa.Column("node", sa.String(32), nullable=False),
    sa.Column("caller", sa.String(40), nullable=False),
    sa.Column("left_at", Moment, nullable=False, index=True),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("heard_at", Moment),
    sa.Column("heard_by", sa.String(64), nullable=False, default=""),
)
"""Messages that callers left; the sound is the file `name`.wav."""
