"""Tables whose rows the database itself neither changes nor forgets, whoever asks."""

from __future__ import annotations

import sqlalchemy as sa

REFUSAL = "{table} is append-only"


def append_only(table: sa.Table, *keys: tuple[str, ...]) -> None:
    """Let `table`, when it is made, be given triggers that refuse UPDATE and DELETE; on PostgreSQL also TRUNCATE.

    keys: the columns of each key that is unique, so that SQLite refuses INSERT OR REPLACE too, which deletes the other
    row without a trigger. Whoever owns the database can drop a trigger: what was done then shows in the hashes.
    """

    @sa.event.listens_for(table, "after_create")
    def _guard(_table: sa.Table, connection: sa.Connection, **_about: object) -> None:
        postgresql = connection.dialect.name == "postgresql"
        for statement in postgresql_guards(table.name) if postgresql else sqlite_guards(table.name, *keys):
            connection.exec_driver_sql(statement)


def sqlite_guards(table: str, *keys: tuple[str, ...]) -> list[str]:
    """The statements that make the triggers on SQLite."""
    refuse = f"SELECT RAISE(ABORT, '{REFUSAL.format(table=table)}');"
    same = " OR ".join(" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
    return [
        *(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN {refuse} END"
            for act in ("UPDATE", "DELETE")
        ),
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} BEGIN {refuse} END",
    ]


def postgresql_guards(table: str) -> list[str]:
    """The statements that make the triggers on PostgreSQL."""
    return [
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$BEGIN RAISE EXCEPTION '{REFUSAL.format(table=table)}'; END$$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    ]
