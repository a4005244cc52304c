"""The day's nurse calls on paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from appliance.foundation.config import parse
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall import reports
from nursecall.reports import daily_calls
from nursecall.views import PastCall
from tests.fakes.clock import START
from tests.nursecall.test_views import a_call

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 2)
PLAN = parse(Path("hospital/plan.toml").read_text("utf-8"), Plan)
PRINTED = datetime(2026, 3, 3, 0, 12, tzinfo=UTC)


def printed(calls: Sequence[PastCall], *, ward: str | None = "ward-a", language: Language = "zh") -> list[str]:
    """The lines of the report."""
    pdf = daily_calls(
        calls, PLAN.nursecall, DAY, ward, SHANGHAI, language, PLAN.site.name[language], printed_at=PRINTED
    )
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).splitlines()


@pytest.fixture(scope="module")
def ward_day() -> list[str]:
    """Ward A in Chinese: four calls, 30, 155 and 400 s long and one open; one of another ward, one of another day."""
    calls = [
        a_call("1", waited=30, acknowledged_at=START + timedelta(seconds=12), acknowledged_by="沈敏"),
        a_call("2", waited=155, bed="3", call_type="wc", priority=3, care_grade=2, presses=3),
        a_call("3", waited=400, escalations=1, call_type="code-blue", priority=1, at=START + timedelta(hours=6)),
        a_call("4", waited=None, bed="7", care_grade=None),
        a_call("5", ward="ward-b", waited=3000),
        a_call("6", at=START + timedelta(days=1), waited=3000),
    ]
    return printed(calls)


def test_the_heading_names_hospital_ward_and_day(ward_day: list[str]) -> None:
    """And the foot when it was printed, by the site's clock, and the page."""
    assert ward_day[:3] == ["之江示范医院", "护士呼叫日报", "2026年3月2日星期一 ｜ 内科一病区"]
    assert any("打印于 2026-03-03 08:12" in line for line in ward_day)
    assert any("第 1 页，共 1 页" in line for line in ward_day)


def test_the_figures_are_those_of_the_calls(ward_day: list[str]) -> None:
    """Four calls, three answered, one passed on; nearest-rank median 2:35, p90 and p99 6:40."""
    assert ward_day[3:15:2] == ["4", "3", "1", "2:35", "6:40", "6:40"]


def test_each_call_has_its_line(ward_day: list[str]) -> None:
    """Time of the site, bed, care grade, type, presses, passed on, who took it, response."""
    rows = [line for line in ward_day if line[2:3] == ":" and line[5:6] == ":"]
    assert rows == [
        "09:00:00 28 一级护理 呼叫 1 – 沈敏 (0:12) 0:30",
        "09:00:00 3 二级护理 卫生间呼叫 3 – – 2:35",
        "09:00:00 7 – 呼叫 1 – – 未结束",
        "15:00:00 28 一级护理 紧急抢救 1 1 – 6:40",
    ]


def test_types_are_compared(ward_day: list[str]) -> None:
    """Count, answered, passed on and percentiles of each type of call."""
    assert "呼叫 2 1 0 0:30 0:30 0:30" in ward_day
    assert "紧急抢救 1 1 1 6:40 6:40 6:40" in ward_day


def test_the_charts_are_there(ward_day: list[str]) -> None:
    """Their axes and marks are words in the PDF."""
    assert {"50% 2:35", "90% 6:40", "分钟"} <= set(ward_day)


def test_no_patient_is_named(ward_day: list[str]) -> None:
    """The report goes from desk to desk; beds are enough."""
    assert not any("乐正平" in line for line in ward_day)


def test_all_wards_in_english() -> None:
    """Every ward, compared; a call type that is no longer in the plan keeps its id."""
    lines = printed([a_call("1"), a_call("2", ward="ward-b", call_type="old")], ward=None, language="en")
    assert lines[:3] == ["Zhijiang Sample Hospital", "Daily nurse call report", "Monday, 2 March 2026 ｜ All wards"]
    assert "Medical ward 1 1 1 0 1:00 1:00 1:00" in lines
    assert "09:00:00 Surgical ward 2 28 Care grade 1 old 1 – – 1:00" in lines


def test_an_empty_day_says_so() -> None:
    """A page with its heading and one sentence."""
    lines = printed([])
    assert lines[2] == "2026年3月2日星期一 ｜ 内科一病区"
    assert "本日没有护士呼叫记录。" in lines


def test_of_too_many_calls_the_open_and_the_slowest_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures still count all of them, and the heading says what is listed."""
    monkeypatch.setattr(reports, "LISTED", 2)
    waits: dict[str, Any] = {"1": 0, "2": None, "3": 500, "4": 20}
    lines = printed([a_call(bed, bed=bed, waited=wait) for bed, wait in waits.items()])
    assert lines[3] == "4"
    assert "呼叫明细（共 4 次，列出响应最慢的 2 次）" in lines
    assert [line.split()[1] for line in lines if line.startswith("09:00:00")] == ["2", "3"]
