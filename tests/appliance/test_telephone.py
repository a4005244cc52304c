"""The exchange and billing as they are built from a plan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from twisted.internet.base import ReactorBase
from twisted.internet.testing import MemoryReactorClock

from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.database import Database
from appliance.foundation.values import Language, yuan
from appliance.plan import Plan
from appliance.settings import Settings
from appliance.telephone import Telephone
from billing.accounts import Accounts
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")
DAYS = (
    "prefix,day_kind,rate_per_minute,first_seconds,next_seconds\n"
    "86,workday,0.6,60,60\n86,restday,0.4,60,60\n86,holiday,0.25,60,60\n"
)


class Speechless:
    """Satisfies `billing.ports.Prompts`."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """Nothing is ever said."""
        return None


@pytest.mark.parametrize(
    ("country", "at", "expected"),
    [
        ("CN", datetime(2026, 10, 1, 9), "0.25"),
        ("CN", datetime(2026, 10, 10, 9), "0.6"),  # a Saturday that makes up for the holiday
        ("CN", datetime(2026, 10, 17, 9), "0.4"),
        ("GB", datetime(2026, 10, 1, 9), "0.6"),
        ("GB", datetime(2026, 10, 10, 9), "0.4"),
    ],
)
def test_days_are_those_of_the_sites_country(country: str, at: datetime, expected: str, tmp_path: Path) -> None:
    """Talk is billed by the Chinese calendar in China; elsewhere by the week alone."""
    plan = parse(SAMPLE.replace('country = "CN"', f'country = "{country}"'), Plan)
    database, clock, bus = InlineDatabase(), FakeClock(), Bus()
    telephone = Telephone(
        Settings(directory=tmp_path),
        plan,
        cast(Database, database),
        Accounts(database, plan.billing, clock, bus),
        Speechless(),
        reactor=cast(ReactorBase, MemoryReactorClock()),  # type: ignore[no-untyped-call]
        clock=clock,
        bus=bus,
    )
    now(telephone.tariffs.import_csv("retail", START, DAYS))
    answered = at.replace(tzinfo=plan.site.zone)
    assert telephone.tariffs.current("retail", answered).rate("8613800138000", answered, 60).amount == yuan(expected)
