"""Who has a number, and where it is from."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.journal import entries
from appliance.foundation.sheets import xlsx_file
from pbx.regions.file import BadRegions, read_regions, write_regions
from pbx.regions.places import belonging
from pbx.regions.store import Imported, Regions, as_text, imported
from pbx.regions.table import Belonging, RegionTable
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

TABLE = RegionTable([
    ("86138", Belonging("China Mobile", "")),
    ("861380013", Belonging("", "北京")),
    ("8613800138000", Belonging("China Unicom", "")),
    ("861701", Belonging("China Telecom", "杭州")),
])  # fmt: skip


def test_the_longest_row_counts_for_each_of_both() -> None:
    """A number that was taken along has its new carrier and its old region."""
    assert TABLE.find("8613800138000") == Belonging("China Unicom", "北京")
    assert TABLE.find("8613800138001") == Belonging("China Mobile", "北京")
    assert TABLE.find("8613900138000") == Belonging()
    assert TABLE.find("86138") == Belonging("China Mobile", "")
    assert TABLE.find("110") == Belonging()
    assert len(TABLE) == 4


@given(
    st.dictionaries(st.integers(1, 10**15 - 1).map(str), st.sampled_from("ABC"), max_size=40),
    st.integers(1, 10**15 - 1),
)
def test_it_finds_what_looking_at_every_row_finds(rows: dict[str, str], number: int) -> None:
    """However the rows lie."""
    table = RegionTable((digits, Belonging(carrier)) for digits, carrier in rows.items())
    for sought in [*rows, str(number)]:
        fitting = [digits for digits in rows if sought.startswith(digits)]
        assert table.find(sought).carrier == (rows[max(fitting, key=len)] if fitting else "")


def test_what_the_table_does_not_know_the_numbering_plans_may() -> None:
    """In English for the plan's routes; in both languages for people."""
    assert TABLE.carrier_of("8613900138000") == "China Mobile"
    assert TABLE.carrier_of("8613800138000") == "China Unicom"
    assert belonging("8613800138000", TABLE, "zh") == Belonging("中国联通", "北京")
    assert belonging("8613567198000", TABLE, "zh") == Belonging("中国移动", "浙江省杭州市")
    assert belonging("8657188123456", TABLE, "en").region == "Hangzhou, Zhejiang"
    assert belonging("7", TABLE, "en") == Belonging()


def test_files_are_read_with_chinese_headings_and_without_the_countrys_code() -> None:
    """CSV and XLSX; well-known carriers get the names that plans have."""
    heading = ("号码", "归属地", "运营商")
    rows: list[tuple[str | int, str, str]] = [
        heading,
        ("1700123", "浙江杭州", "中国电信"),
        (13800138000, "", "中国联通"),
    ]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    for content in (text.getvalue().encode("gb18030"), xlsx_file({"a": rows})):
        assert read_regions(content, "86") == [
            ("861700123", Belonging("China Telecom", "浙江杭州")),
            ("8613800138000", Belonging("China Unicom", "")),
        ]


def test_every_bad_row_is_named_and_nothing_is_loaded() -> None:
    """By row and column, in both languages."""
    with pytest.raises(BadRegions) as refused:
        read_regions("number,carrier,region\n0138,x,\n86138,,\n86139,x,y\n86139,z,\n8613a,x," + "y" * 65 + "\n")
    found = [(row.row, row.field) for row in refused.value.rows]
    assert found == [(2, "number"), (3, "carrier"), (5, "number"), (6, "number"), (6, "region")]
    assert "第 3 行，carrier：运营商和归属地都未填写" in refused.value.text("zh")
    for empty in ("", "number,carrier\n", "prefix\n1\n"):
        with pytest.raises(BadRegions):
            read_regions(empty)


def test_an_imported_table_takes_the_place_of_the_one_before() -> None:
    """In memory, in the records, after a restart; the journal knows who brought it."""
    database, clock = InlineDatabase(), FakeClock()
    regions = Regions(database, clock)
    assert (now(imported(database)), regions.carrier_of("8613800138000")) == (None, "China Mobile")
    now(regions.replace([("86138", Belonging("Old"))], by="root"))
    elsewhere = Regions(database, clock)
    now(elsewhere.load())
    assert elsewhere.carrier_of("8613800138000") == "Old"
    now(regions.replace([("861380", Belonging("New"))], by="root"))
    now(elsewhere.load())
    kept = elsewhere.table
    now(elsewhere.load())
    assert elsewhere.table is kept
    assert [table.carrier_of("8613800138000") for table in (regions, elsewhere)] == ["New", "New"]
    assert now(imported(database)) == Imported(START, "root", 1)
    assert read_regions(now(as_text(database))) == [("861380", Belonging("New"))]
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM region_tables")).scalar() == 1
        assert [(entry.kind, entry.body["rows"]) for entry in entries(connection)][-1] == ("pbx.RegionsImported", 1)


def test_half_a_million_rows_stay_small() -> None:
    """All of China's mobile ranges: some bytes a row, and found by halving."""
    rows = [(f"861{n:06}", Belonging("China Mobile", f"region {n % 340}")) for n in range(300_000, 800_000)]
    table = RegionTable(rows)
    assert table.find("86150000012345") == Belonging("China Mobile", f"region {500_000 % 340}")
    assert sum(keys.itemsize * len(keys) + kinds.itemsize * len(kinds) for keys, kinds in table._found.values()) < 7e6
    text = write_regions(rows[:1000])
    assert read_regions(text) == rows[:1000]
