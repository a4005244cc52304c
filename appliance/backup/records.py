"""The records into one SQLite file, as they were at one moment, beside whoever writes; and out of it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from appliance.foundation.database import create_engine, reading
from appliance.foundation.migrate import configured, upgrade
from appliance.tables import TABLES

AT_ONCE = 1000


def sqlite_url(file: Path) -> str:
    """Of a SQLite file."""
    return f"sqlite:///{file}"


def size(url: str) -> int:
    """About how many octets the records have."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        return sum(one.stat().st_size for one in (file, file.with_name(f"{file.name}-wal")) if one.exists())
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
    finally:
        engine.dispose()


def snapshot(url: str, file: Path) -> None:
    """Write the records at `url`, whose tables are this version's, to `file`, which must not be there yet."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # SQLite's own online backup in one step: a reader, whom no writer waits for in WAL mode.
        with (
            closing(sqlite3.connect(str(parsed.database), timeout=30)) as source,
            closing(sqlite3.connect(file)) as target,
        ):
            source.backup(target)
        into_one_file(file)
        return
    source_engine, target_engine = create_engine(url), create_engine(sqlite_url(file))
    try:
        upgrade(target_engine)
        with reading(source_engine).begin() as source_, target_engine.begin() as target_:
            copy(source_, target_)
    finally:
        source_engine.dispose()
        target_engine.dispose()
    into_one_file(file)


def into_one_file(file: Path) -> None:
    """Nothing of it lies in a write-ahead log beside it, so that it can be moved as one."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def load(file: Path, url: str, check: Callable[[sa.Connection], None]) -> None:
    """Put the records of `file` in place of those of the PostgreSQL at `url`, all or nothing.

    check: looks at them before they count; what it raises leaves everything as it was.
    """
    source_engine, target_engine = create_engine(sqlite_url(file)), create_engine(url)
    try:
        with reading(source_engine).begin() as source, target_engine.begin() as target:
            clear(target)
            command.upgrade(configured(target), "head")
            copy(source, target)
            _count_on(target)
            check(target)
    finally:
        source_engine.dispose()
        target_engine.dispose()


def clear(connection: sa.Connection) -> None:
    """Drop all tables of the PostgreSQL, those of other versions too."""
    for name in sa.inspect(connection).get_table_names():
        quoted = connection.dialect.identifier_preparer.quote(name)
        connection.exec_driver_sql(f"DROP TABLE {quoted} CASCADE")


def put(file: Path, url: str, check: Callable[[sa.Connection], None] = lambda _: None) -> None:
    """Have the records of `file`, which is gone then, in place of those at `url`; check: as for `load`."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        target = Path(str(parsed.database))
        for name in (f"{target.name}-wal", f"{target.name}-shm"):
            target.with_name(name).unlink(missing_ok=True)
        file.replace(target)
        return
    load(file, url, check)
    file.unlink()


def copy(source: sa.Connection, target: sa.Connection) -> None:
    """Every row of every table, into tables that are empty. Raises LookupError for a table that nobody knows."""
    known = {table.name for table in TABLES} | {"alembic_version"}
    if strange := set(sa.inspect(source).get_table_names()) - known:
        raise LookupError(f"no package knows the tables {', '.join(sorted(strange))}")
    for table in TABLES:
        copy_table(source, target, table)


def copy_table(source: sa.Connection, target: sa.Connection, table: sa.Table) -> None:
    """Every row of one."""
    query = sa.select(table).order_by(*table.primary_key.columns)
    for part in source.execute(query.execution_options(yield_per=AT_ONCE)).mappings().partitions():
        target.execute(table.insert(), [dict(row) for row in part])


def _count_on(connection: sa.Connection) -> None:
    """Let PostgreSQL number new rows after those that were copied."""
    for table in TABLES:
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, sa.Integer):
            continue
        named = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))).scalar()
        last = connection.execute(sa.select(sa.func.max(column))).scalar()
        if named and last:
            connection.execute(sa.select(sa.func.setval(named, last)))
