"""What calls brought and cost: reckoned, on every way to put them apart, on paper and as a workbook."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import sqlalchemy as sa
from pypdf import PdfReader

from appliance.foundation.days import WEEKDAYS
from appliance.foundation.values import Money, yuan
from billing.margin import Earned, Margin, Reckoning
from billing.margin_calls import House, billed, past_tariffs, unbilled
from billing.margin_report import Names, margin_pdf, workbook
from billing.schema import accounts, leases
from billing.tariff import Tariffs, versions
from pbx.calls.schema import telephone_calls
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 2, 10, 23, 59, 30, tzinfo=SHANGHAI)
DAYS = (date(2026, 2, 10), date(2026, 2, 12))
NAMES = Names({"telecom": "电信", "mobile": "移动"}, {"Ward A": "一病区"}, "zh")
HEADER = "prefix,name,rate_per_minute,first_seconds,next_seconds\n"


def earned(call: str, charge: str | None, cost: str | None, *, trunk: str = "telecom", minutes: int = 0) -> Earned:
    """A call of a minute from Ward A to London."""
    money = None if charge is None else yuan(charge)
    keys = {"destination": "44 London", "trunk": trunk, "group": "Ward A", "carrier": "BT"}
    at = AT + timedelta(minutes=minutes)
    return Earned(call, "442079460958", at, 60, money, None if cost is None else yuan(cost), keys)  # type: ignore[arg-type]


def margin(*found: Earned) -> Margin:
    """Of three days."""
    reckoning = Reckoning(lambda at: at.astimezone(SHANGHAI))
    for one in found:
        reckoning.add(one)
    return reckoning.margin(*DAYS)


MIXED = margin(
    earned("a", "2", "1.5"),
    earned("b", "1", "1.2", trunk="mobile", minutes=1),
    earned("c", "1", None, minutes=2),
    earned("h", None, "0.7"),
    earned("i", None, None, trunk="mobile"),
)


def test_what_came_in_what_went_out_and_what_is_left() -> None:
    """A call whose cost nobody knows counts as nothing and is told; calls of the house stand apart."""
    whole, house = MIXED.billed, MIXED.house
    assert (whole.calls, whole.revenue, whole.cost, whole.margin, whole.unknown) == (
        3, yuan(4), yuan("2.7"), yuan("1.3"), 1,
    )  # fmt: skip
    assert whole.share == 32.5
    assert (house.calls, house.cost, house.unknown) == (2, yuan("0.7"), 1)
    assert [(one.key, one.cost) for one in MIXED.house_by_trunk] == [("telecom", yuan("0.7")), ("mobile", Money(0))]


def test_it_is_put_apart_by_trunk_and_by_the_sites_days() -> None:
    """A call belongs to the day on which it was answered; a day without calls is there too."""
    assert [(one.key, one.calls, one.margin) for one in MIXED.by["trunk"]] == [
        ("telecom", 2, yuan("1.5")),
        ("mobile", 1, yuan("-0.2")),
    ]
    assert [(one.key, one.calls) for one in MIXED.by["day"]] == [
        ("2026-02-10", 1),
        ("2026-02-11", 2),
        ("2026-02-12", 0),
    ]
    for key in ("destination", "group", "carrier"):
        assert [one.calls for one in MIXED.by[key]] == [3]


def test_calls_at_a_loss_are_named_the_worst_first() -> None:
    """However many there are."""
    assert [(loss.call, loss.answered_at) for loss in MIXED.losses] == [("b", "2026-02-11 00:00")]
    many = margin(*(earned(str(n), "0", str(n % 77)) for n in range(3000)))
    assert many.losing == sum(n % 77 > 0 for n in range(3000))
    assert {loss.cost for loss in many.losses[:38]} == {yuan(76)}
    assert len(many.losses) == 50


def test_it_goes_through_json_as_it_is() -> None:
    """To the panel and to other programs."""
    assert Margin.from_json(MIXED.to_json()) == MIXED


def test_on_paper_and_as_a_workbook() -> None:
    """In the plan's words; amounts as numbers."""
    text = PdfReader(io.BytesIO(margin_pdf(MIXED, NAMES, "仁爱医院", AT))).pages[0].extract_text()
    for word in ("收入与毛利", "仁爱医院", "电信", "一病区", "44 London", "4.00", "+1.30", "32.5"):
        assert word in text, word
    book = openpyxl.load_workbook(io.BytesIO(workbook(MIXED, NAMES)))
    assert list(book["按中继"].values)[1:] == [
        ("电信", 2, 2, 3, 1.5, 1.5, 50, 1),
        ("移动", 1, 1, 1, 1.2, -0.2, -20, 0),
    ]
    nothing = PdfReader(io.BytesIO(margin_pdf(margin(), NAMES, "仁爱医院", AT))).pages[0].extract_text()
    assert "这些天没有通话。" in nothing


def test_calls_are_read_with_the_tariffs_of_their_time() -> None:
    """Billed ones as they were settled; those of the house by the cost tariff that counted then."""
    database, clock = InlineDatabase(), FakeClock()
    tariffs = Tariffs(database, clock)
    now(tariffs.import_csv("retail", START - timedelta(days=60), HEADER + "44,UK,2,60,60\n"))
    now(tariffs.import_csv("cost", START - timedelta(days=60), HEADER + "44,UK,1,60,60\n"))
    now(tariffs.import_csv("cost", START - timedelta(days=1), HEADER + "44,UK,9,60,60\n"))
    retail = next(one.id for one in now(versions(database)) if one.name == "retail")
    begin = START - timedelta(days=20)

    def fill(connection: sa.Connection) -> None:
        person = {"number": "1", "holder": "x", "pin_hash": "", "state": "open", "opened_at": begin}
        connection.execute(accounts.insert().values(person))
        lease: dict[str, object] = {
            "account": "1", "extension": "8001", "trunk": "telecom", "tariff_version": retail, "reserved": 0,
            "granted_seconds": 60, "opened_at": begin, "answered_at": begin, "ended_at": begin + timedelta(seconds=61),
        }  # fmt: skip
        for call, called, state in (("a", "4420", "settled"), ("b", "81", "settled"), ("c", "44", "talking")):
            facts: dict[str, object] = {"call": call, "called": called, "state": state, "seconds": 61, "cost": None}
            connection.execute(leases.insert().values({**lease, **facts, "charge": 40_000}))
        row: dict[str, object] = {
            "direction": "out", "caller": "8081", "trunk": "telecom", "began_at": begin, "answered_at": begin,
            "ended_at": begin + timedelta(seconds=61),
        }  # fmt: skip
        for identity, called in (("a", "4420"), ("x", "4420"), ("y", "33")):
            connection.execute(telephone_calls.insert().values({**row, "id": identity, "called": called}))
        connection.execute(telephone_calls.insert().values({**row, "id": "z", "called": "44", "direction": "in"}))

    now(database.transact(fill))
    start, end = begin - timedelta(days=1), begin + timedelta(days=1)
    known = now(past_tariffs(database, start, end, WEEKDAYS))
    house = House(SHANGHAI, {"telecom": "cost"}, lambda extension: f"group of {extension}", lambda number: "BT")

    def read(connection: sa.Connection) -> tuple[list[Earned], list[Earned]]:
        ours = list(billed(connection, start, end, known, house))
        return ours, list(unbilled(connection, start, end, known, house))

    paid, own = now(database.transact(read))
    assert [(one.call, one.keys["destination"], one.charge, one.cost) for one in paid] == [
        ("a", "44 UK", yuan(4), None),
        ("b", "", yuan(4), None),
    ]
    assert paid[0].keys["group"] == "group of 8001"
    assert [(one.call, one.charge, one.cost) for one in own] == [("x", None, yuan(2)), ("y", None, None)]
