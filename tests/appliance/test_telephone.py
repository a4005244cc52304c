"""The exchange and billing as they are built from a plan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from twisted.internet.base import ReactorBase
from twisted.internet.testing import MemoryReactorClock

from appliance.dialling import served
from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.database import Database
from appliance.foundation.values import Language, yuan
from appliance.plan import Plan
from appliance.settings import Settings
from appliance.telephone import Telephone
from billing.accounts import Accounts
from pbx.addresses.book import AddressBook
from pbx.calls.book import CallBook
from pbx.extensions import Extensions
from pbx.ivr.trace import Trace
from pbx.notices import Notices
from pbx.sms.outbox import Outbox
from pbx.traffic.quality import Quality
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tts.places import Places

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

    def telephone_chime(self) -> Path | None:
        """Nor rung."""
        return None


def built(plan: Plan, directory: Path) -> Telephone:
    """Everything but what it runs on."""
    database, clock, bus = InlineDatabase(), FakeClock(), Bus()
    return Telephone(
        Settings(directory=directory),
        plan,
        cast(Database, database),
        Accounts(database, plan.billing, clock, bus),
        Speechless(),
        Trace(database, clock, bus),
        Outbox(database, clock, bus),
        Notices(database, clock, bus),
        CallBook(cast(Database, database), clock, bus),
        Places(clock, bus, lambda call: False),
        AddressBook(lambda: plan.site, database, clock, bus),
        Quality(lambda: plan.pbx, clock),
        reactor=cast(ReactorBase, MemoryReactorClock()),  # type: ignore[no-untyped-call]
        clock=clock,
        bus=bus,
    )


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
    telephone = built(plan, tmp_path)
    now(telephone.tariffs.import_csv("retail", START, DAYS))
    answered = at.replace(tzinfo=plan.site.zone)
    assert telephone.tariffs.current("retail", answered).rate("8613800138000", answered, 60).amount == yuan(expected)


def test_days_that_the_plan_names_are_billed_so(tmp_path: Path) -> None:
    """A Wednesday in March, which no calendar has for a holiday."""
    named = '[[site.days]]\nname = { zh = "院庆", en = "Founding day" }\nfirst = 2031-03-05\n'
    for text, expected in ((SAMPLE, "0.6"), (f"{SAMPLE}\n{named}", "0.25")):
        plan = parse(text, Plan)
        at = datetime(2031, 3, 5, 9, tzinfo=plan.site.zone)
        telephone = built(plan, tmp_path)
        now(telephone.tariffs.import_csv("retail", START, DAYS))
        assert telephone.tariffs.current("retail", at).rate("8613800138000", at, 60).amount == yuan(expected)


def test_the_command_line_knows_every_number_that_the_exchange_serves(tmp_path: Path) -> None:
    """What is registered with the exchange is what `served` reads off the plan: `nightbell dial` goes by that."""
    plan = parse(SAMPLE, Plan)
    registered = built(plan, tmp_path).exchange.numbers.served()
    assert len(registered) > 3
    assert registered == served(plan)


def test_a_new_secret_is_written_and_nothing_else(tmp_path: Path) -> None:
    """Asterisk is not there, so it is told later; whom the guard keeps out stays kept out."""
    plan = parse(SAMPLE, Plan)
    telephone = built(plan, tmp_path)
    etc = tmp_path / "asterisk" / "etc"
    etc.mkdir(parents=True)
    (etc / "acl.conf").write_text("deny=192.0.2.7")
    database = telephone._database
    before = now(Extensions(database).secrets(["8081"]))["8081"]
    now(telephone.secrets_changed())
    assert f"password={before}\n" in (etc / "pjsip.conf").read_text("utf-8")
    assert (etc / "acl.conf").read_text("utf-8") == "deny=192.0.2.7"
    assert {file.name for file in etc.iterdir()} == {"acl.conf", "pjsip.conf"}
    telephone.stop()
