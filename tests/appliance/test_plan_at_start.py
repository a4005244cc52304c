"""Which plan a box goes by when it starts, whatever is left of its records."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance import revisions
from appliance.compose import NoPlan, plan_at_start
from appliance.foundation.database import create_engine
from appliance.foundation.migrate import upgrade
from appliance.settings import Settings
from tests.fakes.clock import START

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A box with the sample plan in force."""
    settings = Settings(directory=tmp_path)
    engine = create_engine(settings.database_url)
    upgrade(engine)
    with engine.begin() as connection:
        number = revisions.keep(connection, SAMPLE, by="it", note="", at=START)
        revisions.activate(connection, number, by="it", at=START)
    engine.dispose()
    return settings


def test_without_its_records_a_box_goes_by_the_copy(settings: Settings) -> None:
    """The disk with the records is gone at three in the morning; the ward still works."""
    plan = plan_at_start(settings)
    database = settings.directory / "nightbell.sqlite"
    for file in settings.directory.glob("nightbell.sqlite*"):
        file.unlink()
    database.mkdir()
    assert plan_at_start(settings) == plan


def test_without_records_and_copy_it_says_what_is_missing(settings: Settings) -> None:
    """One sentence, no guess."""
    for file in settings.directory.glob("nightbell.sqlite*"):
        file.unlink()
    (settings.directory / "nightbell.sqlite").mkdir()
    with pytest.raises(NoPlan, match=r"plan-in-force\.toml"):
        plan_at_start(settings)


def test_a_box_without_any_plan_says_how_to_load_one(tmp_path: Path) -> None:
    """A new box names the command."""
    with pytest.raises(NoPlan, match="nightbell plan load"):
        plan_at_start(Settings(directory=tmp_path))
