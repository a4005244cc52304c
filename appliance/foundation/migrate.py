"""Bring a database to the tables this version needs, step by step, each step once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).parent.parent / "migrations"


class NewerDatabase(Exception):
    """The database was written by a newer version; it is left as it is."""


def upgrade(engine: sa.Engine) -> None:
    """Run the migrations that are missing, all in one transaction. Raises NewerDatabase."""
    with engine.begin() as connection:
        config = configured(connection)
        _refuse_newer(connection, config)
        command.upgrade(config, "head")


def configured(connection: sa.Connection) -> Config:
    """Alembic's configuration: our steps, on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _refuse_newer(connection: sa.Connection, config: Config) -> None:
    at = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise NewerDatabase(f"the database is at step {at}, unknown here: install the newer version")
