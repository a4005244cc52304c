"""Nobody comes, and the nurse on duty is told by SMS; the patience is the plan's, changed while the box runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from nursecall.plan_wards import Ward
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.plans import put_back

PATIENCE = 5


@pytest.fixture
def impatient(ward: House, tmp_path: Path) -> Iterator[House]:
    """The house with a plan that gives a nurse only five seconds, loaded into the running box."""
    plan = tmp_path / "plan.toml"
    text = ward.cli("plan", "show").stdout
    assert "patience = 60" in text
    plan.write_text(text.replace("patience = 60", f"patience = {PATIENCE}"), "utf-8")
    with put_back(ward):
        ward.cli("check", str(plan))
        ward.cli("plan", "load", str(plan), "--activate", "--note", "end-to-end test")
        ward.until_well()
        yield ward


def test_nobody_comes_and_the_nurse_on_duty_is_told(impatient: House) -> None:
    """The simulated mobile has the message, in Chinese, with ward and bed, and without the patient's name."""
    house = impatient
    before = house.journal_end()
    house.press("28")

    escalated = house.until_journal("nursecall.CallEscalated", before, bed="28")
    raised = house.until_journal("nursecall.CallRaised", before, bed="28")
    waited = moment(escalated["at"]) - moment(raised["at"])
    assert PATIENCE <= waited.total_seconds() < 60, "the plan that was loaded counts, not the 60 seconds before"
    ward = house.plan().nursecall.ward("ward-a")
    assert ward is not None
    told = [mobile for _, mobile in escalated["to"]]
    assert told == on_duty(house, ward, moment(escalated["at"]))
    for mobile in told:
        was_told(house, mobile, escalated["call"])


def was_told(house: House, mobile: str, call: str) -> None:
    """The simulated mobile has the text, and the network told the box so."""
    query = "SELECT * FROM messages WHERE about = ? AND \"to\" = ? AND state = 'delivered'"
    [message] = until(lambda: house.rows(query, call, mobile), f"a message delivered to {mobile}")
    texts = [received["text"] for received in house.simulate("messages", to=mobile)["messages"]]
    assert texts.count(message["text"]) == 1
    for word in ("内科一病区", "28", "呼叫"):
        assert word in message["text"]
    assert "乐正平" not in message["text"]


def on_duty(house: House, ward: Ward, at: datetime) -> list[str]:
    """The nurses' mobiles of the shift that is on at that moment."""
    clock = at.astimezone(house.plan().site.zone).time()
    shifts = {shift.id for shift in ward.shifts if shift.covers(clock)}
    return [duty.mobile for duty in ward.roster if duty.shift in shifts and duty.role == "nurse"]


def moment(text: str) -> datetime:
    """A journal's time."""
    return datetime.fromisoformat(text)
