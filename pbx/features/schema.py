"""What extensions want done with their calls."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import metadata

NUMBER = 32

extension_wishes = sa.Table(
    "extension_wishes",
    metadata,
    sa.Column("extension", sa.String(12), primary_key=True),
    sa.Column("do_not_disturb", sa.Boolean, nullable=False),
    sa.Column("call_waiting", sa.Boolean, nullable=False),
    sa.Column("always", sa.String(NUMBER), nullable=False),
    sa.Column("busy", sa.String(NUMBER), nullable=False),
    sa.Column("no_answer", sa.String(NUMBER), nullable=False),
    sa.Column("follow_me", sa.String(NUMBER), nullable=False),
    sa.Column("in_turn", sa.String(400), nullable=False),
)
"""Extensions without a row take calls as they come. in_turn: numbers with spaces between."""
