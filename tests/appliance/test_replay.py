"""`nightbell journal replay`: from the records of a box to what another plan would have done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.foundation.database import create_engine
from appliance.foundation.journal import Event, append
from appliance.foundation.migrate import upgrade
from nursecall.events import CallEscalated, CallRaised, CallReset
from nursecall.schema import duties, staff

HOUSE = """
[site]
name = { zh = "院", en = "House" }

[[nursecall.wards]]
id = "ward-a"
name = { zh = "一", en = "One" }
beds = ["1-40"]
patience = 60

[[nursecall.wards.shifts]]
id = "day"
name = { zh = "白班", en = "Day" }
start = 08:00:00
end = 16:00:00

[[nursecall.wards.roster]]
shift = "day"
nurse = "沈敏"
mobile = "13800000001"
"""
QUICK = """
[[nursecall.escalations]]
id = "quick"
failsafe = { by = "station", after = 45 }

[[nursecall.escalation_rules]]
tree = "quick"
wards = ["ward-a"]
"""
RAISED = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def a_box(directory: Path, *events: Event) -> Path:
    """The settings of a box in whose journal these are."""
    settings = directory / "nightbell.toml"
    settings.write_text("", "utf-8")
    engine = create_engine(f"sqlite:///{directory / 'nightbell.sqlite'}")
    upgrade(engine)
    with engine.begin() as connection:
        append(connection, *events)
    engine.dispose()
    return settings


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """One on which a call waited for two minutes."""
    return a_box(tmp_path, *a_call())


def a_call(
    call: str = "c", at: datetime = RAISED, told: tuple[str, str] = ("沈敏", "13800000001")
) -> tuple[CallRaised, CallEscalated, CallReset]:
    """Pressed, one message to whoever was on duty, and somebody came."""
    ward, bed, kind = "ward-a", "28", "call"
    text = at + timedelta(seconds=60)
    return (
        CallRaised(at=at, call=call, ward=ward, bed=bed, call_type=kind, line="ward-a", priority=5),
        CallEscalated(
            at=text, call=call, ward=ward, bed=bed, call_type=kind, step=1, serial=1, tree="usual", index=1, attempt=1,
            by="sms", to=(told,),
        ),
        CallReset(at=at + timedelta(seconds=100), call=call, ward=ward, bed=bed, call_type=kind, waited=100.0),
    )  # fmt: skip


def replay(box: Path, plan: Path, *more: str) -> tuple[int, str]:
    """What it prints of the second of March."""
    days = ["--from", "2026-03-02", "--to", "2026-03-02"]
    asked = ["--settings", str(box), "--language", "en", "journal", "replay", "--plan", str(plan), *days, *more]
    done = CliRunner().invoke(main, asked)
    return done.exit_code, done.output


def test_the_plan_of_the_house_changes_nothing(box: Path, tmp_path: Path) -> None:
    """It has the usual tree."""
    plan = tmp_path / "plan.toml"
    plan.write_text(HOUSE, "utf-8")
    code, said = replay(box, plan)
    assert (code, said.splitlines()[0]) == (0, "1 calls, 0 of them passed on otherwise")


def test_who_was_on_duty_by_the_roster_would_have_been_told(box: Path, tmp_path: Path) -> None:
    """Not those whom the plan names where the roster says nothing."""
    engine = create_engine(f"sqlite:///{tmp_path / 'nightbell.sqlite'}")
    with engine.begin() as connection:
        connection.execute(
            staff.insert().values(id="7", ward="ward-a", name="葛晓芸", role="nurse", mobile="13800000002")
        )
        connection.execute(duties.insert().values(ward="ward-a", day=RAISED.date(), shift="day", staff="7", place=0))
        append(connection, *a_call("r", RAISED + timedelta(minutes=10), ("葛晓芸", "13800000002")))
    engine.dispose()
    plan = tmp_path / "plan.toml"
    plan.write_text(HOUSE, "utf-8")
    code, said = replay(box, plan)
    assert code == 0
    # The other call was told to whom the roster of today does not name.
    assert said.splitlines()[1:4] == [
        "  before: 60 s sms 沈敏 (usual 1)",
        "  after:  60 s sms 葛晓芸 (usual 1)",
        "2 calls, 1 of them passed on otherwise",
    ]


def test_another_tree_is_compared_call_by_call_and_summed(box: Path, tmp_path: Path) -> None:
    """For people and for programs."""
    plan = tmp_path / "quick.toml"
    plan.write_text(HOUSE + QUICK, "utf-8")
    code, said = replay(box, plan)
    assert code == 0
    assert said.splitlines()[:4] == [
        "2026-03-02 09:00:00 ward-a, bed 28, call",
        "  before: 60 s sms 沈敏 (usual 1)",
        "  after:  45 s station ward-a (quick 1)",
        "1 calls, 1 of them passed on otherwise",
    ]
    code, said = replay(box, plan, "--json")
    assert [one["by"] for one in json.loads(said.splitlines()[0])["after"]] == ["station"]
    assert json.loads(said.splitlines()[-1])["passed_on"] == {"before": 1, "after": 1}


def test_a_tree_without_a_last_destination_is_refused(box: Path, tmp_path: Path) -> None:
    """By name, with the line in the file."""
    plan = tmp_path / "bad.toml"
    plan.write_text(HOUSE + QUICK.replace('failsafe = { by = "station", after = 45 }\n', ""), "utf-8")
    code, said = replay(box, plan)
    assert code == 1
    assert "nursecall.escalations[0].failsafe: is missing: say who is told last" in said
    assert str(plan) in said
