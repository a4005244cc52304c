"""`nightbell inbound`: what it says of a call from outside by the sample hospital's plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.foundation.values import Language

PLAN = Path(__file__).parents[2] / "hospital" / "plan.toml"


def inbound(*arguments: str, language: Language = "en") -> Result:
    """What it does, by the sample hospital's plan."""
    return CliRunner().invoke(main, ["--language", language, "inbound", "--plan", str(PLAN), *arguments])


@pytest.mark.parametrize(
    ("caller", "called", "at", "rule"),
    [
        ("13800000091", "88880001", "2026-03-02T09:00", "vip"),
        ("13700000000", "88888012", "2026-03-02T09:00", "direct"),
        ("13700000000", "057188880009", "2026-03-02T03:00", "ward"),
        ("13700000000", "88880001", "2026-03-02T09:00", "day"),
        ("13700000000", "8657188880002", "2026-10-10T01:00Z", "day"),  # a make-up Saturday, nine in the morning
        ("13700000000", "88880001", "2026-10-01T09:00", "night"),
        ("13700000000", "99999999", "2026-03-02T09:00", None),
    ],
)
def test_which_rule_fits(caller: str, called: str, at: str, rule: str | None) -> None:
    """For programs."""
    done = inbound("--from", caller, "--to", called, "--at", at, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rule"] == rule


def test_what_is_done_and_why_in_chinese() -> None:
    """For people."""
    done = inbound("--to", "88880001", "--at", "2026-03-02T22:00", language="zh")
    lines = done.stdout.splitlines()
    assert lines[0] == "经中继 telecom 呼入 8657188880001，主叫号码未显示。"
    assert "规则“总机（下班）”适用。" in lines
    assert lines[-3:] == [
        "1. 8081 振铃 15 秒。",
        "2. 依次呼叫 13800000092, 13800000093，各 20 秒，直到有人按1接听。",
        "3. 播报“您好，现在是下班时间，急诊请拨打120。”后挂机。",
    ]


def test_what_cannot_be() -> None:
    """A trunk that is not there, and a time that is none."""
    assert "There is no trunk x." in inbound("--to", "1", "--trunk", "x").output
    assert "is not a time like" in inbound("--to", "1", "--at", "noon").output
