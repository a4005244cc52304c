"""The migrations lead to the very tables the code uses, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from appliance import compose  # noqa: F401 - brings every package's tables
from appliance.foundation.database import create_engine, metadata
from appliance.foundation.migrate import NewerDatabase, upgrade


def differences(engine: sa.Engine) -> list[object]:
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_migrated_database_has_the_tables_of_the_code(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Nothing is missing, nothing is left over; a second run changes nothing."""
    sqlite = f"sqlite:///{tmp_path / 'records.sqlite'}"
    engine = create_engine(sqlite if kind == "sqlite" else request.getfixturevalue("postgres").fresh())
    upgrade(engine)
    assert differences(engine) == []
    upgrade(engine)
    engine.dispose()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    """After a fall-back to an older version the records are not touched."""
    engine = create_engine(f"sqlite:///{tmp_path / 'newer.sqlite'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="9999"):
        upgrade(engine)
    engine.dispose()
