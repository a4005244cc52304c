"""Plans of a running house: which is in force, which was kept last, and the one that a test found, put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.foundation.config import parse
from appliance.plan import Plan
from tests.e2e.house import House
from tests.e2e.patience import until


def revision(house: House) -> int:
    """The one in force, by the records."""
    return int(house.rows("SELECT revision FROM plan_slots WHERE slot = 'active'")[0]["revision"])


def active(house: House) -> str:
    """The text of the plan in force."""
    query = "SELECT text FROM plan_revisions JOIN plan_slots ON revision = id WHERE slot = 'active'"
    return str(house.rows(query)[0]["text"])


def newest(house: House) -> str:
    """The text of the plan that was kept last."""
    return str(house.rows("SELECT text FROM plan_revisions ORDER BY id DESC")[0]["text"])


def load(house: House, text: str) -> None:
    """Keep it, and put it in force."""
    file = house.directory / "plan-of-a-test.toml"
    file.write_text(text, "utf-8")
    house.cli("plan", "load", str(file), "--activate")


@contextmanager
def put_back(house: House) -> Iterator[None]:
    """At the end the house has the plan that it had, in force and as the newest: that is the one which others edit."""
    text = active(house)
    yield
    load(house, text)
    plan = parse(text, Plan)
    until(lambda: house.plan() == plan, "the first plan to be in force again")
    house.until_well()
