"""Who works on all tables knows all of them, in a process that has imported nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance import compose  # noqa: F401 - brings every package's tables
from appliance.foundation.database import create_engine, metadata
from appliance.settings import load
from tests.appliance.backup.a_box import PASSPHRASE, empty, lived_in

HOUSE = Path(__file__).parents[2]


def alone(*words: str, **environ: str) -> str:
    """What a fresh process prints."""
    environment = {**os.environ, "NIGHTBELL_PASSPHRASE": PASSPHRASE, **environ}
    return subprocess.run(
        [sys.executable, *words], cwd=HOUSE, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_they_are_all_brought() -> None:
    """Without the rest of the house."""
    told = alone("-c", "from appliance.tables import TABLES; print(*(table.name for table in TABLES))")
    assert set(told.split()) == set(metadata.tables)


def counts(box: Path) -> dict[str, int]:
    """Rows of every table that stays the same."""
    engine, count = create_engine(load(box).database_url), sa.func.count()
    changing = ("journal", "backups", "plan_revisions", "sessions")
    with engine.begin() as connection:
        found = {
            name: connection.execute(sa.select(count).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name not in changing
        }
    engine.dispose()
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_commands_of_their_own_lose_none(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Backup, restore and reset as a box runs them: from PostgreSQL each table goes by way of its package."""
    urls = [request.getfixturevalue("postgres").fresh() if kind == "postgresql" else "" for _ in range(2)]
    box, bare = lived_in(tmp_path / "box", urls[0]), empty(tmp_path / "bare", urls[1])
    (tmp_path / "usb").mkdir()
    alone("-m", "appliance", "--settings", str(box), "backup", "make", "--to", str(tmp_path / "usb"))
    [file] = (tmp_path / "usb").iterdir()
    alone("-m", "appliance", "--settings", str(bare), "restore", str(file))
    before = counts(box)
    assert counts(bare) == before
    alone("-m", "appliance", "--settings", str(bare), "reset", "records", "--confirm", "ERASE RECORDS")
    after = counts(bare)
    assert (after["users"], after["tariff_versions"]) == (before["users"], before["tariff_versions"])
    assert (after["plan_slots"], after["patients"]) == (before["plan_slots"], 0)
