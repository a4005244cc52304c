"""Reports of money on the panel: what the ledger says, and the files that are taken away."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from appliance.foundation import journal
from billing.accounts import Accounts
from billing.plan import BillingPlan
from billing.refusal import WrongPin
from pbx.mailings import Mailing, keep
from pbx.schema import notices
from tests.billing.money_story import Story
from tests.support import now
from tests.web.browser import Hospital, hospital


@pytest.fixture(scope="module")
def house() -> Hospital:
    """Two days into March."""
    house = hospital(real_money=True)
    Story(house.cardboard.database)
    return house


def test_a_day_of_cash_is_on_the_page(house: Hospital) -> None:
    """Till by till, with what is missing, and every movement."""
    page = house.browser("manager").get("/reports/cash").text
    for word in ("周宁", "林静", "¥160.50", "-¥0.10", "Bill paid", "少一角"):
        assert word in page, word
    assert "No till held or moved anything." in house.browser("manager").get("/reports/cash?day=2026-01-02").text


def test_who_spent_most_and_who_owes(house: Hospital) -> None:
    """The largest first; debts by their age."""
    top = house.browser("manager").get("/reports/top-accounts?period=month").text
    assert top.index("外科") < top.index("赵云") < top.index("李明")
    assert "¥22.73" in top
    owed = house.browser("cashier").get("/reports/unpaid").text
    for word in ("Department surgery", "¥28.70", "M00001-2026-03", "赵云", "¥6.60"):
        assert word in owed, word
    assert "Nobody owes anything." in house.browser("cashier").get("/reports/unpaid?day=2026-01-02").text


def test_who_was_locked_out_and_who_let_them_in(house: Hospital) -> None:
    """With a way to let in what is locked still, for whoever may."""
    assert "No wrong PINs locked anything in these days." in house.browser("manager").get("/reports/lockouts").text
    card = house.cardboard
    accounts = Accounts(card.database, BillingPlan(), card.clock, card.bus)
    for _ in range(3):
        with pytest.raises(WrongPin):
            now(accounts.authenticate("999999", "------", "8007"))
    page = house.browser("manager").get("/reports/lockouts").text
    assert "Locked still" in page
    assert 'href="/locked"' not in page
    assert 'href="/locked"' in house.browser("admin").get("/reports/lockouts").text
    assert now(card.house.lockouts.unlock("extension", "8007", "林静"))
    page = house.browser("manager", language="zh").get("/reports/lockouts").text
    for word in ("人工解锁", "林静", "8007"):
        assert word in page, word


def test_bills_of_a_month_and_one_of_them(house: Hospital) -> None:
    """Last month's where none is chosen; one opens with every call; who pays nothing has none."""
    cashier = house.browser("cashier")
    every = cashier.get("/reports/bills").text
    assert "¥45.20" in every
    assert "¥3.50" in every
    one = cashier.get("/reports/bills?month=2026-02&payer=department%2Fsurgery").text
    assert "+86 138 0013 8000" in one
    assert "bed/8088" not in one
    assert cashier.get("/reports/bills?payer=department%2Fnone").status == 404
    assert cashier.get("/reports/bills/file.pdf?payer=--out").status == 404
    assert "Not billed yet" in cashier.get("/reports/bills?month=2026-03").text


def test_what_went_out_by_mail_is_listed_address_by_address(house: Hospital) -> None:
    """With why one did not get it, and what could not be made at all."""
    at, database = house.cardboard.clock.now(), house.cardboard.database

    def write(connection: sa.Connection) -> None:
        row = {"channel": "mail:it", "subject": "x", "body": "x", "accepted_at": at, "tries": 1}
        refused = "the mail server refused the mail (550)"
        connection.execute(notices.insert().values(id="n1", to="a@b.example", state="sent", why="", **row))
        connection.execute(notices.insert().values(id="n2", to="c@d.example", state="failed", why=refused, **row))
        keep(connection, Mailing("m", "cash", date(2026, 3, 1), date(2026, 3, 1), "handed", at, ""), ["n1", "n2"])
        keep(
            connection, Mailing("n", "margin", date(2026, 3, 1), date(2026, 3, 1), "failed", at, "No plan is in force.")
        )

    now(database.transact(write))
    page = house.browser("manager", language="zh").get("/reports/mailed").text
    for word in ("a@b.example", "c@d.example", "550", "未送达邮件服务器", "未能生成", "没有正在使用的规划"):
        assert word in page, word
    assert "/exchange/edit/report-mails" in house.browser("it").get("/reports/mailed").text
    assert "/exchange/edit/report-mails" not in page


def test_files_are_taken_away_and_it_is_on_record(house: Hospital) -> None:
    """As the reports' process makes them."""
    manager = house.browser("manager", language="zh")
    for path, name in (
        ("/reports/cash/file.pdf?period=week", "cash-2026-03-02-2026-03-08.pdf"),
        ("/reports/top-accounts/file.xlsx", "top-accounts-2026-03-01-2026-03-31.xlsx"),
        ("/reports/lockouts/file.xlsx?period=day", "lockouts-2026-03-02-2026-03-02.xlsx"),
        ("/reports/unpaid/file.pdf?day=2026-03-01", "unpaid-2026-03-01.pdf"),
        ("/reports/bills/file.pdf?month=2026-02&payer=department%2Fsurgery", "bills-2026-02-department-surgery.pdf"),
    ):
        reply = manager.get(path)
        assert reply.status == 200, path
        assert f'filename="{name}"' in reply.headers["content-disposition"]
        assert manager.get(path.replace(".pdf", ".exe").replace(".xlsx", ".exe")).status == 404
    printed = now(
        house.cardboard.database.transact(
            lambda connection: [entry.body for entry in journal.entries(connection) if "Printed" in entry.kind]
        )
    )
    assert [(body["report"], body["subject"], body["by"]) for body in printed] == [
        ("cash pdf", "all", "manager"),
        ("top accounts xlsx", "all", "manager"),
        ("lock-outs xlsx", "all", "manager"),
        ("unpaid pdf", "all", "manager"),
        ("bills pdf", "department/surgery", "manager"),
    ]
