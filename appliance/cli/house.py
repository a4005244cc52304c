"""What several verbs need: the records without a reactor, and the plan in force."""

from __future__ import annotations

import click
import sqlalchemy as sa

from appliance import revisions
from appliance.cli.language import say
from appliance.foundation.database import DirectDatabase, create_engine, reading
from appliance.foundation.migrate import NewerDatabase, upgrade
from appliance.plan import Plan
from appliance.settings import Settings


def open_database(settings: Settings) -> DirectDatabase:
    """The records, brought to this version's tables."""
    engine = create_engine(settings.database_url)
    try:
        upgrade(engine)
    except (sa.exc.OperationalError, NewerDatabase) as why:
        first = str(why).splitlines()[0]
        raise click.ClickException(say("The records cannot be opened: {why}", why=first)) from why
    return DirectDatabase(engine)


def open_for_reading(settings: Settings) -> DirectDatabase:
    """The records, for reading beside a running daemon."""
    return DirectDatabase(reading(open_database(settings).engine))


def plan_in_force(database: DirectDatabase) -> Plan:
    """The active revision of the plan."""
    with database.engine.begin() as connection:
        revision = revisions.active(connection)
    if revision is None:
        raise click.ClickException(say("No plan is in force: load one with 'nightbell plan load FILE --activate'."))
    return revision.plan
