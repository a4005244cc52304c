"""Lists of staff and rosters as files: out and in again; every bad row named."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.foundation.sheets import csv_file, table_file
from nursecall.roster import Staff, Stint
from nursecall.roster_file import BadFile, checked, month_rows, read_month, read_staff, staff_rows
from tests.nursecall.a_staffed_ward import STAFF, care_plan

PLAN = care_plan()
WARD = PLAN.wards[0]
PEOPLE = {one.id: one for one in STAFF}
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
CELLS = {
    (date(2026, 3, 2), "day"): (Stint("1002", "21-40"), Stint("1001", "1-20")),
    (date(2026, 3, 2), "night"): (Stint("1001"),),
    (date(2026, 3, 31), "day"): (Stint("1003"),),
}


def test_staff_goes_out_and_comes_in_as_csv_and_as_a_workbook() -> None:
    """Whoever has left, too; a name that a spreadsheet would reckon is harmless."""
    people = [*STAFF, Staff("1009", "w2", "=1+1", "porter", active=False)]
    for content in (table_file(kind, "staff", staff_rows(people)) for kind in ("csv", "xlsx")):
        assert read_staff(content, PLAN) == people
    assert b"'=1+1" in csv_file(staff_rows(people))


def test_a_month_goes_out_and_comes_in() -> None:
    """In the order in which they are told, with their beds."""
    for content in (table_file(kind, "2026-03", month_rows(CELLS, PEOPLE)) for kind in ("csv", "xlsx")):
        assert read_month(content, WARD, FIRST, LAST, PEOPLE) == CELLS


def test_headings_shifts_and_roles_may_be_chinese() -> None:
    """As a hospital writes them."""
    staff = "工号,病区,姓名,岗位,手机\n1001,w1,沈敏,护士,13900000001\n"
    assert read_staff(staff, PLAN) == [Staff("1001", "w1", "沈敏", mobile="13900000001")]
    month = "日期,班次,工号,床位\n2026/3/2,白班,1001,1-20\n"
    assert read_month(month, WARD, FIRST, LAST, PEOPLE) == {(date(2026, 3, 2), "day"): (Stint("1001", "1-20"),)}


def test_every_bad_row_of_a_list_of_staff_is_named() -> None:
    """With what is wrong, in both languages; nothing is loaded."""
    text = (
        "id,ward,name,role,mobile,extension,login,active\n"
        "1001,w1,A,nurse,139,,a,1\n1001,w9,,boss,,x,a,2\n1 2,w1,B,,,,,\n1003,w1,C,,,,a,1\n"
    )
    with pytest.raises(BadFile) as caught:
        read_staff(text, PLAN)
    assert [(row.row, row.field) for row in caught.value.rows] == [
        (2, "mobile"), (3, "ward"), (3, "name"), (3, "role"), (3, "extension"), (3, "active"), (4, "id"),
    ]  # fmt: skip
    assert "Row 3, role: 'boss' is none of nurse, supervisor, doctor, porter" in caught.value.text("en")
    assert "第 3 行，ward：没有病区 'w9'" in caught.value.text("zh")
    twice = "id,ward,name,login\n1,w1,A,a\n1,w1,B,a\n"
    with pytest.raises(BadFile) as caught:
        read_staff(twice, PLAN)
    assert [(row.row, row.field) for row in caught.value.rows] == [(3, "id"), (3, "login")]


def test_every_bad_row_of_a_month_is_named() -> None:
    """Days outside it, unknown shifts, people and beds, the same stint twice."""
    text = (
        "day,shift,id,beds\n2026-04-01,day,1001,\n2026-02-30,day,1001,\n2026-03-02,late,1001,\n"
        "2026-03-02,day,9999,\n2026-03-02,day,1001,99\n2026-03-02,day,1001,\n2026-03-02,day,1001,1\n"
    )
    with pytest.raises(BadFile) as caught:
        read_month(text, WARD, FIRST, LAST, PEOPLE)
    assert [row.row for row in caught.value.rows] == [2, 3, 4, 5, 6, 8]
    said = caught.value.text("en")
    for part in ("2026-04-01 is not between 2026-03-01 and 2026-03-31", "no shift 'late'", "number '9999'",
                 "no bed '99'", "is in row 7 already"):  # fmt: skip
        assert part in said


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04rubbish", b"\xff\xfe\xfd", b"id,ward\n1,w1\n", b"id,ward,name,x\n"]
)
def test_what_is_no_such_table_says_so(content: bytes) -> None:
    """Never an exception of another kind."""
    with pytest.raises(BadFile):
        read_staff(content, PLAN)
    with pytest.raises(BadFile):
        read_month(content, WARD, FIRST, LAST, PEOPLE)


def test_one_person_is_checked_alike() -> None:
    """From a form."""
    assert checked({"id": "7", "ward": "w1", "name": " 王五 "}, PLAN) == Staff("7", "w1", "王五")
    with pytest.raises(BadFile, match="is no telephone number"):
        checked({"id": "7", "ward": "w1", "name": "x", "mobile": "abc"}, PLAN)
