"""The plan as revisions."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance import revisions
from appliance.foundation import journal
from appliance.foundation.config import Faulty
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


def keep(connection: sa.Connection, text: str) -> int:
    return revisions.keep(connection, text, by="it", note="", at=START)


def activate(connection: sa.Connection, number: int) -> revisions.Revision:
    return revisions.activate(connection, number, by="it", at=START)


def test_a_kept_revision_is_not_in_force_until_activated() -> None:
    """Keeping and activating are two steps."""
    with InlineDatabase().engine.begin() as connection:
        assert keep(connection, SAMPLE) == 1
        assert revisions.active(connection) is None
        activate(connection, 1)
        in_force = revisions.active(connection)
        assert in_force is not None
        assert (in_force.id, in_force.text) == (1, SAMPLE)


def test_a_faulty_plan_is_not_kept() -> None:
    """Every fault is named, nothing is stored."""
    with InlineDatabase().engine.begin() as connection:
        with pytest.raises(Faulty) as why:
            keep(connection, SAMPLE.replace('timezone = "Asia/Shanghai"', 'timezone = "Asia/Nowhere"'))
        assert why.value.faults[0].path == "site.timezone"
        assert revisions.every(connection) == []


def test_an_older_revision_comes_back_by_number() -> None:
    """Rolling back is activating an older number; the newer one is kept."""
    with InlineDatabase().engine.begin() as connection:
        keep(connection, SAMPLE)
        keep(connection, SAMPLE + "\n# changed\n")
        activate(connection, 2)
        activate(connection, 1)
        assert [(r.id, r.active) for r in revisions.every(connection)] == [(2, False), (1, True)]
        kinds = [entry.kind for entry in journal.entries(connection)]
    assert kinds == [
        "appliance.PlanRevised",
        "appliance.PlanRevised",
        "appliance.PlanActivated",
        "appliance.PlanActivated",
    ]


def test_the_same_text_is_not_kept_twice() -> None:
    """Loading a file again makes no new revision."""
    with InlineDatabase().engine.begin() as connection:
        assert keep(connection, SAMPLE) == keep(connection, SAMPLE) == 1


def test_a_number_that_was_never_kept_is_refused() -> None:
    """The error names the number."""
    with InlineDatabase().engine.begin() as connection, pytest.raises(revisions.NoSuchRevision, match="7"):
        activate(connection, 7)
