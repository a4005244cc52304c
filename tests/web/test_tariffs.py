"""The pages of tariffs, trials, regions and margins, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from appliance.foundation.values import yuan
from billing.margin import Earned
from billing.tariff import Version
from billing.trial import Outcome, Part
from pbx.regions.store import Imported
from tests.fakes.clock import START
from tests.web.browser import Browser, Hospital, Reply, hospital

FORM = "multipart/form-data; boundary=x"


@pytest.fixture
def house() -> Hospital:
    """Retail has a past, a present and a future; a trunk's tariff counts."""
    place = hospital()
    day = timedelta(days=1)
    moments = [START - 60 * day, START - 20 * day, START + 10 * day]
    ends = [*moments[1:], None]
    place.cardboard.tariffs.known = [
        Version(1, "telecom", START - day, None, START - day, 3, "root"),
        *(
            Version(number, "retail", start, end, START - 61 * day, 3, "沈敏")
            for number, start, end in zip((2, 3, 4), moments, ends, strict=True)
        ),
    ]
    return place


def send(browser: Browser, path: str, content: bytes, **fields: str) -> Reply:
    """A form with a file."""
    parts = [f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
             for name, text in {"csrf": browser.token(), **fields}.items()]  # fmt: skip
    head = b'--x\r\ncontent-disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'
    return browser.post_bytes(path, FORM, b"".join([*parts, head, content, b"\r\n--x--\r\n"]))


def test_each_tariff_has_a_time_line_and_its_versions(house: Hospital) -> None:
    """Which counts, which is to come, what the plan uses it for; a tariff that the plan names and nobody imported."""
    page = house.browser("manager").get("/tariffs").text
    assert page.index("<h2>retail") < page.index("<h2>telecom")
    for word in ("what patients pay", "counts now", "to come", "/tariffs/compare?before=3&amp;after=4", "span-future"):
        assert word in page, word
    assert page.count("Take back</button>") == 1
    assert "The plan names the tariff unicom, but no version of it counts now." in page
    chinese = house.browser("it", language="zh").get("/tariffs").text
    assert "患者付费" in chinese


def test_a_file_is_imported_from_a_moment_on(house: Hospital) -> None:
    """Who sent it is told; the time is the site's."""
    reply = send(house.browser("manager"), "/tariffs", b"prefix", name="retail", valid_from="2026-04-01T08:30")
    assert (reply.status, reply.headers["location"]) == (303, "/tariffs?done=1")
    [(_, name, at, content, by)] = house.cardboard.tariffs.asked
    assert (name, f"{at:%Y-%m-%d %H:%M %z}", content, by) == ("retail", "2026-04-01 08:30 +0800", b"prefix", "manager")


def test_every_bad_row_is_shown(house: Hospital) -> None:
    """And what was typed is still there."""
    house.cardboard.tariffs.fault = "The tariff was not loaded.\n" + "\n".join(f"Row {n}: bad" for n in range(2, 150))
    reply = send(house.browser("manager"), "/tariffs", b"prefix", name="retail")
    assert reply.status == 422
    for word in ("The tariff was not loaded.", "Row 2: bad", "Row 99: bad", "and 49 more", 'value="retail"'):
        assert word in reply.text, word
    nothing = send(house.browser("manager"), "/tariffs", b"", name="retail")
    assert (nothing.status, "Choose a file first." in nothing.text) == (422, True)
    assert send(house.browser("manager"), "/tariffs", b"x", name="../x").status == 422


def test_a_version_is_looked_at_searched_and_taken_away(house: Hospital) -> None:
    """By number; as both kinds of file."""
    it = house.browser("it")
    page = it.get("/tariffs/versions/3?q=8613800138000").text
    assert ("手机夜间" in page, "London" in page) == (True, False)
    assert it.get("/tariffs/versions/3.xlsx").headers["content-disposition"] == 'attachment; filename="retail-3.xlsx"'
    assert [it.get(f"/tariffs/versions/{what}").status for what in ("9", "3.pdf", "x.csv")] == [404, 404, 404]


def test_two_versions_stand_side_by_side(house: Hospital) -> None:
    """What was and what is, dearer or gone."""
    page = house.browser("manager").get("/tariffs/compare?before=3&after=4").text
    for word in ("<del>0.36</del> <b>0.41</b>", "dearer", "gone", "change-removed"):
        assert word in page, word
    assert "Nothing differs." in house.browser("manager").get("/tariffs/compare?before=3&after=4&q=nowhere").text


def test_a_version_to_come_is_taken_back(house: Hospital) -> None:
    """Unless it may not."""
    browser = house.browser("manager")
    assert browser.post("/tariffs/versions/4/withdraw").status == 303
    assert house.cardboard.tariffs.asked == [("withdraw", 4, "manager")]
    house.cardboard.tariffs.fault = "This version counts already."
    refused = browser.post("/tariffs/versions/3/withdraw")
    assert (refused.status, "This version counts already." in refused.text) == (422, True)


def test_a_trial_goes_on_and_comes_to_an_end(house: Hospital) -> None:
    """Last month's calls by default; how far it is; the result, its files, and numbers that no row fits."""
    browser, tariffs = house.browser("manager"), house.cardboard.tariffs
    assert '<option value="4" selected>' in browser.get("/tariffs/try?version=4").text
    assert browser.post("/tariffs/try", {"version": "4"}).headers["location"] == "/tariffs/try/t1"
    assert tariffs.asked == [("try", 4, date(2026, 2, 1), date(2026, 2, 28), "manager")]
    assert 'http-equiv="refresh"' in browser.get("/tariffs/try/t1").text
    tariffs.attempts["t1"] = replace(tariffs.attempts["t1"], done=30_000, whole=120_000)
    going = browser.get("/tariffs/try/t1").text
    assert ("30000 of 120000 calls" in going, 'value="25"' in going) == (True, True)
    assert browser.get("/tariffs/try/t1/trial.pdf").status == 404
    part, lost = Part("86", "China", 5, 300, yuan(3), yuan(4)), Part("33142685300", "", 2, 60, yuan(1), yuan(0))
    whole = Part("", "", 7, 360, yuan(4), yuan(4))
    outcome = Outcome("retail", 4, "charge", date(2026, 2, 1), date(2026, 2, 28), whole, (part,), (lost,))
    tariffs.attempts["t1"] = replace(tariffs.attempts["t1"], outcome=outcome)
    over = browser.get("/tariffs/try/t1").text
    for word in ("+33142685300", "China", "¥4.00", "Numbers that no row fits"):
        assert word in over, word
    assert 'http-equiv="refresh"' not in over
    assert browser.get("/tariffs/try/t1/trial.pdf").body.startswith(b"%PDF")
    tariffs.attempts["t1"] = replace(tariffs.attempts["t1"], outcome=None, fault="The disk is full.")
    assert "The disk is full." in browser.get("/tariffs/try/t1").text
    assert browser.get("/tariffs/try/t9").status == 404


def test_whose_a_number_is_and_the_table_of_regions(house: Hospital) -> None:
    """Asked, imported with the country's code, taken away."""
    it, tariffs = house.browser("it"), house.cardboard.tariffs
    assert "None was imported" in it.get("/tariffs/regions").text
    tariffs.table = Imported(START, "root", 500_000)
    page = it.get("/tariffs/regions?number=13800138000").text
    for word in ("+8613800138000", "中国移动", "北京市", "500000 rows"):
        assert word in page, word
    assert send(it, "/tariffs/regions", b"number", code="86").status == 303
    assert tariffs.asked[-1] == ("regions", b"number", "86", "it")
    tariffs.fault = "Row 2: bad"
    assert "Row 2: bad" in send(it, "/tariffs/regions", b"number").text
    assert it.get("/tariffs/regions.csv").body == b"number,carrier,region"


def test_the_margin_of_a_month(house: Hospital) -> None:
    """Figures, a picture, tables in the plan's words; as files, which the journal knows of."""
    keys = {"destination": "44 London", "trunk": "telecom", "group": "", "carrier": "BT"}
    house.cardboard.reports.earned = [
        Earned("a", "442079460958", START, 60, yuan(2), yuan("0.5"), keys),  # type: ignore[arg-type]
        Earned("b", "442079460958", START, 60, yuan(1), yuan("1.5"), keys),  # type: ignore[arg-type]
        Earned("h", "442079460958", START, 60, None, yuan("0.25"), keys),  # type: ignore[arg-type]
    ]
    browser = house.browser("manager")
    page = browser.get("/tariffs/margin").text
    for word in ("¥3.00", "¥2.00", "33.3", "44 London", "Calls at a loss", "¥0.25", 'class="chart-part"'):
        assert word in page, word
    assert (
        "这些天没有通话" in house.browser("admin", language="zh").get("/tariffs/margin?period=day&day=2026-01-05").text
    )
    assert browser.get("/tariffs/margin/calls.xlsx?period=week").body == b"margin"
    assert house.cardboard.reports.asked == [("margin", date(2026, 3, 2), date(2026, 3, 8), "xlsx", "en")]
    assert browser.get("/tariffs/margin/calls.doc").status == 404


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/tariffs", {"manager", "it", "admin"}),
        ("/tariffs/try", {"manager", "it", "admin"}),
        ("/tariffs/regions", {"manager", "it", "admin"}),
        ("/tariffs/versions/3.csv", {"manager", "it", "admin"}),
        ("/tariffs/margin", {"manager", "admin"}),
        ("/tariffs/margin/calls.pdf", {"manager", "admin"}),
    ],
)
def test_nobody_else_sees_them(house: Hospital, path: str, roles: set[str]) -> None:
    """Prices are not for everybody."""
    for role in ("nurse", "cashier", "manager", "it", "admin", "operator"):
        assert house.browser(role).get(path).status == (200 if role in roles else 403), role


def test_a_large_file_is_taken_here_and_nowhere_else(house: Hospital) -> None:
    """A tariff of a hundred thousand rows is five megabytes."""
    large = b"x" * 5_000_000
    assert send(house.browser("manager"), "/tariffs", large, name="retail").status == 303
    assert send(house.browser("admin"), "/patients/import", large).status == 413
