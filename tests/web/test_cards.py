"""Accounts that pay by card, and the comparison of both lists, over HTTP."""

from __future__ import annotations

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest

from appliance.foundation.values import yuan
from billing.card.reconcile import NotAList, compare, read_list
from billing.card.report import comparison_pdf, comparison_xlsx
from tests.billing.card_house import CardHouse
from tests.fakes.clock import START
from tests.support import now
from tests.web.browser import Browser, Hospital, Reply, hospital


@pytest.fixture
def house() -> Hospital:
    """One card with twelve and a half yuan."""
    place = hospital()
    place.cardboard.cards.books.issue("20260001", "李明", yuan("12.5"))
    return place


def test_a_scan_shows_the_card_and_one_press_opens_its_account(house: Hospital) -> None:
    """As a reader types it; the same scan then leads to the account."""
    browser = house.browser("cashier")
    page = browser.get("/cards?card=%3B20260001%3F")
    assert "李明" in page.text
    assert "12.50" in page.text
    form = {"card": "20260001", "holder": "李明", "language": "zh", "csrf": page.csrf}
    opened = browser.post("/cards", form)
    assert opened.status == 303
    account = now(house.cardboard.house.cards().account_of("20260001"))
    assert opened.headers["location"] == f"/accounts/{account}"
    assert browser.get("/cards?card=20260001").headers["location"] == f"/accounts/{account}"
    again = browser.post("/cards", form)
    assert again.status == 422
    assert f"already pays for account {account}" in again.text


def test_an_unknown_card_and_a_silent_system_are_said(house: Hospital) -> None:
    """Each in a sentence; nothing is opened."""
    browser = house.browser("cashier", language="zh")
    assert "没有卡号 20269999" in browser.get("/cards?card=20269999").text
    house.cardboard.cards.down = True
    assert "一卡通系统没有应答" in browser.get("/cards?card=20260001").text
    assert "一卡通系统没有应答" in browser.get("/cards/compare").text


def test_a_list_that_the_card_office_gave_is_compared(house: Hospital) -> None:
    """A sum that we did not charge is named with who must act; a bad row is named, too."""
    browser = house.browser("cashier")
    day = house.cardboard.clock.now().date()
    page = browser.get("/cards/compare")
    listed = f"id,at,card,hold,amount\n1,{day}T12:00:00,20260001,abc,0.35\n".encode()
    found = upload(browser, f"/cards/compare?first={day}&last={day}", page.csrf, listed)
    assert "The card system took 0.35 yuan of card 20260001 for a call that we did not charge" in found.text
    assert "The card office." in found.text
    bad = upload(browser, "/cards/compare", page.csrf, b"id,at,card,hold,amount\n1,x,2,3,4\n")
    assert (bad.status, "Line 2: x is no time." in bad.text) == (422, True)


def upload(browser: Browser, path: str, csrf: str, content: bytes) -> Reply:
    """The form with its file."""
    token = f'--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n'
    file = '--x\r\ncontent-disposition: form-data; name="list"; filename="l.csv"\r\ncontent-type: text/csv\r\n\r\n'
    body = token.encode() + file.encode() + content + b"\r\n--x--\r\n"
    return browser.post_bytes(path, "multipart/form-data; boundary=x", body)


def test_a_nurse_sees_neither(house: Hospital) -> None:
    """By right only."""
    for path in ("/cards", "/cards/compare", "/cards/compare.pdf", "/misuse"):
        assert house.browser("nurse").get(path).status == 403


def test_each_difference_has_its_sentence_and_who_must_act() -> None:
    """Agreeing, missing, doubled, another amount, refused, waiting, strange."""
    house = CardHouse()
    account = house.carded(balance="100")
    for number in range(5):
        call = f"c{number}"
        house.dial(call, house.string(account))
        house.exchange.answer(call)
        house.wait(30)
        if number == 4:
            house.there.down = True
        house.exchange.hang_up(call)
        house.wait(5)
    house.there.down = False
    books = house.there.books
    rows = {row["hold"]: row for row in books.movements}
    books.movements.remove(rows["c1"])
    books.movements.append(rows["c2"] | {"id": "77"})
    rows["c3"]["amount"] = "0.5"
    books.movements.append(rows["c0"] | {"id": "78", "hold": "strange", "amount": "9"})
    found = now(house.desk.compared(START, START + timedelta(days=1)))
    assert found.agreed == 1
    assert {one.call: (one.who, one.text("en")) for one in found.differences} == {
        "c1": ("card-system", "The card system confirmed 0.4 yuan of card 20260001, but its list does not have them."),
        "c2": ("card-system", "Card 20260001 was charged 2 times, 0.8 yuan in all, for one call of 0.4 yuan."),
        "c3": ("card-system", "The card system took 0.5 yuan of card 20260001 for a call of 0.4 yuan."),
        "c4": (
            "nobody",
            "0.4 yuan of card 20260001 were not taken yet; they were sent 1 times and are sent again.",
        ),
        "strange": (
            "card-system",
            "The card system took 9 yuan of card 20260001 for a call that we did not charge: give them back.",
        ),
    }
    assert all(one.text("zh") and one.act("zh") for one in found.differences)


def test_a_charge_of_the_last_second_may_be_taken_the_next_day() -> None:
    """It belongs to the day on which it was charged, and is no difference on either."""
    house = CardHouse()
    account = house.carded()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.wait(30)
    house.there.down = True
    house.exchange.hang_up("c1")
    house.wait(86400)
    house.there.down = False
    house.wait(700)
    first, second = START, START + timedelta(hours=12)
    assert now(house.desk.compared(first, second)).differences == ()
    assert now(house.desk.compared(second, second + timedelta(days=1))).differences == ()
    assert compare([], [], {}, first, second).differences == ()


def test_a_list_needs_its_columns() -> None:
    """Named."""
    zone = ZoneInfo("Asia/Shanghai")
    with pytest.raises(NotAList, match="no column hold"):
        read_list(b"id,at,card,amount\n", zone)
    with pytest.raises(NotAList, match="UTF-8"):
        read_list("卡".encode("gbk"), zone)


def test_the_comparison_is_printed_and_a_workbook() -> None:
    """The same sentences in both, in Chinese."""
    house = CardHouse()
    account = house.carded()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.wait(30)
    house.exchange.hang_up("c1")
    house.wait(5)
    house.there.books.movements.clear()
    found = now(house.desk.compared(START, START + timedelta(days=1)))
    zone, day = ZoneInfo("Asia/Shanghai"), START.date()
    pdf = comparison_pdf(found, day, day, zone, "zh", "仁和医院", START)
    words = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
    sheet = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(found, zone, "zh"))).active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    (difference,) = found.differences
    assert rows[1][1:6] == ["20260001", account, "c1", 0.4, None]
    assert rows[1][6:] == [difference.text("zh"), difference.act("zh")]
    assert "20260001" in words
    assert "一卡通中心" in words
