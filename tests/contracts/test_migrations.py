"""The migrations lead to the very tables the code uses, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from appliance import compose  # noqa: F401 - brings every package's tables
from appliance.foundation import journal
from appliance.foundation.database import create_engine, metadata
from appliance.foundation.migrate import NewerDatabase, configured, upgrade
from appliance.foundation.values import yuan
from billing import chain
from billing.audit import discrepancies
from billing.ledger import move
from billing.schema import postings
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


OLD_MONEY = (
    "INSERT INTO accounts (number, holder, language, pin_hash, balance, reserved, state, opened_at)"
    " VALUES ('100001', '李明', 'zh', 'x', 70000, 0, 'open', '2026-11-01 00:00:00')",
    'INSERT INTO ledger (id, account, at, kind, amount, balance, reference, "by", note) VALUES'
    " (1, '100001', '2026-11-01 00:00:00', 'deposit', 100000, 100000, 'R1', '林静', ''),"
    " (4, '100001', '2026-11-02 01:02:03.456', 'charge', -30000, 70000, 'c1', 'billing', '8613800138000')",
    "INSERT INTO leases (call, account, extension, called, trunk, tariff_version, reserved, granted_seconds, state,"
    " opened_at, charge) VALUES ('c1', '100001', '8001', '8613800138000', 't', 1, 0, 60, 'settled',"
    " '2026-11-02 01:00:00', 30000)",
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_money_moved_before_double_entry_is_carried_over(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each line becomes an entry with its other side; the chain holds, the books add up, and more can be moved."""
    sqlite = f"sqlite:///{tmp_path / 'records.sqlite'}"
    engine = create_engine(sqlite if kind == "sqlite" else request.getfixturevalue("postgres").fresh())
    with engine.begin() as connection:
        command.upgrade(configured(connection), "0012")
        for row in OLD_MONEY:
            connection.execute(sa.text(row))
    upgrade(engine)
    with engine.begin() as connection:
        move(connection, "100001", "deposit", yuan(1), reference="R2", by="林静", at=datetime.now(UTC))
        query = sa.select(postings.c.entry, postings.c.book, postings.c.amount, postings.c.balance)
        found = [tuple(row) for row in connection.execute(query.order_by(postings.c.entry, postings.c.line))]
        assert [*chain.verify(connection), *journal.verify(connection), *discrepancies(connection)] == []
    assert found[:4] == [
        (1, "account/100001", 100000, 100000),
        (1, "cash/林静", -100000, None),
        (2, "account/100001", -30000, 70000),
        (2, "revenue/calls", 30000, None),
    ]
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_guard_the_ledger_as_the_code_does(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The same triggers, word for word."""
    guards = []
    for name, make in (("migrated", upgrade), ("made", metadata.create_all)):
        sqlite = f"sqlite:///{tmp_path / name}.sqlite"
        engine = create_engine(sqlite if kind == "sqlite" else request.getfixturevalue("postgres").fresh())
        make(engine)
        with engine.begin() as connection:
            guards.append(sorted(connection.execute(sa.text(TRIGGERS[kind])).scalars()))
        engine.dispose()
    assert guards[0] == guards[1]
    assert len(guards[0]) >= 2


TRIGGERS = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    """After a fall-back to an older version the records are not touched, unless the newer one says that it can."""
    engine = create_engine(f"sqlite:///{tmp_path / 'newer.sqlite'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(sa.text("PRAGMA user_version = 9999"))
    with pytest.raises(NewerDatabase, match="9999"):
        upgrade(engine)
    engine.dispose()
