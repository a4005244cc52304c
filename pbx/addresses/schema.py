"""The table of the address book."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import metadata

addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("department", sa.String(64), nullable=False, default="", server_default=""),
    sa.Column("numbers", sa.String(200), nullable=False),
    sa.Column("note", sa.String(200), nullable=False, default="", server_default=""),
    sa.Column("vip", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
)
"""One row each. numbers: separated by blanks, the one to call first."""
