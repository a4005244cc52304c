"""Wards as a file: out as an example, in again; every bad row named with its column, and nothing half-loaded."""

from __future__ import annotations

import pytest

from appliance.foundation.sheets import table_file
from nursecall.plan_wards import Ward
from nursecall.roster_file import BadFile
from nursecall.ward_file import MOST_BEDS, example, read_wards, table

HEAD = "ward,name_zh,name_en,room,beds\n"


def faults(text: str, taken: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """Row and column of each."""
    with pytest.raises(BadFile) as caught:
        read_wards(text, taken)
    return [(row.row, row.field) for row in caught.value.rows]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_can_be_read(language: str) -> None:
    """In both languages, as CSV and as a workbook."""
    for content in (table_file(kind, "wards", example(language)) for kind in ("csv", "xlsx")):  # type: ignore[arg-type]
        first, second = read_wards(content, ())
        assert (first.id, first.names["zh"], len(first.beds)) == ("w1", "内科一病区", 42)
        assert first.beds[-1] == "加2"
        assert second.beds == ["1201-1", "1201-2", "1201-3", "1202-1", "1202-2", "1202-3"]
        assert table(first)["beds"] == ["1-40", "加1", "加2"]


def test_the_plan_reads_the_same_beds() -> None:
    """Ranges, labels with a nought before, rooms and codes in capitals."""
    text = HEAD + 'W9,九病区,Ward 9,,"09,10,11、12 3–4"\nw9,,,A1,1-2\nw9,,,1203,1\n'
    [ward] = read_wards(text, ())
    planned = Ward.model_validate(table(ward))
    assert planned.beds == ("09", "10", "11", "12", "3", "4", "A1-1", "A1-2", "1203-1")
    assert list(planned.beds) == ward.beds


def test_every_fault_of_every_row_is_named() -> None:
    """At once, by row and column."""
    text = (
        HEAD
        + "内科,,B,,x!y\nw1,一,,,1-3\nw1,二,One,?,4\nw2,二,Two,,2-5 3\nw3,三,Three,1,2\nw4,四,Four,,\nw5,五,Five,,1-\n"
    )
    assert faults(text) == [
        (2, "beds"), (2, "ward"), (3, "name_en"), (4, "beds"), (4, "name_zh"), (5, "beds"), (6, "beds"), (7, "beds"),
        (8, "beds"),
    ]  # fmt: skip
    assert faults(HEAD) == [(1, "")]
    assert faults("ward,beds\nw1,1\n") == [(1, "name_zh"), (1, "name_en")]


def test_a_ward_of_the_plan_is_not_overwritten() -> None:
    """Nor does a slip make a ward of thousands."""
    assert faults(HEAD + "w1,一,One,,1-40\n", ("w1",)) == [(2, "ward")]
    assert faults(HEAD + f"w1,一,One,,1-{MOST_BEDS + 1}\n") == [(2, "beds")]


def test_faults_are_told_in_both_languages() -> None:
    """With what was found and what would do."""
    with pytest.raises(BadFile) as caught:
        read_wards(HEAD + "w1,一,One,1,2\n", ())
    assert caught.value.text("en").splitlines()[1] == (
        "Row 2, beds: room 1 with bed 2 would read as a range: give the room a letter"
    )
    assert caught.value.text("zh").splitlines()[1] == "第 2 行，beds：房间 1 加床号 2 会被当作范围，请给房间加字母"
