"""Whether the one-time code still counts; apart from what makes it: the screen need not load a whole hospital."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.box.places import ADMIN
from appliance.foundation.database import create_engine
from appliance.settings import Settings
from web.schema import users


def is_pending(settings: Settings) -> bool:
    """Whether the administrator still has to change the one-time code."""
    engine = create_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            wanted = sa.select(users.c.must_change).where(users.c.name == ADMIN)
            return bool(connection.execute(wanted).scalar())
    finally:
        engine.dispose()
