"""Pages and charts become PDF."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from appliance.foundation import report
from appliance.foundation.charts import Columns, Distribution, Heat, Parts, svg

COLUMNS = Columns(labels=["早", "中", "晚"], values=[3, 0, 5], across="班次", up="次数")
SPREAD = Distribution(edges=[0, 1, 2], counts=[4, 1], marks=[("50% 0:30", 0.5)], across="分钟", up="次数")


PARTS = Parts(["一", "二"], [5, None], [2, None], ("全部", "超时"), "日期", "次数")
WEEK = Heat(["周一", "周二"], ["0", "1", "2"], [[0, 3, 77], [0, 0, 0]], "时")


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def fonts(pdf: bytes) -> list[Any]:
    found = []
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found += [child.get_object() for child in font.get_object()["/DescendantFonts"]]
    return found


def test_chinese_is_printed_as_chinese_in_the_simplified_face() -> None:
    """Letters come back out of the PDF, and the face is the one for Simplified Chinese, embedded."""
    pdf = report.pdf("<p>护士您好，骨科 28 床</p>")
    assert "护士您好，骨科 28 床" in read(pdf)
    faces = fonts(pdf)
    assert {str(face["/BaseFont"]).partition("+")[2] for face in faces} == {"Noto-Sans-CJK-SC"}
    assert all("/FontFile3" in face["/FontDescriptor"] for face in faces)


def test_parts_of_columns_and_a_week_of_hours_are_drawn() -> None:
    """With their legend, names and counts as words; nothing in them is a picture made of pixels."""
    text = read(report.pdf('<img src="chart:parts"><img src="chart:week">', {"parts": PARTS, "week": WEEK}))
    for word in ("全部", "超时", "周二", "77"):
        assert word in text
    assert b"<image" not in svg(WEEK)
    assert svg(Heat(["a"], ["0"], [[0]], "")).startswith(b"<?xml")


def test_a_chart_stands_where_the_page_names_it() -> None:
    """`chart:NAME` shows the chart, with its words as words."""
    text = read(report.pdf('<img src="chart:shifts"><img src="chart:waits">', {"shifts": COLUMNS, "waits": SPREAD}))
    assert "班次" in text
    assert "50% 0:30" in text


def test_a_report_reaches_no_file_and_no_network() -> None:
    """What a patient's name might smuggle in cannot make the box fetch something."""
    with pytest.raises(ValueError, match="may not reach file:///etc/hostname"):
        report.pdf('<img src="file:///etc/hostname">')


def test_a_chart_that_is_not_there_is_a_fault() -> None:
    """Rather than a page with a hole in it."""
    with pytest.raises(ValueError, match="may not reach chart:lost"):
        report.pdf('<img src="chart:lost">', {"found": COLUMNS})


def test_a_chart_is_the_same_each_time() -> None:
    """No date and no chance in it: two prints of one day do not differ."""
    assert svg(COLUMNS) == svg(COLUMNS)


def test_a_chart_of_nothing_can_be_drawn() -> None:
    """A quiet day has empty columns, not a fault."""
    assert svg(Columns(labels=["0"], values=[0], across="", up="")).startswith(b"<?xml")


def test_durations_and_dates_read_as_people_write_them() -> None:
    """Minutes and seconds; the site's own time; the day in words."""
    assert report.span(125) == "2:05"
    assert report.span(3725.4) == "1:02:05"
    assert report.long_date(date(2026, 3, 2), "zh") == "2026年3月2日星期一"
    assert report.long_date(date(2026, 3, 2), "en") == "Monday, 2 March 2026"
    moment = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert report.stamp(moment, ZoneInfo("Asia/Shanghai")) == "2026-03-03 00:30"
