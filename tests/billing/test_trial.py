"""A tariff tried on calls that were made, on every storage; on paper and as a workbook."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
from pypdf import PdfReader

from appliance.foundation.values import Money, yuan
from billing.rating import Tariff
from billing.tariff_csv import parse
from billing.trial import Outcome, Talk, Trial, side_of
from billing.trial_report import trial_pdf, trial_workbook

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 2, 10, 20, 59, 30, tzinfo=SHANGHAI)
TEXT = """prefix,name,from,to,rate_per_minute,first_seconds,next_seconds
86,China,,,0.60,60,60
86,China by night,21:00,07:00,0.30,60,60
4420,London,,,2.00,60,60
"""
DAYS = (date(2026, 2, 1), date(2026, 2, 28))


def tried(*talks: Talk) -> Outcome:
    """What comes of these calls by the tariff above."""
    trial = Trial(Tariff("retail", parse(TEXT), version=7), SHANGHAI)
    for talk in talks:
        trial.add(talk)
    return trial.outcome("charge", *DAYS)


def talk(called: str, seconds: int, was: str, minutes: int = 0) -> Talk:
    return Talk(called, AT + timedelta(minutes=minutes), seconds, yuan(was))


def test_calls_are_rated_anew_destination_by_destination() -> None:
    """By the site's clock when each was answered; what changes most stands first; the whole adds up."""
    found = tried(talk("8613800138000", 61, "0.80"), talk("8613800138001", 60, "0.50", 2), talk("442079460958", 1, "9"))
    assert [(part.prefix, part.name, part.calls, part.before, part.after) for part in found.parts] == [
        ("4420", "London", 1, yuan(9), yuan(2)),
        ("86", "China by night", 1, yuan("0.5"), yuan("0.3")),
        ("86", "China", 1, yuan("0.8"), yuan("0.9")),
    ]
    assert (found.whole.calls, found.whole.seconds, found.whole.difference) == (3, 122, yuan("3.2") - yuan("10.3"))


def test_numbers_that_no_row_fits_are_named() -> None:
    """Most calls first; they bring nothing, and count in what was."""
    found = tried(talk("81312345678", 60, "4"), talk("33142685300", 9, "1"), talk("33142685300", 8, "1"))
    assert [(part.prefix, part.calls, part.before, part.after) for part in found.unrated] == [
        ("33142685300", 2, yuan(2), Money(0)),
        ("81312345678", 1, yuan(4), Money(0)),
    ]
    assert (found.whole.before, found.whole.after, found.parts) == (yuan(6), Money(0), ())


def test_an_outcome_goes_through_json_as_it_is() -> None:
    """To the panel and to other programs."""
    found = tried(talk("8613800138000", 61, "0.80"), talk("33142685300", 9, "1"))
    assert Outcome.from_json(found.to_json()) == found


def test_what_is_tried_is_what_the_plan_uses_the_tariff_for() -> None:
    """Callers' money, or the cost over those trunks."""
    trunks = {"telecom": "cost-a", "unicom": "cost-b", "mobile": "cost-a"}
    assert side_of("retail", "retail", trunks) == ("charge", ())
    assert side_of("cost-a", "retail", trunks) == ("cost", ("telecom", "mobile"))
    assert side_of("draft", "retail", trunks) == ("charge", ())


def test_on_paper_and_as_a_workbook() -> None:
    """With the numbers that cannot be called any more."""
    found = tried(talk("8613800138000", 61, "0.80"), talk("33142685300", 9, "1"))
    text = PdfReader(io.BytesIO(trial_pdf(found, "zh", "仁爱医院", AT))).pages[0].extract_text()
    for word in ("资费试算", "retail", "仁爱医院", "+33142685300", "1.80", "0.90"):
        assert word in text, word
    book = openpyxl.load_workbook(io.BytesIO(trial_workbook(found, "en")))
    assert [list(sheet.values)[1] for sheet in book.worksheets[1:]] == [
        ("86", "China", 1, 1, 0.8, 0.9, 0.1),
        ("33142685300", None, 1, 0.1, 1),
    ]


def test_a_month_without_a_call_is_a_page_that_says_so() -> None:
    """No chart, no table."""
    text = PdfReader(io.BytesIO(trial_pdf(tried(), "en", "Ren'ai", AT))).pages[0].extract_text()
    assert "No call was made in these days." in text
