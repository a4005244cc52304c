"""A box that was lived in begins anew, on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance.backup import manifest
from appliance.foundation import journal
from appliance.foundation.database import create_engine
from appliance.reset import resetting
from appliance.settings import Settings, load
from tests.appliance.backup.a_box import lived_in, nightbell


@pytest.fixture(params=["sqlite", "postgresql"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A box that was lived in, with a log."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").fresh()
    file = lived_in(tmp_path / "box", url)
    load(file).logs.mkdir()
    (load(file).logs / "daemon.log").write_text("something")
    return file


def rows(settings: Settings) -> dict[str, int]:
    """Of each table that has some."""
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        found = {name: count for name, count in manifest.tables(connection).items() if count}
    engine.dispose()
    return found


def first_line(settings: Settings) -> journal.Entry:
    """Of the journal; the chain holds."""
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        assert list(journal.verify(connection)) == []
        found = next(journal.entries(connection))
    engine.dispose()
    return found


def test_records_go_and_the_plan_stays(box: Path) -> None:
    """Nothing of anybody is left, and a new journal begins with where the old one ended."""
    settings = load(box)
    before = rows(settings)
    assert nightbell(box, "reset", "records", "--confirm", "ERASE RECORDS").exit_code == 0
    after = rows(settings)
    assert set(after) - {"journal"} <= set(resetting.KEPT)
    assert {name: after[name] for name in ("plan_revisions", "users", "tariff_versions")} == {
        name: before[name] for name in ("plan_revisions", "users", "tariff_versions")
    }
    line = first_line(settings)
    assert (line.kind, line.body["line"], line.body["tier"]) == ("appliance.BoxReset", before["journal"], "records")
    assert not settings.faxes.exists()
    assert not settings.recording_places.main.exists()
    assert [file.read_text().strip() for file in settings.secrets.iterdir()] == ["s3cret"]
    assert (settings.logs / "daemon.log").read_text() == ""
    assert nightbell(box, "plan", "list").exit_code == 0


def test_everything_goes_but_the_settings(box: Path) -> None:
    """What is left in the directory is the settings, the log and empty records."""
    settings = load(box)
    assert nightbell(box, "reset", "everything", "--confirm", "ERASE EVERYTHING").exit_code == 0
    assert rows(settings) == {"journal": 1}
    left = {file.name for file in box.parent.iterdir()}
    assert left <= {"nightbell.toml", "nightbell.sqlite", "nightbell.sqlite-wal", "nightbell.sqlite-shm", "log", "run"}


def test_an_interrupted_one_is_finished_at_the_next_start(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power fails after the records and before the files."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    settings = load(box)
    with monkeypatch.context() as patched:
        patched.setattr(resetting, "_going", die)
        with pytest.raises(KeyboardInterrupt):
            resetting.begin(settings, "records", "x")
    assert settings.faxes.exists()
    assert resetting.interrupted(settings)
    resetting.go_on(settings)
    assert not settings.faxes.exists()
    assert not resetting.interrupted(settings)
    assert "patients" not in rows(settings)


def test_nothing_happens_without_the_words(box: Path) -> None:
    """Typed or given."""
    before = rows(load(box))
    refused = nightbell(box, "reset", "records", "--confirm", "yes")
    assert (refused.exit_code, "nothing was changed" in refused.output) == (1, True)
    assert rows(load(box)) == before
    with create_engine(load(box).database_url).begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM patients")).scalar_one() > 0
