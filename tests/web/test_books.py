"""Monthly bills, closed months, and the ledger to take away."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from appliance.foundation.i18n import Text
from appliance.foundation.values import Money, yuan
from billing.ledger import move
from billing.plan_postpaid import PostpaidGroup
from tests.support import now
from tests.web.browser import Hospital, hospital
from tests.web.test_cashier import reference

SURGERY = PostpaidGroup(
    numbers="8001", pays="department", id="surgery", name=Text(zh="外科", en="Surgery"), monthly_limit=Decimal(200)
)


def billed(house: Hospital, amount: str = "12.5") -> None:
    """The surgery telephoned in a month that is over."""
    box = house.cardboard
    account = now(box.house.payers.account(SURGERY, "8001"))
    charge = Money(-yuan(amount))
    at = box.clock.now()
    now(
        box.database.transact(
            lambda connection: move(connection, account, "charge", charge, reference="c1", by="billing", at=at)
        )
    )
    box.clock.advance(timedelta(days=31))  # type: ignore[attr-defined]
    now(box.house.payers.bill())


def test_a_department_pays_its_bill_at_the_till() -> None:
    """Not more than it owes; the page says what is left."""
    house = hospital(real_money=True)
    billed(house)
    cashier = house.browser("cashier")
    page = cashier.get("/books").text
    assert all(word in page for word in ("外科", "department/surgery", "¥200.00", "¥12.50"))
    form = {"payer": "department/surgery", "amount": "10", "reference": reference(page)}
    paid = cashier.post("/books/pay", form)
    assert paid.status == 303
    page = cashier.get(paid.headers["location"]).text
    assert "¥2.50" in page
    receipt = re.search(r'href="(/cashier/receipts/\d+)"', page)
    assert receipt
    printed = cashier.get(receipt[1]).text
    for word in (
        "Receipt: bill paid",
        "外科",
        "Department surgery",
        "¥10.00",
        "Still owed",
        "¥2.50",
        "Signed by who pays",
    ):
        assert word in printed, word
    desk = cashier.get("/cashier").text
    assert f'data-reprint="{receipt[1]}"' in desk, "to print again"
    assert "/cashier/receipts/" not in cashier.get("/books?paid=x").text
    assert cashier.post("/books/pay", {**form, "reference": "r9"}).status == 422
    assert cashier.post("/books/pay", {**form, "payer": "department/none"}).status == 404


def test_a_manager_closes_a_month_and_no_cashier_does() -> None:
    """Once; then its sums and its hash are on the page."""
    house = hospital(real_money=True)
    billed(house)
    manager = house.browser("manager")
    assert "Close 2026-03" in manager.get("/books").text
    assert "Close 2026-03" not in house.browser("cashier").get("/books").text
    assert house.browser("cashier").post("/books/close", {"month": "2026-03"}).status == 403
    assert manager.post("/books/close", {"month": "2026-03"}).status == 303
    page = manager.get("/books").text
    assert all(word in page for word in ("2026-03", "Revenue of calls", "¥12.50", "No month is to be closed now."))
    again = manager.post("/books/close", {"month": "2026-03"})
    assert (again.status, "closed already" in again.text) == (422, True)
    assert manager.post("/books/close", {"month": "march"}).status == 400


def test_the_ledger_is_taken_away_as_a_file() -> None:
    """As the reports' process makes it."""
    house = hospital(real_money=True)
    reply = house.browser("manager").get("/books/ledger.xlsx?first=2026-03-01&last=2026-03-31")
    assert (reply.status, reply.body) == (200, b"ledger")
    assert reply.headers["content-disposition"] == 'attachment; filename="ledger-2026-03-01-2026-03-31.xlsx"'
    assert house.browser("manager").get("/books/ledger.exe").status == 404
