"""Bring a database to the tables this version needs, step by step, each step once.

An older version may come back after a newer one has had the records: a box whose update does not work goes back to the
slot before. So each version leaves in the records the oldest step whose code still works with them, its FLOOR.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).parent.parent / "migrations"
FLOOR = "0029"
"""The oldest step whose code works with records as this version leaves them. It must be raised with every migration
that takes something away, changes it, or adds a column that must be filled in (tests/contracts/test_going_back.py)."""


class NewerDatabase(Exception):
    """The database was written by a newer version; it is left as it is."""


def upgrade(engine: sa.Engine, scripts: Path = SCRIPTS) -> None:
    """Run the migrations that are missing, all in one transaction. Raises NewerDatabase.

    What a newer version has left is used as it is where that version says that this one can.
    """
    with engine.begin() as connection:
        config = configured(connection, scripts)
        at, known = MigrationContext.configure(connection).get_current_revision(), _steps(config)
        if at is not None and at not in known:
            if not _works_with(connection, known):
                raise NewerDatabase(f"the database is at step {at}, unknown here: install the newer version")
            return
        command.upgrade(config, "head")
        _leave_floor(connection)


def refuse_newer(engine: sa.Engine) -> None:
    """Raises NewerDatabase where a newer version has had the records, even one whose records work here.

    For who copies them: what this version does not know would be lost.
    """
    with engine.begin() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        if at is not None and at not in _steps(configured(connection)):
            raise NewerDatabase(f"the database is at step {at}, unknown here: install the newer version")


def newest() -> str:
    """The step of this version's records."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return str(ScriptDirectory.from_config(config).get_current_head())


def configured(connection: sa.Connection, scripts: Path = SCRIPTS) -> Config:
    """Alembic's configuration: our steps, on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    return config


def _steps(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _works_with(connection: sa.Connection, known: set[str]) -> bool:
    return _floor(connection) in known


# A table would be copied, compared and erased like records: SQLite has a number for this, PostgreSQL a comment.
def _floor(connection: sa.Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"{connection.exec_driver_sql('PRAGMA user_version').scalar():04d}"
    return str(connection.exec_driver_sql("SELECT obj_description('alembic_version'::regclass)").scalar())


def _leave_floor(connection: sa.Connection) -> None:
    if _floor(connection) == FLOOR:
        return
    sqlite = connection.dialect.name == "sqlite"
    said = f"PRAGMA user_version = {int(FLOOR)}" if sqlite else f"COMMENT ON TABLE alembic_version IS '{FLOOR}'"
    connection.exec_driver_sql(said)
