"""The cashier's window: one field, an amount, Enter; and the till that is handed over."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from appliance.foundation.values import yuan
from billing.accounts import Accounts
from billing.plan import BillingPlan
from billing.schema import accounts
from nursecall.patient import Patient
from tests.support import now
from tests.web.browser import Browser, Hospital, Reply, hospital


class Desk:
    """A panel whose accounts are real, and a cashier at it."""

    def __init__(self) -> None:
        self.house: Hospital = hospital(real_money=True)
        box = self.house.cardboard
        self.accounts = Accounts(box.database, BillingPlan(), box.clock, box.bus)
        self.cashier: Browser = self.house.browser("cashier")

    def account(self, holder: str, credit: str = "0", **values: object) -> str:
        """A new account."""
        number, _pin = now(self.accounts.open(holder, "zh", "cashier"))
        if yuan(credit):
            now(self.accounts.deposit(number, yuan(credit), "another", f"first-{number}"))
        if values:
            change = accounts.update().where(accounts.c.number == number).values(values)
            database = self.house.cardboard.database
            now(database.transact(lambda connection: connection.execute(change) and None))
        return number

    def opens(self, typed: str) -> str:
        """Where Enter leads, with this in the field."""
        return self.cashier.get(f"/cashier?q={quote(typed)}").headers.get("location", "")


@pytest.fixture
def desk() -> Desk:
    """A desk of one's own."""
    return Desk()


def reference(page: str) -> str:
    found = re.search(r'name="reference" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("typed", ["{number}", "0A1B2C3D", "王秀英", "wxy", "wangxiu", "w1-28", "28"])
def test_an_account_opens_by_whatever_is_at_hand(desk: Desk, typed: str) -> None:
    """Number, card, name, first letters, pinyin, bed; others are not meant."""
    number = desk.account("王秀英", card="0A1B2C3D", patient="v:77")
    desk.account("乐正平", patient="v:78")
    desk.house.cardboard.patients.beds = {
        ("w1", bed): Patient("w1", bed, "H1", "x", "F", None, 2, None, "", visit, key=f"v:{visit}")
        for bed, visit in (("28", "77"), ("29", "78"))
    }
    assert desk.opens(typed.format(number=number)) == f"/cashier/{number}"


def test_several_that_fit_are_offered_and_none_is_taken(desk: Desk) -> None:
    """The first is the one that Enter would open; closed accounts are not offered."""
    first, second = desk.account("王芳"), desk.account("王方")
    closed = desk.account("王坊")
    now(desk.accounts.close(closed, "cashier"))
    page = desk.cashier.get("/cashier?q=wf").text
    offered = re.findall(r'href="/cashier/(\d+)" aria-selected="(\w+)"', page)
    assert offered == [(number, str(place == 0).lower()) for place, number in enumerate(sorted((first, second)))]
    assert desk.cashier.get("/cashier/find?q=wf").text.count('role="option"') == 2
    assert "No account fits" in desk.cashier.get("/cashier?q=zzz").text


def test_an_amount_and_enter_pay_in_and_a_receipt_prints(desk: Desk) -> None:
    """The next page says what was done and prints it; the field waits for the next one. Sent twice, paid once."""
    number = desk.account("王秀英", "5")
    form = {"amount": "50", "reference": reference(desk.cashier.get(f"/cashier/{number}").text)}
    away = desk.cashier.post(f"/cashier/{number}/deposit", form).headers["location"]
    assert desk.cashier.post(f"/cashier/{number}/deposit", form).headers["location"] == away
    page = desk.cashier.get(away).text
    assert "¥50.00 paid in" in page
    assert "¥55.00" in page
    printed = re.search(r'data-print="(/cashier/receipts/\d+)"', page)
    assert printed
    slip = desk.cashier.get(printed[1]).text
    expected = (number, "王秀英", "¥50.00", "¥55.00", form["reference"], "Signed by the holder")
    assert all(word in slip for word in expected)


@pytest.mark.parametrize(("act", "amount"), [("deposit", "x"), ("refund", "5.01"), ("deposit", "")])
def test_what_cannot_be_is_said_and_nothing_moves(desk: Desk, act: str, amount: str) -> None:
    """More than is there, or no amount; the account stays open on the page."""
    number = desk.account("王秀英", "5")
    reply = desk.cashier.post(f"/cashier/{number}/{act}", {"amount": amount, "reference": "r1"})
    assert reply.status == 422
    assert 'role="alert"' in reply.text
    assert f'action="/cashier/{number}/deposit"' in reply.text
    assert now(desk.accounts.deposit(number, yuan(1), "c", "r9")).balance == yuan(6)


def test_a_till_is_handed_over_with_a_sheet(desk: Desk) -> None:
    """Float and takings ought to be there, ten fen are missing; the sheet says so, and the next shift begins anew."""
    number = desk.account("王秀英")
    desk.cashier.post("/till/float", {"amount": "100", "reference": "f1"})
    desk.cashier.post(f"/cashier/{number}/deposit", {"amount": "50", "reference": "r1"})
    desk.cashier.post(f"/cashier/{number}/refund", {"amount": "20", "reference": "r2"})
    page = desk.cashier.get("/till").text
    assert all(amount in page for amount in ("¥100.00", "¥50.00", "¥20.00", "¥130.00"))
    assert desk.cashier.post("/till/handover", {"counted": "-1", "reference": "h1"}).status == 422
    away = desk.cashier.post("/till/handover", {"counted": "129.9", "reference": "h1"}).headers["location"]
    sheet = desk.cashier.get(away).text
    assert all(amount in sheet for amount in ("¥130.00", "¥129.90", "-¥0.10"))
    assert "¥130.00" not in desk.cashier.get("/till").text.partition("Hand-overs")[0]
    assert desk.cashier.get(f"{away}/sheet.pdf").body == b"%PDF-1.7 till sheet"
    assert desk.house.browser("admin").get(away).status == 200


def test_another_cashiers_till_is_not_shown(desk: Desk) -> None:
    """Nor is what is no hand-over."""
    now(desk.house.cardboard.house.till.hand_over(yuan(0), "another", "h9"))
    assert desk.cashier.get("/till/1").status == 403
    assert desk.cashier.get("/till/2").status == 404
    assert desk.cashier.get("/cashier/receipts/1").status == 404
    assert desk.cashier.get("/cashier/receipts/x").status == 404


def test_an_account_is_transferred_limited_bound_and_settled(desk: Desk) -> None:
    """On its own page; at the end it is closed, its receipt is offered, and its card is free."""
    number, other = desk.account("王秀英", "50"), desk.account("乐正平")
    page = f"/accounts/{number}"
    for act, form in (
        ("transfer", {"target": other, "amount": "20", "reference": "t1"}),
        ("limit", {"limit": "30"}),
        ("card", {"card": "0A1B2C3D"}),
    ):
        assert desk.cashier.post(f"{page}/{act}", form).headers["location"] == page
    assert desk.opens("0A1B2C3D") == f"/cashier/{number}"
    assert desk.cashier.post(f"{page}/discharge", {"balance": str(yuan(29)), "reference": "s1"}).status == 422
    assert desk.cashier.post(f"{page}/discharge", {"balance": str(yuan(30)), "reference": "s1"}).status == 303
    settled = desk.cashier.get(page).text
    receipt = re.search(r'href="(/cashier/receipts/\d+)" target', settled)
    assert receipt
    assert "¥30.00" in desk.cashier.get(receipt[1]).text
    assert "The account is settled and closed." in settled
    assert 'method="post" action="/accounts' not in settled
    assert desk.opens("0A1B2C3D") == ""
    now(desk.accounts.give_card(other, "0A1B2C3D", "cashier"))


def test_a_debt_is_written_off_with_a_reason(desk: Desk) -> None:
    """Not without one; and what is no debt is not."""
    number = desk.account("王秀英", "1")
    reply = desk.cashier.post(f"/accounts/{number}/writeoff", {"note": " ", "reference": "w1"})
    assert (reply.status, "Say why" in reply.text) == (422, True)
    assert desk.cashier.post(f"/accounts/{number}/writeoff", {"note": "gone", "reference": "w1"}).status == 422


def test_a_list_opens_accounts_and_shows_their_slips_once(desk: Desk) -> None:
    """With card and visit; the same file again opens none; one bad row, and none is opened."""
    content = "户名,卡号,就诊号\n王秀英,0A1B2C3D,77\n乐正平,,\n".encode()
    page = load(desk.cashier, content).text
    [(first, pin), (second, _)] = re.findall(r'num-font">(\d{6})</dd>.*?num-font">(\d{4})</dd>', page)
    assert desk.opens("0A1B2C3D") == f"/cashier/{first}"
    assert now(desk.accounts.authenticate(first, pin, "8001")).holder == "王秀英"
    assert second != first
    again = load(desk.cashier, content)
    assert (again.status, "loaded before" in again.text) == (422, True)
    bad = load(desk.cashier, "holder,card\n李明,12345\n,?\n".encode())
    assert (bad.status, bad.text.count("Row 3")) == (422, 2)
    assert desk.opens("12345") == ""


def load(browser: Browser, content: bytes) -> Reply:
    """Send a list with the form."""
    form = [
        ('name="csrf"', browser.token().encode()),
        ('name="list"; filename="list.csv"', content),
    ]
    body = b"".join(
        b"--edge\r\ncontent-disposition: form-data; " + name.encode() + b"\r\n\r\n" + value + b"\r\n"
        for name, value in form
    )
    return browser.post_bytes("/accounts/import", "multipart/form-data; boundary=edge", body + b"--edge--\r\n")


def test_only_cashiers_come_here(desk: Desk) -> None:
    """Not nurses, not IT."""
    for role in ("nurse", "it", "manager"):
        assert desk.house.browser(role).get("/cashier").status == 403
        assert desk.house.browser(role).get("/till").status == 403


def test_no_money_is_offered_where_a_card_pays(desk: Desk) -> None:
    """Neither at the desk nor on the account's page, nor a transfer; who sends the form all the same is refused."""
    number = desk.account("李明")
    place = desk.house.cardboard
    place.cards.books.issue("20260001", "李明", yuan(5))
    now(place.house.cards().link(number, "20260001", "cashier"))
    said = "This account pays by card: money is paid in and out where cards are charged."
    for path in (f"/cashier/{number}", f"/accounts/{number}"):
        page = desk.cashier.get(path).text
        assert said in page
        assert 'name="amount"' not in page
    form = {"csrf": desk.cashier.get("/cashier").csrf, "amount": "5", "reference": "R1"}
    for act in ("deposit", "refund"):
        refused = desk.cashier.post(f"/cashier/{number}/{act}", form)
        assert (refused.status, said in refused.text) == (422, True)
