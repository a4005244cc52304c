"""The history of calls and their analysis, as pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from appliance.foundation import journal
from nursecall import events
from nursecall.analysis import PatientDays
from nursecall.views import PastCall
from tests.fakes.clock import START
from tests.support import now
from tests.web.browser import PASSWORD, Browser, Hospital, hospital

TODAY = date(2026, 3, 2)


def past(house: Hospital, identity: str, *, ago: float = 60, lasted: float | None = 95, **facts: Any) -> PastCall:
    """A call of bed 28, `ago` minutes before now."""
    raised = START - timedelta(minutes=ago)
    values: dict[str, Any] = {
        "ward": "w1", "bed": "28", "call_type": "call", "priority": 3, "line": "h1",
        "state": "raised" if lasted is None else "ended", "presses": 1, "escalations": 0,
        "acknowledged_at": raised + timedelta(seconds=12), "acknowledged_by": "陈护士",
        "ended_at": None if lasted is None else raised + timedelta(seconds=lasted), "patient": "王秀英",
        "care_grade": 1,
    }  # fmt: skip
    call = PastCall(id=identity, raised_at=raised, **values | facts)
    house.cardboard.history.past.append(call)
    return call


@pytest.fixture
def house() -> Hospital:
    """Three calls of ward 1, one of ward 2, one of long ago."""
    place = hospital()
    past(place, "a")
    past(place, "b", bed="3", call_type="wc", escalations=2, lasted=700, patient="<i>李</i>", acknowledged_by="李护士")
    past(place, "c", bed="7", lasted=None)
    past(place, "d", ward="w2", patient="赵敏")
    past(place, "e", ago=60 * 24 * 30, bed="9")
    now(place.cardboard.house.users.add("ann", "nurse", PASSWORD, wards=("w2",), must_change=False))
    return place


def shown(browser: Browser, query: str = "") -> list[str]:
    """The calls on the page, in order."""
    page = browser.get(f"/history{query}")
    assert page.status == 200
    return re.findall(r'href="/history/([a-z0-9]+)"', page.text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abcd"),
        ("?first=2026-01-01", "abcde"),
        ("?first=2026-01-01&last=2026-02-10", "e"),
        ("?ward=w2", "d"),
        ("?bed=7", "c"),
        ("?type=wc", "b"),
        ("?patient=%E8%B5%B5", "d"),
        ("?staff=%E6%9D%8E", "b"),
        ("?ending=open", "c"),
        ("?ending=escalated", "b"),
        ("?ending=reset&bed=28", "ad"),
        ("?waited=10", "bc"),
        ("?waited=nonsense&ending=nonsense&first=nonsense&page=nonsense", "abcd"),
    ],
)
def test_calls_are_found(house: Hospital, query: str, found: str) -> None:
    """By day, ward, bed, type, patient, staff, outcome and how long they waited; nonsense leaves nothing out."""
    assert sorted(shown(house.browser("manager"), query)) == list(found)


def test_a_nurse_of_one_ward_finds_no_other(house: Hospital) -> None:
    """Neither in the list, nor by asking for the ward or the call; and takes nothing away."""
    ann = house.browser("ann")
    assert shown(ann) == ["d"]
    assert shown(ann, "?patient=%E7%8E%8B") == []
    assert [ann.get(path).status for path in ("/history?ward=w1", "/history/a", "/history/d")] == [403, 404, 200]
    assert "XLSX" not in ann.get("/history").text
    assert ann.get("/history/calls.csv").status == 403


def test_pages_are_turned(house: Hospital) -> None:
    """Fifty a page, none twice, none left out, whatever is asked for kept."""
    for number in range(120):
        past(house, f"n{number}", ago=number / 10, bed="11")
    nurse = house.browser("nurse")
    pages = [shown(nurse, f"?bed=11&page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert pages[0][0] == "n0"
    assert len({call for page in pages for call in page}) == 120
    assert shown(nurse, "?bed=11&page=99") == pages[2]
    assert "bed=11&amp;page=3" in nurse.get("/history?bed=11&page=2").text.replace("bed=11&page", "bed=11&amp;page")


def test_one_call_opens_with_all_that_befell_it(house: Hospital) -> None:
    """In the reader's language; what people typed is only text."""
    call = past(house, "z", patient="<b>x</b>")
    subject: dict[str, Any] = {"call": "z", "ward": "w1", "bed": "28", "call_type": "call"}
    told = [
        events.CallRaised(at=call.raised_at, line="h1", priority=3, **subject),
        events.CallAcknowledged(at=call.raised_at + timedelta(seconds=12), by="陈护士", device="station", **subject),
        events.CallReset(at=call.raised_at + timedelta(seconds=95), waited=95, **subject),
    ]
    now(house.cardboard.database.transact(lambda connection: journal.append(connection, *told)))
    page = house.browser("nurse").get("/history/z").text
    for text in ("Pressed.", "陈护士 took it at: station.", "+0:12", "Reset at the bed.", "+1:35", "&lt;b&gt;x"):
        assert text in page, text
    assert "床旁复位。" in house.browser("nurse", language="zh").get("/history/z").text
    assert house.browser("nurse").get("/history/none").status == 404


def test_what_is_taken_away_is_what_was_found_and_is_on_record(house: Hospital) -> None:
    """With names for those who may see them."""
    manager = house.browser("manager")
    reply = manager.get("/history/calls.xlsx?ward=w1&bed=28&ending=open&waited=2&first=2026-02-01&last=2026-02-28")
    assert reply.headers["content-disposition"] == 'attachment; filename="history-2026-02-01-2026-02-28.xlsx"'
    ((what, first, last, wanted, kind, language, named),) = house.cardboard.reports.asked
    assert (what, first, last, kind, language, named) == (
        "history", date(2026, 2, 1), date(2026, 2, 28), "xlsx", "en", True,
    )  # fmt: skip
    assert (wanted.wards, wanted.bed, wanted.ending, wanted.waited) == (("w1",), "28", "open", timedelta(minutes=2))  # type: ignore[attr-defined]
    assert manager.get("/history/calls.exe").status == 404
    manager.get("/analysis/calls.pdf?period=month&day=2026-02-10&ward=w2")
    printed = now(
        house.cardboard.database.transact(
            lambda connection: [entry.body for entry in journal.entries(connection) if "Printed" in entry.kind]
        )
    )
    assert [(body["report"], body["subject"], body["first"], body["last"], body["by"]) for body in printed] == [
        ("history xlsx", "w1", "2026-02-01", "2026-02-28", "manager"),
        ("analysis pdf", "w2", "2026-02-01", "2026-02-28", "manager"),
    ]


def test_the_analysis_shows_figures_pictures_and_tables(house: Hospital) -> None:
    """Of the week in which today is. Four calls, two of three held against a target were late."""
    house.cardboard.reports.patient_days = PatientDays(8, "stays")
    manager = house.browser("manager")
    page = manager.get("/analysis").text
    for text in ("2026-03-02 – 2026-03-08", "<dd>4 <small>1 still open", "0.5", "Counted from 8.0 patient-days"):
        assert text in page, text
    assert page.count("<svg viewBox") == 4 + page.count('<svg viewBox="0 0 24 24"')
    assert all(label for label in re.findall(r'role="img" aria-label="([^"]*)"', page))
    assert "Ward 2 · Orthopaedics" in page
    assert "王秀英" not in page
    assert "Ward 1 · Cardiology 28" not in manager.get("/analysis?ward=w2").text
    assert manager.get("/analysis?ward=nowhere").status == 404
    assert "第" not in page


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("period=day&day=2026-02-28", ("2026-02-28", "2026-02-28")),
        ("period=week&day=2026-03-01", ("2026-02-23", "2026-03-01")),
        ("period=month&day=2026-02-10", ("2026-02-01", "2026-02-28")),
        ("period=month&day=2026-09-09", ("2026-03-01", "2026-03-31")),
        ("period=x&day=x", ("2026-03-02", "2026-03-08")),
    ],
)
def test_a_period_is_a_day_a_week_or_a_month(house: Hospital, query: str, days: tuple[str, str]) -> None:
    """The one in which the day is; never one that is wholly to come."""
    house.browser("manager").get(f"/analysis/calls.xlsx?{query}")
    ((_, first, last, *_),) = house.cardboard.reports.asked
    assert (str(first), str(last)) == days


def test_a_quiet_period_has_a_page_too() -> None:
    """Nothing to divide by."""
    manager = hospital().browser("manager", language="zh")
    for period in ("day", "week", "month"):
        page = manager.get(f"/analysis?period={period}")
        assert page.status == 200
        assert "护士呼叫分析" in page.text


def test_the_day_counts_all_its_calls_and_shows_them_by_pages(house: Hospital) -> None:
    """Ten thousand calls: figures of all of them, a hundred rows."""
    for number in range(10_000):
        past(house, f"m{number}", ago=number / 1000, ward="w2")
    page = house.browser("manager").get("/reports?ward=w2").text
    assert "<dd>10001</dd>" in page
    assert page.count("<tr><td") == 100
    assert "Page 1 of 101" in page
    assert house.browser("manager").get("/reports?ward=w2&page=101").text.count("<tr><td") == 1
