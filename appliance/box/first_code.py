"""Whether the one-time code is used up; apart from what makes it: the screen need not load a whole hospital."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.box.places import ADMIN
from appliance.foundation.database import create_engine
from appliance.settings import Settings
from web.schema import users


def was_changed(settings: Settings) -> bool:
    """Whether the administrator has put a password in the one-time code's place; not while there is none yet, or the
    records cannot be read: the code is on the disk before its log-in is made.
    """
    engine = create_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            wanted = sa.select(users.c.must_change).where(users.c.name == ADMIN)
            must_change = connection.execute(wanted).scalar()
    except sa.exc.SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    return must_change is not None and not must_change
