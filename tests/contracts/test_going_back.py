"""A box that goes back to an older version keeps its records, on both engines: the older code reads and adds to what a
newer one left, and nothing of either is lost when the newer one returns."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from appliance.foundation import journal
from appliance.foundation.database import create_engine
from appliance.foundation.migrate import FLOOR, SCRIPTS, NewerDatabase, configured, newest, refuse_newer, upgrade
from nursecall.schema import patients
from web.events import UserChanged

NEWER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{newest}", None, None

def upgrade():
    op.add_column("patients", sa.Column("allergy", sa.String(40), nullable=False, server_default="none known"))
    op.create_table("wings", sa.Column("id", sa.String(8), primary_key=True))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    """An empty database."""
    sqlite = f"sqlite:///{tmp_path / 'records.sqlite'}"
    return create_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres").fresh())


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations of a version to come: one column more, one table more."""
    there = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, there)
    (there / "versions" / "9001_newer.py").write_text(NEWER.format(newest=newest()))
    return there


def enter(engine: sa.Engine, who: str, allergy: str = "") -> None:
    """A patient comes in, written by the code that is here, and it is in the journal."""
    at = datetime.now(UTC)
    with engine.begin() as connection:
        row = patients.insert().values(
            key=who, ward="ward-a", bed=who, number=who, name="王秀英", care_grade=1, updated_at=at
        )
        connection.execute(row)
        if allergy:  # by the newer code
            connection.execute(sa.text(f"UPDATE patients SET allergy = '{allergy}' WHERE key = '{who}'"))
        journal.append(connection, UserChanged(at=at, user=who, what="disabled", by="test"))


def test_the_older_code_goes_on_with_what_the_newer_one_left(engine: sa.Engine, newer: Path) -> None:
    """Three patients, of before, of the newer version and of after it; the journal is one chain."""
    upgrade(engine)
    enter(engine, "1")
    upgrade(engine, newer)
    enter(engine, "2", "penicillin")
    upgrade(engine)  # the box has gone back
    enter(engine, "3")
    upgrade(engine, newer)  # and was updated again
    with engine.begin() as connection:
        rows = connection.execute(sa.text("SELECT key, allergy FROM patients ORDER BY key")).all()
        assert list(journal.verify(connection)) == []
        assert journal.length(connection) == 3
    assert [tuple(row) for row in rows] == [("1", "none known"), ("2", "penicillin"), ("3", "none known")]
    engine.dispose()


def test_records_that_it_cannot_use_are_left_alone(engine: sa.Engine, newer: Path) -> None:
    """The newer version said that only itself, or later ones, can."""
    upgrade(engine, newer)
    with engine.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        said = "PRAGMA user_version = 9001" if sqlite else "COMMENT ON TABLE alembic_version IS '9001'"
        connection.exec_driver_sql(said)
    with pytest.raises(NewerDatabase, match="9001"):
        upgrade(engine)
    engine.dispose()


def test_nothing_of_a_newer_version_is_copied_by_an_older_one(engine: sa.Engine, newer: Path) -> None:
    """Though it could go on with it: what it does not know would be lost."""
    upgrade(engine, newer)
    with pytest.raises(NewerDatabase):
        refuse_newer(engine)
    engine.dispose()


def shape(engine: sa.Engine) -> dict[tuple[str, str], tuple[str, bool]]:
    """Table and column → its type, and whether older code may leave it out."""
    found = {}
    inspector = sa.inspect(engine)
    for table in inspector.get_table_names():
        for column in inspector.get_columns(table):
            optional = column["nullable"] or column["default"] is not None
            found[table, column["name"]] = (str(column["type"]), bool(optional))
    return found


def broken_promises(before: dict[tuple[str, str], tuple[str, bool]], engine: sa.Engine) -> list[str]:
    """What code that knows the records `before` could no longer do with them."""
    after = shape(engine)
    lost = [f"{'.'.join(one)} is gone or another" for one in before if after.get(one, ("", True))[0] != before[one][0]]
    tables = {table for table, _ in before}
    return lost + [
        f"{'.'.join(one)} must be filled in"
        for one, (_, optional) in after.items()
        if one not in before and one[0] in tables and not optional
    ]


def test_the_floor_is_true(engine: sa.Engine) -> None:
    """Since the step of FLOOR tables and columns were only added, and columns so that older code may leave them out."""
    with engine.begin() as connection:
        command.upgrade(configured(connection), FLOOR)
    before = shape(engine)
    upgrade(engine)
    assert broken_promises(before, engine) == []
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE patients RENAME COLUMN note TO remark"))
        connection.execute(sa.text("ALTER TABLE patients ADD COLUMN born_at varchar(8) NOT NULL DEFAULT ''"))
    assert broken_promises(before, engine) == [
        "patients.note is gone or another",
        "patients.remark must be filled in",
    ]
    engine.dispose()
