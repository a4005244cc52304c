"""Who may dial what, and the dial simulator, over HTTP."""

from __future__ import annotations

import re

import pytest

from pbx.plan import PbxPlan
from tests.fakes.house import PBX
from tests.pbx.outgoing import DEMO
from tests.web.browser import Browser, Hospital, hospital

MOBILE, PIN = "13800138000", "4711"


@pytest.fixture
def house() -> Hospital:
    """The classes of service of a small hospital, over the house's own two trunks."""
    place = hospital()
    outgoing = {key: DEMO[key] for key in ("extensions", "schedules", "outgoing")}
    trunks = [trunk.model_dump(mode="json") for trunk in PBX.trunks]
    place.cardboard.dialling.plan = PbxPlan.model_validate(outgoing | {"trunks": trunks})
    return place


def ask(browser: Browser, extension: str, number: str, at: str = "2026-03-02T10:00") -> str:
    """The simulator's answer."""
    reply = browser.post("/exchange/dialling", {"extension": extension, "number": number, "at": at})
    assert reply.status == 200
    return reply.text


def row(page: str, name: str) -> list[str]:
    """The cells of one group's row of the matrix, tags left out."""
    found = re.search(rf"<tr><td><b>{name}</b>.*?</tr>", page, re.DOTALL)
    assert found
    cells = re.findall(r"<td class=\"may( yes)?\">(.*?)</td>", found[0], re.DOTALL)
    words = [re.sub(r"<svg.*?</svg>", "yes ", cell, flags=re.DOTALL) if yes else "no" for yes, cell in cells]
    return [re.sub(r"<.*?>", "", cell).strip() for cell in words]


def test_the_matrix_shows_every_group_and_kind_of_number(house: Hospital) -> None:
    """Limits and one-city permission stand in their cells; emergency numbers are everybody's."""
    page = house.browser("it").get("/exchange/dialling?at=2026-03-02T10:00").text
    assert row(page, "Stations") == ["yes", "yes", "yes", "yes at most 3:00", "no", "no", "no", "no", "no"]
    assert row(page, "Offices")[4] == "yes only 571, 574"
    assert row(page, "Corridor") == ["yes", "yes", *["no"] * 7]


def test_the_matrix_is_another_at_another_time(house: Hospital) -> None:
    """On a Sunday the offices call inside and locally only."""
    browser = house.browser("it")
    monday, sunday = (
        [cell != "no" for cell in row(browser.get(f"/exchange/dialling?at={day}T10:00").text, "Offices")]
        for day in ("2026-03-02", "2026-03-01")
    )
    assert (sum(monday), sum(sunday)) == (6, 3)


def test_a_call_that_may_be_made_says_limit_line_and_why(house: Hospital) -> None:
    """Step by step."""
    page = ask(house.browser("it"), "8001", "88886666")
    assert "Allowed" in page
    assert "at most 3:00" in page
    assert "057188886666" in page
    assert "“Ward” may dial local calls." in page.replace("&#34;", '"')


def test_a_call_that_may_not_be_made_says_why(house: Hospital) -> None:
    """In the visitor's language; the number stays in its field."""
    page = ask(house.browser("it", language="zh"), "8001", MOBILE)
    assert "本话机无权拨打此类电话。" in page
    assert "“病区”不可拨打：手机。" in page
    assert f'value="{MOBILE}"' in page


def test_now_the_live_trunks_count_and_at_another_time_all_of_them(house: Hospital) -> None:
    """A dead trunk cannot carry a call now; nobody knows what tomorrow brings."""
    house.cardboard.dialling.healthy = []
    browser = house.browser("it")
    assert "No line can take the call now." in ask(browser, "8020", MOBILE, at="")
    assert "No line can take the call now." not in ask(browser, "8020", MOBILE)


def test_account_and_pin_are_never_shown(house: Hospital) -> None:
    """What is left in the field of a billed number is its access code."""
    page = ask(house.browser("it"), "8001", f"600100001{PIN}{MOBILE}")
    assert PIN not in page
    assert "100001" not in page
    assert 'value="600"' in page


@pytest.mark.parametrize(
    ("extension", "number", "said"),
    [("7000", "110", "There is no extension 7000."), ("8001", "call mum", "That cannot be dialled")],
)
def test_a_wrong_question_is_told(house: Hospital, extension: str, number: str, said: str) -> None:
    """Beside the form."""
    assert said in ask(house.browser("it"), extension, number)


def test_a_time_that_is_none(house: Hospital) -> None:
    """One sentence."""
    reply = house.browser("it").get("/exchange/dialling?at=noon")
    assert (reply.status, "That is no time." in reply.text) == (400, True)
