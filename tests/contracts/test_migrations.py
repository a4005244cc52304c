"""The migrations lead to the very tables the code uses, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from appliance import compose  # noqa: F401 - brings every package's tables
from appliance.foundation.database import create_engine, metadata
from appliance.foundation.migrate import NewerDatabase, configured, upgrade
from nursecall.schema import nurse_calls

FIRST_VERSION = (
    "INSERT INTO patients (ward, bed, number, name, sex, born, care_grade, admitted_on, note)"
    " VALUES ('ward-a', '28', 'H1', '王秀英', 'F', '1958-05-02', 1, NULL, '')",
    "INSERT INTO nurse_calls (id, ward, bed, call_type, priority, line, state, presses, escalations, raised_at,"
    " changes, step) VALUES ('c1', 'ward-a', '28', 'call', 5, 'ward-a', 'raised', 1, 0, '2026-11-01 00:00:00', 1, 0)",
    'INSERT INTO messages (id, "to", text, about, state, accepted_at, tries, why)'
    " VALUES ('m1', '13800000001', 'x', 'c1', 'sent', '2026-11-01 00:00:00', 1, '')",
    "INSERT INTO message_parts (message, part, modem, reference) VALUES ('m1', 1, 'sms1', 7)",
)


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


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_records_of_the_first_version_are_kept(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A patient in a bed, an open call and a message on its way come through 0002."""
    sqlite = f"sqlite:///{tmp_path / 'records.sqlite'}"
    engine = create_engine(sqlite if kind == "sqlite" else request.getfixturevalue("postgres").fresh())
    with engine.begin() as connection:
        command.upgrade(configured(connection), "0001")
        for row in FIRST_VERSION:
            connection.execute(sa.text(row))
    upgrade(engine)
    assert differences(engine) == []
    with engine.begin() as connection:
        [patient] = connection.execute(sa.text("SELECT * FROM patients")).mappings()
        [word] = connection.execute(sa.text("SELECT * FROM patient_words")).mappings()
        [stay] = connection.execute(sa.text("SELECT * FROM patient_stays")).mappings()
        [call] = connection.execute(sa.select(nurse_calls)).mappings()
        [part] = connection.execute(sa.text("SELECT * FROM message_parts")).mappings()
    assert (patient["key"], patient["bed"], patient["said_bed"], patient["name"]) == ("p:H1", "28", "28", "王秀英")
    assert (word["key"], word["event"], stay["bed"], bool(stay["open"])) == ("p:H1", "file", "28", True)
    assert (call["id"], call["told"], call["trouble"], call["note"]) == ("c1", (), False, "")
    assert (part["gateway"], part["reference"]) == ("sms1", "7")
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
