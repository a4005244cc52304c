"""The cashier's, the manager's and IT's pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.health import State
from appliance.foundation.values import yuan
from billing.refusal import TooLittleCredit
from nursecall.views import PastCall
from pbx.schema import messages
from tests.support import now
from tests.web.browser import Browser, Hospital, hospital


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def open_account(browser: Browser, holder: str = "王秀英") -> str:
    """A new account's number."""
    reply = browser.post("/accounts", {"holder": holder, "language": "zh"})
    assert reply.status == 303, reply.text
    return reply.headers["location"].rpartition("/")[2]


def test_a_new_accounts_pin_is_shown_once(house: Hospital) -> None:
    """On the next page, and never again; nowhere in the database."""
    cashier = house.browser("cashier")
    number = open_account(cashier)
    assert ">4071</p>" in cashier.get(f"/accounts/{number}").text
    assert "4071" not in cashier.get(f"/accounts/{number}").text
    assert house.cardboard.accounts.acts == [("open", number, "王秀英", "zh", "cashier")]


def test_another_cashier_never_sees_that_pin(house: Hospital) -> None:
    """It belongs to the browser that asked."""
    number = open_account(house.browser("cashier"))
    assert "4071" not in house.browser("admin").get(f"/accounts/{number}").text


def test_money_moves_with_who_did_it_and_a_receipt(house: Hospital) -> None:
    """In and out; the form proposes a receipt number, so that sending it twice moves money once."""
    cashier = house.browser("cashier")
    number = open_account(cashier)
    page = cashier.get(f"/accounts/{number}").text
    found = re.search(r'name="reference"[^>]* value="([^"]+)"', page)
    assert found
    form = {"amount": "¥1,050.5", "reference": found[1], "note": "现金"}
    assert cashier.post(f"/accounts/{number}/deposit", form).headers["location"] == f"/accounts/{number}"
    cashier.post(f"/accounts/{number}/refund", {"amount": "50", "reference": "r2"})
    assert house.cardboard.accounts.acts[1:] == [
        ("deposit", number, yuan("1050.5"), "cashier", found[1], "现金"),
        ("refund", number, -yuan(50), "cashier", "r2", ""),
    ]
    assert "¥1,000.50" in cashier.get(f"/accounts/{number}").text


@pytest.mark.parametrize("amount", ["", "abc", "-5", "0", "0.001", "1e99", "NaN", "100000.01"])
def test_an_impossible_amount_is_refused_in_words(house: Hospital, amount: str) -> None:
    """And the form keeps what was typed."""
    cashier = house.browser("cashier")
    number = open_account(cashier)
    reply = cashier.post(f"/accounts/{number}/deposit", {"amount": amount, "reference": "r1", "note": "kept"})
    assert reply.status == 422
    assert "Enter an amount" in reply.text
    assert 'value="kept"' in reply.text
    assert len(house.cardboard.accounts.acts) == 1


def test_billings_own_refusal_is_shown_in_the_cashiers_language(house: Hospital) -> None:
    """What `billing` says, as it says it."""
    cashier = house.browser("cashier", language="zh")
    number = open_account(cashier)
    house.cardboard.accounts.refuse = TooLittleCredit(available="¥3.00")
    reply = cashier.post(f"/accounts/{number}/refund", {"amount": "5", "reference": "r1"})
    assert reply.status == 422
    assert TooLittleCredit(available="¥3.00").text("zh") in reply.text


def test_freezing_thawing_and_a_new_pin(house: Hospital) -> None:
    """The PIN is made by the house, of the plan's length, and shown once."""
    cashier = house.browser("cashier")
    number = open_account(cashier)
    cashier.get(f"/accounts/{number}")
    for act in ("freeze", "thaw", "pin"):
        assert cashier.post(f"/accounts/{number}/{act}").status == 303
    frozen, thawed, (_, _, pin, by) = house.cardboard.accounts.acts[1:]
    assert (frozen, thawed, by) == (("frozen", number, "cashier"), ("open", number, "cashier"), "cashier")
    assert re.fullmatch(r"\d{4}", str(pin))
    assert f">{pin}</p>" in cashier.get(f"/accounts/{number}").text
    assert f">{pin}</p>" not in cashier.get(f"/accounts/{number}").text


def test_unknown_accounts_and_acts_are_not_found(house: Hospital) -> None:
    """404, not 500."""
    cashier = house.browser("cashier")
    number = open_account(cashier)
    assert cashier.get("/accounts/999999").status == 404
    assert cashier.post("/accounts/999999/freeze").status == 404
    assert cashier.post(f"/accounts/{number}/explode").status == 404


def test_accounts_are_searched(house: Hospital) -> None:
    """By part of a name."""
    cashier = house.browser("cashier")
    open_account(cashier, "王秀英")
    open_account(cashier, "<b>Mallory</b>")
    page = cashier.get("/accounts?q=Mallory").text
    assert "王秀英" not in page
    assert "&lt;b&gt;Mallory" in page


def test_a_broken_database_is_one_sentence(house: Hospital) -> None:
    """Without traceback, and without leading anybody to fear for the bedside calls."""
    cashier = house.browser("cashier")
    house.cardboard.database.broken = OSError("disk on fire")
    house.cardboard.books.rows = None  # type: ignore[assignment]
    reply = cashier.get("/accounts")
    assert reply.status == 500
    assert "bedside calls go on as before" in reply.text
    assert "disk on fire" not in reply.text
    assert "Traceback" not in reply.text


def past(house: Hospital, number: int, **facts: object) -> None:
    """A call of this morning."""
    raised = house.cardboard.clock.now() - timedelta(minutes=30 + number)
    values: dict[str, object] = {
        "id": f"p{number}", "ward": "w1", "bed": "28", "call_type": "call", "priority": 3, "line": "h1",
        "state": "ended", "presses": 1, "escalations": 0, "raised_at": raised,
        "acknowledged_at": raised + timedelta(seconds=12), "acknowledged_by": "ann",
        "ended_at": raised + timedelta(seconds=95), "patient": "王秀英", "care_grade": 1,
    }  # fmt: skip
    house.cardboard.history.past.append(PastCall(**(values | facts)))  # type: ignore[arg-type]


def test_the_days_calls_stand_with_their_response_times(house: Hospital) -> None:
    """Table, figures and chart; by day and ward."""
    past(house, 1)
    past(house, 2, escalations=1, ended_at=None, state="escalated")
    past(house, 3, ward="w2", patient="<i>x</i>")
    manager = house.browser("manager")
    page = manager.get("/reports").text
    assert page.count("王秀英") == 2
    for shown in (">0:12</td>", ">1:35</td>", "passed on", "&lt;i&gt;x", '<text class="chart-value"'):
        assert shown in page, shown
    assert "王秀英" not in manager.get("/reports?ward=w2").text
    assert "No calls on this day." in manager.get("/reports?day=2020-01-01").text
    assert manager.get("/reports?ward=nowhere").status == 404
    assert manager.get("/reports?day=nonsense").status == 200


def test_pdfs_are_made_for_the_day_and_ward_asked_for_and_it_is_on_record(house: Hospital) -> None:
    """In the reader's language; who printed what can be found."""
    cashier, manager = house.browser("cashier"), house.browser("manager", language="zh")
    number = open_account(cashier)
    calls = manager.get("/reports/calls.pdf?day=2026-03-01&ward=w1")
    statement = cashier.get(f"/reports/statement.pdf?account={number}&first=2026-02-01&last=2026-02-28")
    for reply in (calls, statement):
        assert (reply.status, reply.headers["content-type"]) == (200, "application/pdf")
        assert reply.body.startswith(b"%PDF")
    assert [tuple(map(str, asked)) for asked in house.cardboard.reports.asked] == [
        ("calls", "2026-03-01", "w1", "zh"),
        ("statement", number, "2026-02-01", "2026-02-28", "pdf", "en"),
    ]
    printed = now(
        house.cardboard.database.transact(
            lambda connection: [entry.body for entry in journal.entries(connection) if "Printed" in entry.kind]
        )
    )
    assert [(body["report"], body["subject"], body["by"]) for body in printed] == [
        ("daily calls", "w1", "manager"),
        ("statement", number, "cashier"),
    ]


def test_a_statement_needs_an_account_that_is_there(house: Hospital) -> None:
    """404 in words."""
    reply = house.browser("cashier").get("/reports/statement.pdf?account=424242")
    assert reply.status == 404
    assert "There is no account 424242." in reply.text


def test_status_names_each_part_with_state_and_sentence(house: Hospital) -> None:
    """In both languages, with icon and word; a sentence whose fields do not fit is shown as it is."""
    at = house.cardboard.clock.now()
    house.cardboard.health.say(at, "line:h1", State.DOWN, "silent for {seconds} s", seconds="31")
    house.cardboard.health.say(at, "storage:disk", State.UP, "{free} GB free.", free="412")
    house.cardboard.health.say(at, "trunk:nowhere", State.DEGRADED, "about {nothing}")
    page = house.browser("it").get("/status").text
    for shown in ("Ward 1 · Cardiology · h1", "silent for 31 s", "412 GB free.", "about {nothing}", "Impaired",
                  "since 2026-03-02 09:00"):  # fmt: skip
        assert shown in page, shown
    chinese = house.browser("it", language="zh").get("/status").text
    assert "一病区 · 心内科 · h1" in chinese
    assert "故障" in chinese


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ({}, "All up"),
        ({"line:h1": State.UP, "station:w1": State.STARTING, "adt:his": State.STARTING}, "All up"),
        ({"line:h1": State.STARTING}, "Starting"),
        ({"line:h1": State.DEGRADED, "line:h2": State.STARTING}, "1 impaired"),
        ({"line:h1": State.DOWN, "line:h2": State.DOWN, "trunk:telecom": State.DEGRADED}, "2 down"),
    ],
)
def test_the_dot_in_the_header_shows_the_worst(house: Hospital, states: dict[str, State], word: str) -> None:
    """To everybody, with icon and word."""
    for part, state in states.items():
        house.cardboard.health.say(house.cardboard.clock.now(), part, state)
    page = house.browser("cashier").get("/accounts").text
    dot = page[page.index('data-key="dot"') :]
    assert re.search(r"<span>(.*?)</span>", dot)[1] == word  # type: ignore[index]


def test_what_waits_for_others_is_not_said_to_start(house: Hospital) -> None:
    """A screen that nobody opened, a hospital system that has not spoken: IT would wait for it in vain."""
    for part in ("station:w1", "line:h1"):
        house.cardboard.health.say(house.cardboard.clock.now(), part, State.STARTING)
    page = house.browser("it").get("/status").text
    words = dict(re.findall(r'data-key="kind-(\w+)".*?part-state">(?:<svg.*?</svg>)?([^<]+)<', page, re.DOTALL))
    assert (words["station"], words["line"]) == ("Not yet used", "Starting")


def test_messages_are_shown_without_their_text_and_with_masked_numbers(house: Hospital) -> None:
    """IT sees whether they went, not what they said."""
    row = {"id": "m1", "to": "13800138000", "text": "28床 王秀英", "state": "failed", "why": "<b>no network</b>"}
    at = house.cardboard.clock.now()
    now(house.cardboard.database.transact(lambda c: c.execute(messages.insert().values(**row, accepted_at=at))))
    page = house.browser("it").get("/status").text
    assert "138****8000" in page
    assert "&lt;b&gt;no network" in page
    assert "王秀英" not in page
    assert "13800138000" not in page


def test_status_shows_what_is_down_while_the_database_is(house: Hospital) -> None:
    """The page that must not fail."""
    browser = house.browser("it")
    house.cardboard.health.say(
        house.cardboard.clock.now(), "storage:database", State.DOWN, "Records cannot be written."
    )
    house.cardboard.database.broken = OSError("disk on fire")
    reply = browser.get("/status")
    assert reply.status == 200
    assert "Messages cannot be read just now." in reply.text
    assert "Records cannot be written." in reply.text


def test_the_real_readers_fit_the_panel(house: Hospital) -> None:
    """`nursecall.views` and `billing.views` over their real tables, empty."""
    from appliance.foundation.database import metadata
    from tests.fakes.house import real_views
    from web.live import Live
    from web.site import site

    assert "nurse_calls" in metadata.tables
    factory = site(real_views(house.cardboard.house), Live(
        house.cardboard.database, house.cardboard.clock, house.cardboard.bus), house.factory.reactor)  # fmt: skip
    browser = Browser(factory)
    assert browser.log_in("admin").status == 303
    assert [browser.get(path).status for path in ("/accounts", "/reports", "/accounts/1")] == [200, 200, 404]
    assert isinstance(sa.inspect(house.cardboard.database.engine), sa.Inspector)
