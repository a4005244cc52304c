"""The panel's replay of past calls, with the real command in a real process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.own_command import OwnCommand
from appliance.replay_desk import ReplayDesk
from tests import real_reactor
from tests.appliance.test_replay import HOUSE, QUICK, a_box, a_call
from web.replays import NotReplayed, Otherwise, StepCount, Told

RAISED = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Yesterday at nine by the house's clock, while the day's shift is on."""


def desk(directory: Path) -> ReplayDesk:
    """Of a box on which one call waited yesterday, and one before the last 31 days."""
    settings = a_box(directory, *a_call("old", RAISED - timedelta(days=60)), *a_call("new", RAISED))
    reactor: Any = real_reactor.start()
    return ReplayDesk(OwnCommand(settings, directory, reactor), directory)


def test_last_months_calls_by_another_plan(tmp_path: Path) -> None:
    """Counted and told; the plan that was tried is not left lying about."""
    found = real_reactor.run(desk(tmp_path).replay(HOUSE + QUICK, "zh"))
    assert (found.calls, found.before, found.after, found.differing) == (1, 1, 1, 1)
    assert found.steps == [StepCount("quick", 1, "station", 0, 1), StepCount("usual", 1, "sms", 1, 0)]
    before, after = Told(60, "sms", ("沈敏",), "usual", 1), Told(45, "station", ("ward-a",), "quick", 1)
    assert found.first == [Otherwise(RAISED, "ward-a", "28", "call", [before], [after])]
    assert not list(tmp_path.glob("replay-*"))


def test_why_it_cannot_be_found_out_is_said(tmp_path: Path) -> None:
    """Here, a plan that does not fit."""
    with pytest.raises(NotReplayed, match="failsafe"):
        real_reactor.run(desk(tmp_path).replay(HOUSE + QUICK.replace("failsafe", "# failsafe"), "en"))
    assert not list(tmp_path.glob("replay-*"))
