"""`nightbell dial`: what it says of calls in the sample hospital, and that it is what the exchange would do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.foundation.values import Language
from billing.tariff_csv import parse
from billing.tariff_file import as_xlsx

HOSPITAL = Path(__file__).parents[2] / "hospital"
WORK, NIGHT, HOLIDAY = "2026-03-02T09:00", "2026-03-02T22:00", "2026-10-01T09:00"


def dial(extension: str, number: str, *more: str, at: str = WORK, language: Language = "en") -> Result:
    """What it does, by the sample hospital's plan and tariffs."""
    given = ["--plan", str(HOSPITAL / "plan.toml"), "--tariffs", str(HOSPITAL / "tariffs"), "--at", at]
    return CliRunner().invoke(main, ["--language", language, "dial", "--from", extension, *given, *more, "--", number])


def facts(extension: str, number: str, at: str = WORK) -> dict[str, Any]:
    """For programs."""
    done = dial(extension, number, "--json", at=at)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == (0 if found["allowed"] else 1), done.output
    return found


@pytest.mark.parametrize(
    ("extension", "number", "at", "allowed", "kind"),
    [
        ("8001", "8002", WORK, True, "internal"),
        ("8001", "88886666", WORK, True, "local"),
        ("8001", "13800138000", WORK, False, "mobile"),
        ("8002", "88886666", WORK, False, "local"),
        ("8002", "6001000011234013800138000", WORK, True, "billed"),
        ("8091", "6001000011234013800138000", WORK, False, "billed"),
        ("8081", "0010212345", WORK, False, None),
        ("8081", "00442079460958", WORK, True, "international"),
        ("8081", "00442079460958", NIGHT, False, "international"),
        ("8081", "00442079460958", HOLIDAY, False, "international"),
        ("8081", "13800138000", NIGHT, True, "mobile"),
        ("8081", "0088216123456789", WORK, False, "premium"),
        ("8091", "110", NIGHT, True, "emergency"),
        ("8091", "9110", NIGHT, True, "emergency"),
        ("8002", "60010000112340088216123456789", WORK, False, "billed"),
        ("8001", "8200", WORK, True, "internal"),
        ("8001", "777", WORK, False, None),
    ],
)
def test_who_may_dial_what_in_the_sample_hospital(
    extension: str, number: str, at: str, allowed: bool, kind: str | None
) -> None:
    """Exit code 0 or 1, and the class of the number."""
    found = facts(extension, number, at)
    assert (found["allowed"], found["class"]) == (allowed, kind)
    assert found["why"]


def test_the_routes_of_a_call_their_order_and_their_cost() -> None:
    """China Mobile's numbers over its own trunk; abroad with the prefix code first; the rest the cheapest first."""
    mobile, abroad, local = (facts("8081", number) for number in ("13800138000", "00442079460958", "88886666"))
    assert [line["trunk"] for line in mobile["routes"]] == ["mobile", "telecom", "unicom"]
    assert abroad["routes"][0]["sent"] == "1790900442079460958"
    costs = [float(line["cost_of_three_minutes"]) for line in local["routes"]]
    assert len(costs) == 3
    assert costs == sorted(costs)


def test_timed_calls_and_how_long_they_may_last() -> None:
    """A ward's local calls, ten minutes; the offices' as long as they like."""
    assert (facts("8001", "88886666")["limit_seconds"], facts("8001", "88886666")["warning_seconds"]) == (600, 30)
    assert facts("8081", "88886666")["limit_seconds"] is None


def test_a_billed_call_says_its_price_and_lines_but_never_account_or_pin() -> None:
    """The number is cut out of the string by the plan's lengths."""
    for language in ("en", "zh"):
        done = dial("8002", "6004711081234013800138000", language=language)
        assert done.exit_code == 0
        assert "+8613800138000" in done.stdout
        assert re.search(r"0\.6(?!\d)", done.stdout)
        assert "471108" not in done.output
        assert "1234" not in done.output
    assert facts("8002", "6004711081234013800138000")["routes"][0]["trunk"] == "mobile"


def test_people_are_told_in_chinese() -> None:
    """Every step, then the verdict."""
    lines = dial("8001", "13800138000", language="zh").stdout.splitlines()
    assert lines == [
        "+8613800138000 是外线号码，类别：手机。",
        "主叫属于“内科一病区护士站”，服务等级为“病区”。",
        "“病区”不可拨打：手机。",
        "不允许呼叫。",
    ]


@pytest.mark.parametrize(
    ("extension", "number", "at", "said"),
    [
        ("7000", "110", WORK, "There is no extension 7000."),
        ("8001", "call mum", WORK, "That cannot be dialled"),
        ("8001", "110", "noon", "is not a time like"),
    ],
)
def test_a_wrong_question_has_another_exit_code(extension: str, number: str, at: str, said: str) -> None:
    """2, so that a script does not take it for a refusal."""
    done = dial(extension, number, at=at)
    assert done.exit_code == 2
    assert said in done.output


def test_a_plan_that_is_faulty_is_no_answer_either(tmp_path: Path) -> None:
    """Its faults are named."""
    plan = tmp_path / "plan.toml"
    text = (HOSPITAL / "plan.toml").read_text("utf-8")
    plan.write_text(text.replace('rights = "ward" ', 'rights = "wards" '), "utf-8")
    done = CliRunner().invoke(main, ["--language", "en", "dial", "--from", "8001", "--plan", str(plan), "110"])
    assert done.exit_code == 2
    assert "there is no class of service 'wards'" in done.output


def test_without_a_file_the_plan_in_force_and_the_imported_tariffs_count(tmp_path: Path) -> None:
    """As the box has them; what was not imported costs nobody knows what, and comes last."""
    settings = tmp_path / "nightbell.toml"
    settings.write_text(f'directory = "{tmp_path}"\n', "utf-8")

    def box(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--settings", str(settings), "--language", "en", *arguments])

    assert box("dial", "--from", "8081", "13800138000").exit_code == 2
    assert box("plan", "load", str(HOSPITAL / "plan.toml"), "--activate").exit_code == 0
    assert box("tariff", "import", "cost-unicom", str(HOSPITAL / "tariffs" / "cost-unicom.csv")).exit_code == 0
    done = box("dial", "--from", "8081", "88886666", "--json")
    assert done.exit_code == 0, done.output
    routes = json.loads(done.stdout)["routes"]
    assert [(line["trunk"], line["cost_of_three_minutes"] is None) for line in routes] == [
        ("unicom", False), ("telecom", True), ("mobile", True),
    ]  # fmt: skip


def test_tariffs_in_workbooks_count_as_well(tmp_path: Path) -> None:
    """NAME.xlsx beside NAME.csv of others; both of one name are one too many."""
    for file in (HOSPITAL / "tariffs").glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    retail = tmp_path / "retail.csv"
    (tmp_path / "retail.xlsx").write_bytes(as_xlsx(parse(retail.read_text("utf-8-sig")), "retail"))
    asked = ("--tariffs", str(tmp_path))
    twice = dial("8002", "6001000011234013800138000", *asked)
    assert (twice.exit_code, f"There are both {retail} and retail.xlsx: keep one." in twice.stderr) == (2, True)
    retail.unlink()
    assert dial("8002", "6001000011234013800138000", *asked).stdout == dial("8002", "6001000011234013800138000").stdout
