"""A backup of a box that was lived in, and a bare box made of it: SQLite, PostgreSQL, and from one to the other."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from appliance.backup import manifest, restoring
from appliance.foundation import journal
from appliance.foundation.database import create_engine, metadata
from appliance.foundation.values import yuan
from appliance.settings import load
from billing import chain
from billing.audit import discrepancies
from billing.ledger import move
from billing.schema import accounts
from tests.appliance.backup.a_box import PASSPHRASE, TALK, empty, lived_in, nightbell


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that was lived in."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").fresh()
    return lived_in(tmp_path_factory.mktemp("box"), url)


@pytest.fixture(scope="module")
def backup(box: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup, with recorded talk."""
    place = tmp_path_factory.mktemp("usb")
    made = nightbell(box, "backup", "make", "--to", str(place), "--recordings")
    assert made.exit_code == 0, made.output
    [file] = place.iterdir()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A box that nobody has lived in."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").fresh()
    return empty(tmp_path / "bare", url)


def rows(box: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the code reads it."""
    engine = create_engine(load(box).database_url)
    with engine.begin() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def test_a_bare_box_becomes_the_one_that_was(box: Path, backup: Path, bare: Path) -> None:
    """Row by row, but for who is logged in and for what the restore itself put on record; files and talk too."""
    restored = nightbell(bare, "restore", str(backup))
    assert restored.exit_code == 0, restored.output
    before, after = rows(box), rows(bare)
    assert after.pop("sessions") == []
    assert [row[-6] for row in after.pop("backups")] == ["made"]
    for name, then in before.items():
        if name in ("plan_revisions", "plan_slots", "journal"):
            assert set(then[: -1 if name == "journal" else None]) <= set(after[name])
        elif name in after:
            assert after[name] == then, name
    settings = load(bare)
    assert (settings.faxes / "one.pdf").read_bytes() == b"%PDF a fax"
    assert [file.read_text().strip() for file in settings.secrets.iterdir()] == ["s3cret"]
    settings.recording_places.opened(TALK, "main").verify()
    assert not restoring.beside(settings).exists()
    assert (bare.parent / "nightbell.toml.from-backup").exists()


def test_the_restored_books_go_on(backup: Path, bare: Path) -> None:
    """Both chains hold, the restore is on record, and money moves: PostgreSQL counts on where the copy ended."""
    assert nightbell(bare, "restore", str(backup)).exit_code == 0
    engine = create_engine(load(bare).database_url)
    with engine.begin() as connection:
        number = connection.execute(sa.select(accounts.c.number).limit(1)).scalar_one()
        at = journal.head(connection).id
        move(connection, number, "deposit", yuan(1), reference="R9", by="x", at=next(journal.entries(connection)).at)
        assert [*journal.verify(connection), *chain.verify(connection), *discrepancies(connection)] == []
        assert "appliance.BoxRestored" in [entry.kind for entry in journal.entries(connection, after=at - 5)]
        for table in metadata.sorted_tables:
            if (column := table.autoincrement_column) is not None and engine.dialect.name == "postgresql":
                sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
                last = connection.execute(sa.select(sa.func.max(column))).scalar() or 0
                if named := sequence.scalar():
                    assert connection.execute(sa.select(sa.func.nextval(named))).scalar_one() > last
    engine.dispose()


def test_a_box_with_records_is_left_alone_unless_told(box: Path, backup: Path, bare: Path) -> None:
    """One sentence; with --replace the records are the backup's."""
    assert nightbell(bare, "restore", str(backup)).exit_code == 0
    engine = create_engine(load(bare).database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE patients SET note = 'later'"))
    engine.dispose()
    before = rows(bare)
    refused = nightbell(bare, "restore", str(backup))
    assert (refused.exit_code, refused.output.strip()) == (1, f"Error: {restoring.NOT_EMPTY}")
    assert rows(bare) == before
    assert nightbell(bare, "restore", "--replace", str(backup)).exit_code == 0
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM patients WHERE note = 'later'")).scalar_one() == 0
    engine.dispose()


def test_records_that_differ_from_the_manifest_are_not_restored(
    backup: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row too few, or a chain that was changed, in a file that opens: said, and the box is as it was."""
    unpack = restoring._unpack

    def tampered(*given: Any) -> manifest.Manifest:
        found = unpack(*given)
        with sqlite3.connect(given[1] / "records.sqlite") as records:
            records.execute("DELETE FROM staff WHERE id = (SELECT min(id) FROM staff)")
        return found

    monkeypatch.setattr(restoring, "_unpack", tampered)
    refused = nightbell(bare, "restore", str(backup))
    assert refused.exit_code == 1
    assert "staff: the backup says" in refused.output

    def rewritten(*given: Any) -> manifest.Manifest:
        found = unpack(*given)
        with sqlite3.connect(given[1] / "records.sqlite") as records:
            records.execute("UPDATE journal SET body = '{}' WHERE id = 1")
        return found

    monkeypatch.setattr(restoring, "_unpack", rewritten)
    refused = nightbell(bare, "restore", str(backup))
    assert "line does not match its hash" in refused.output
    settings = load(bare)
    assert not restoring.beside(settings).exists()
    assert not restoring.lived_in(settings)


def test_an_interrupted_switch_is_finished_at_the_next_start(
    box: Path, backup: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records are there, files not yet: `nightbell run` begins by finishing it, and it may be interrupted again."""
    settings = load(bare)
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "_switch_files", _die)
        assert nightbell(bare, "restore", str(backup)).exit_code != 0
    assert restoring.interrupted(settings)
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "settle", _die)
        with pytest.raises(_Killed):
            restoring.go_on(settings, bare)
    assert restoring.interrupted(settings)
    restoring.go_on(settings, bare)
    assert not restoring.interrupted(settings)
    assert (settings.faxes / "one.pdf").exists()
    assert rows(bare)["ledger_entries"] == rows(box)["ledger_entries"]


class _Killed(Exception):
    pass


def _die(*_: Any) -> None:
    raise _Killed


def test_a_file_says_what_it_holds(backup: Path, box: Path) -> None:
    """`nightbell backup check`, without restoring."""
    told = nightbell(box, "backup", "check", str(backup), passphrase=PASSPHRASE)
    assert told.exit_code == 0
    assert "journal to line" in told.output
