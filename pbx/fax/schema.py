"""The table of faxes. Their pages are in files, named after the fax."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata

faxes = sa.Table(
    "faxes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("line", sa.String(12), nullable=False),
    sa.Column("number", sa.String(32), nullable=False),
    sa.Column("by", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("ended_at", Moment),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("station", sa.String(32), nullable=False),
    sa.Column("mode", sa.String(8), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", Moment),
    sa.Column("why", sa.String(200), nullable=False),
)
"""direction: in, out. line: the fax number that took it, or the extension by whose right it is sent. number: the other
side's, empty where it is hidden. by: the log-in that sends it, or `menu ID`, the voice menu
in which it was asked for. state: received, partial (in); waiting, sending, sent,
failed (out). pages: received, or put through. station: what the other machine calls itself. mode: T38, audio."""

fax_documents = sa.Table(
    "fax_documents",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
)
"""What voice menus may fax. The pages are in files, named after the document. by: the log-in that uploaded it."""
