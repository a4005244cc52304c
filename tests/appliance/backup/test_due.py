"""When a backup is due, in the site's time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from appliance.backup.due import last_due, next_due
from appliance.foundation.backup_plan import ToDirectory

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def plan(**given: Any) -> ToDirectory:
    """A backup."""
    return ToDirectory.model_validate(
        {"id": "b", "kind": "directory", "directory": "/b", "passphrase": "env:X"} | given
    )


def test_every_day_at_its_time() -> None:
    """02:30 in Shanghai is 18:30 of the day before in UTC."""
    now = datetime(2026, 3, 2, 18, 29, tzinfo=UTC)
    assert last_due(plan(at="02:30"), now, SHANGHAI) == datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
    assert next_due(plan(at="02:30"), now, SHANGHAI) == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


def test_on_some_days_only() -> None:
    """Sundays: from Monday on it is the day before, or six days to come."""
    now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday
    assert last_due(plan(at="02:30", days=["sun"]), now, SHANGHAI) == datetime(2026, 2, 28, 18, 30, tzinfo=UTC)
    assert next_due(plan(at="02:30", days=["sun"]), now, SHANGHAI) == datetime(2026, 3, 7, 18, 30, tzinfo=UTC)


def test_in_a_night_that_has_no_such_hour() -> None:
    """Summer time begins: once all the same."""
    now = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    assert last_due(plan(at="02:30"), now, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_by_hand_it_is_never_due() -> None:
    """Neither before nor after."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert (last_due(plan(), now, SHANGHAI), next_due(plan(), now, SHANGHAI)) == (None, None)
