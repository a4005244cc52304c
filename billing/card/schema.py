"""Tables of the one-card. Money columns are whole 1/10 000 yuan."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), primary_key=True),
    sa.Column("card", sa.String(32), nullable=False, unique=True),
    sa.Column("linked_at", Moment, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
)
"""Which account pays by which card."""

card_holds = sa.Table(
    "card_holds",
    metadata,
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(12), sa.ForeignKey("accounts.number"), nullable=False, index=True),
    sa.Column("card", sa.String(32), nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("opened_at", Moment, nullable=False),
)
"""What the card system is known to hold for a call. state: open, closing (its end is ordered), closed (confirmed)."""

card_orders = sa.Table(
    "card_orders",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("call", sa.String(32), nullable=False, index=True),
    sa.Column("account", sa.String(12), nullable=False),
    sa.Column("card", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("written_at", Moment, nullable=False, index=True),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("resolved_at", Moment),
    sa.Column("why", sa.String(200), nullable=False),
)
"""The outbox: each request is written here before it is sent, and resolved once.

kind: reserve, commit, release. state: due; done; refused (of a commit or release: asked again each hour, a person must
look); dropped (a reservation that no call waits for any more: its hold is released or committed instead).
"""
