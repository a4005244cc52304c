"""Tariffs from CSV: read, refused, kept as versions."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.foundation.journal import entries
from appliance.foundation.values import yuan
from billing.charge import Rate
from billing.tariff import NoTariff, NoVersion, TariffExists, TariffInForce, Tariffs, rates_of, versions
from billing.tariff_csv import TariffFaulty, parse
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

HEADER = (
    "prefix,name,day_kind,from,to,rate_per_minute,connect_fee,first_seconds,next_seconds,free_seconds,minimum,cap\n"
)
GOOD = HEADER + "86571,本地,,,,0.11,0.1,180,60,0,,\n861,手机,workday,21:00,7:00,0.3,,60,6,5,0.5,20\n"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def faults(text: str) -> list[tuple[int, str]]:
    """Row and column of everything wrong in `text`."""
    with pytest.raises(TariffFaulty) as refused:
        parse(text)
    return [(fault.row, fault.field) for fault in refused.value.faults]


def test_rows_are_read() -> None:
    """Money exactly, hours as seconds of the day, what is empty as what it means."""
    assert parse(GOOD) == [
        Rate(
            "86571",
            "本地",
            per_minute=yuan("0.11"),
            connect_fee=yuan("0.1"),
            first_seconds=180,
            next_seconds=60,
        ),
        Rate(
            "861",
            "手机",
            "workday",
            21 * 3600,
            7 * 3600,
            yuan("0.3"),
            yuan(0),
            60,
            6,
            5,
            yuan("0.5"),
            yuan(20),
        ),
    ]


def test_spreadsheets_may_add_a_mark_reorder_columns_and_leave_lines_empty() -> None:
    """A byte order mark, CRLF, spaces, and columns that may be left out."""
    text = "\ufeffrate_per_minute,prefix, first_seconds,next_seconds\r\n0.3, 861 ,60,6\r\n\r\n,,,\r\n"
    assert parse(text) == [Rate("861", per_minute=yuan("0.3"), first_seconds=60, next_seconds=6)]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",x,,,,1,,60,60,,,", "prefix"),
        ("+86,x,,,,1,,60,60,,,", "prefix"),
        ("0086,x,,,,1,,60,60,,,", "prefix"),
        ("1234567890123456,x,,,,1,,60,60,,,", "prefix"),
        ("٣,x,,,,1,,60,60,,,", "prefix"),
        ("86,x,sunday,,,1,,60,60,,,", "day_kind"),
        ("86,x,,25:00,07:00,1,,60,60,,,", "from"),
        ("86,x,,21:00,07:60,1,,60,60,,,", "to"),
        ("86,x,,21:00,24:30,1,,60,60,,,", "to"),
        ("86,x,,21:00,,1,,60,60,,,", "to"),
        ("86,x,,,07:00,1,,60,60,,,", "to"),
        ("86,x,,07:00,07:00,1,,60,60,,,", "to"),
        ("86,x,,,,,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,-1,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,0.00001,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,NaN,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,Infinity,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,1e2,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,1元,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,1_0,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,１,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,12345678901234567890123456789.00001,,60,60,,,", "rate_per_minute"),
        ("86,x,,,,1,free,60,60,,,", "connect_fee"),
        ("86,x,,,,1,,0,60,,,", "first_seconds"),
        ("86,x,,,,1,,60,,,,", "next_seconds"),
        ("86,x,,,,1,,60,6.5,,,", "next_seconds"),
        ("86,x,,,,1,,60,60,-1,,", "free_seconds"),
        ("86,x,,,,1,,60,60,,-1,", "minimum"),
        ("86,x,,,,1,,60,60,,2,1", "cap"),
        ("86,x,,,,1,,60,60,,,,7", ""),
        ("86," + "x" * 65 + ",,,,1,,60,60,,,", "name"),
    ],
)
def test_a_bad_field_is_named(row: str, field: str) -> None:
    """By its row as a spreadsheet numbers it, and its column."""
    assert faults(GOOD + row) == [(4, field)]


def test_every_bad_row_is_named_in_both_languages() -> None:
    """Not just the first."""
    with pytest.raises(TariffFaulty) as refused:
        parse(HEADER + "x,,,,,y,,60,60,,,\n86,,,,,1,,60,60,,,\n87,,sunday,,,1,,60,60,,,\n")
    assert refused.value.text("en").splitlines() == [
        "The tariff was not loaded, the one before stays in force.",
        "Row 2, prefix: 'x' is not a prefix: 1 to 15 digits of E.164, without + or 00",
        "Row 2, rate_per_minute: 'y' is not an amount in yuan, 0 or more, of at most four decimals",
        "Row 4, day_kind: 'sunday' is not workday, restday, holiday or empty",
    ]
    assert refused.value.text("zh").splitlines()[3] == "第 4 行，day_kind：'sunday' 应为 workday、restday、holiday 或空"


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("prefix,first_seconds,next_seconds\n86,60,60", ["rate_per_minute"]),
        (HEADER.replace("cap", "ceiling"), ["ceiling"]),
        (HEADER.replace("cap", "name"), ["name"]),
        ("", ["prefix", "rate_per_minute", "first_seconds", "next_seconds"]),
    ],
)
def test_a_bad_header_is_named(header: str, fields: list[str]) -> None:
    """Missing, unknown and repeated columns."""
    assert faults(header) == [(1, field) for field in fields]


def test_a_file_without_rows_or_with_a_broken_quote_is_refused() -> None:
    """Also one that is no CSV at all."""
    assert faults(HEADER) == [(1, "")]
    assert faults(HEADER + '"86"x,,,,,1,,60,60,,,\n') == [(1, "")]


def test_rows_of_which_neither_wins_are_refused() -> None:
    """The same prefix and day kind at the same hours, also across midnight."""
    assert faults(HEADER + "86,,,,,1,,60,60,,,\n87,,,,,1,,60,60,,,\n86,,,,,2,,60,60,,,\n") == [(4, "from")]
    night = "86,,,21:00,07:00,1,,60,60,,,\n"
    assert faults(HEADER + night + "86,,,06:59,08:00,1,,60,60,,,\n") == [(3, "from")]
    assert faults(HEADER + night + "86,,,20:00,21:01,1,,60,60,,,\n") == [(3, "from")]


def test_rows_that_touch_or_differ_in_kind_are_welcome() -> None:
    """By hours, by day kind, timed and not."""
    rows = ("86,,,21:00,07:00", "86,,,07:00,21:00", "86,,workday,21:00,07:00", "86,,,,", "86,,restday,00:00,24:00")
    assert len(parse(HEADER + "".join(f"{row},1,,60,60,,,\n" for row in rows))) == 5


class House:
    """Tariffs on a database in memory."""

    def __init__(self) -> None:
        self.database, self.clock = InlineDatabase(), FakeClock()
        self.tariffs = Tariffs(self.database, self.clock)

    def charge(self, tariffs: Tariffs, after: timedelta = timedelta(0)) -> int:
        """What a minute to a mobile costs by the version that counts then."""
        at = START.astimezone(SHANGHAI) + after
        return tariffs.current("retail", at).rate("8613800138000", at, 60).amount


def one_row(rate: str) -> str:
    """A tariff of one price."""
    return f"{HEADER}86,,,,,{rate},,60,60,,,\n"


def test_the_newest_valid_version_counts() -> None:
    """Imported ahead of time, it waits; also after a restart."""
    house = House()
    assert now(house.tariffs.import_csv("retail", START, one_row("1"), by="root")) == 1
    now(house.tariffs.import_csv("retail", START + timedelta(days=1), one_row("3")))
    now(house.tariffs.import_csv("retail", START - timedelta(days=1), one_row("5")))
    restarted = Tariffs(house.database, house.clock)
    now(restarted.load())
    for tariffs in (house.tariffs, restarted):
        assert house.charge(tariffs) == yuan(1)
        assert house.charge(tariffs, timedelta(hours=23)) == yuan(1)
        assert house.charge(tariffs, timedelta(days=1)) == yuan(3)


def test_a_version_can_be_had_by_its_number_when_it_no_longer_counts() -> None:
    """For calls that began under it."""
    house = House()
    now(house.tariffs.import_csv("retail", START - timedelta(days=1), one_row("5")))
    old = house.tariffs.current("retail", START).version
    now(house.tariffs.import_csv("retail", START, one_row("1")))
    restarted = Tariffs(house.database, house.clock)
    now(restarted.load())
    tariff = now(restarted.version(old))
    assert tariff.rate("86", START.astimezone(SHANGHAI), 60).amount == yuan(5)
    with pytest.raises(LookupError):
        now(restarted.version(99))


def test_an_unknown_or_not_yet_valid_tariff_is_no_tariff() -> None:
    """Said in words."""
    house = House()
    now(house.tariffs.import_csv("retail", START + timedelta(hours=1), one_row("1")))
    for name in ("retail", "wholesale"):
        with pytest.raises(NoTariff, match=name):
            house.tariffs.current(name, START)


def test_a_bad_file_changes_nothing() -> None:
    """Neither in memory nor in the database nor in the journal."""
    house = House()
    now(house.tariffs.import_csv("retail", START, one_row("1")))
    with pytest.raises(TariffFaulty):
        now(house.tariffs.import_csv("retail", START + timedelta(seconds=1), one_row("1") + "x"))
    assert house.charge(house.tariffs, timedelta(days=1)) == yuan(1)
    with house.database.engine.connect() as connection:
        (entry,) = entries(connection)
    assert entry.kind == "billing.TariffImported"
    assert (entry.body["tariff"], entry.body["rows"]) == ("retail", 1)


def test_importing_the_same_file_again_changes_nothing_and_another_one_is_refused() -> None:
    """A version is never changed once it exists."""
    house = House()
    now(house.tariffs.import_csv("retail", START, one_row("1")))
    version = house.tariffs.current("retail", START).version
    assert now(house.tariffs.import_csv("retail", START, one_row("1"))) == 1
    assert house.tariffs.current("retail", START).version == version
    with pytest.raises(TariffExists):
        now(house.tariffs.import_csv("retail", START, one_row("2")))
    assert house.charge(house.tariffs) == yuan(1)


def test_versions_are_listed_with_the_time_in_which_each_counts() -> None:
    """By name and time; who brought them and how many rows; the last has no end."""
    house = House()
    for name, days, rate in (("retail", 0, "1"), ("retail", 2, "3"), ("cost", 1, "2")):
        now(house.tariffs.import_csv(name, START + timedelta(days=days), one_row(rate), by="root"))
    found = now(versions(house.database))
    assert [(one.name, one.valid_from, one.until, one.rows, one.by) for one in found] == [
        ("cost", START + timedelta(days=1), None, 1, "root"),
        ("retail", START, START + timedelta(days=2), 1, "root"),
        ("retail", START + timedelta(days=2), None, 1, "root"),
    ]
    later = START + timedelta(days=2)
    assert [one.state(later) for one in found] == ["current", "past", "current"]
    assert found[2].state(later - timedelta(seconds=1)) == "future"
    assert now(versions(house.database, "cost")) == found[:1]
    assert [rate.per_minute for rate in now(rates_of(house.database, found[2].id))] == [yuan(3)]


def test_a_version_that_does_not_count_yet_can_be_taken_back() -> None:
    """It is gone, here and after a restart; another may come in its place. One that counts stays."""
    house = House()
    now(house.tariffs.import_csv("retail", START, one_row("1")))
    now(house.tariffs.import_csv("retail", START + timedelta(days=1), one_row("3")))
    first, second = now(versions(house.database))
    with pytest.raises(TariffInForce):
        now(house.tariffs.withdraw(first.id, by="root"))
    with pytest.raises(NoVersion):
        now(house.tariffs.withdraw(99, by="root"))
    elsewhere = Tariffs(house.database, house.clock)
    now(elsewhere.load())
    now(house.tariffs.withdraw(second.id, by="root"))
    assert house.charge(elsewhere, timedelta(days=1)) == yuan(3)
    now(elsewhere.load())
    for tariffs in (house.tariffs, elsewhere):
        assert house.charge(tariffs, timedelta(days=1)) == yuan(1)
    with house.database.engine.connect() as connection:
        assert [entry.kind for entry in entries(connection)][-1] == "billing.TariffWithdrawn"
    assert now(house.tariffs.import_csv("retail", START + timedelta(days=1), one_row("4"))) == 1
    now(elsewhere.load())
    assert house.charge(elsewhere, timedelta(days=1)) == yuan(4)
    assert now(versions(house.database))[1].id > second.id


def test_each_version_is_read_once_and_yesterdays_is_kept() -> None:
    """A call that began before the newest version did is still settled by the one before."""
    house = House()
    now(house.tariffs.import_csv("cost", START - timedelta(days=9), one_row("7")))
    now(house.tariffs.import_csv("cost", START - timedelta(days=3), one_row("5")))
    now(house.tariffs.import_csv("cost", START - timedelta(hours=1), one_row("1")))
    restarted = Tariffs(house.database, house.clock)
    now(restarted.load())
    kept = restarted.current("cost", START)
    now(restarted.load())
    assert restarted.current("cost", START) is kept
    at = START - timedelta(hours=2)
    assert restarted.current("cost", at).rate("86", at.astimezone(SHANGHAI), 60).amount == yuan(5)
    with pytest.raises(NoTariff):
        restarted.current("cost", START - timedelta(days=8))
