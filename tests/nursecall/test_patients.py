"""Who lies where, and the hospital's file."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.foundation.journal import entries
from appliance.foundation.titled_rows import BadRow
from nursecall.events import PatientsChanged
from nursecall.patient_file import COLUMNS, read_patients, write_patients
from nursecall.patients import BadRows, Patient, Patients
from tests.fakes.database import InlineDatabase
from tests.nursecall.a_ward import AWard, plan
from tests.support import now

HEAD = "ward,bed,number,name,sex,born,care_grade,admitted_on,note\n"
LI = Patient("w1", "28", "1001", "李明", "M", date(1950, 3, 4), 1, date(2026, 2, 28), "对青霉素过敏")
LI_ROW = "w1,28,1001,李明,男,1950-03-04,1,2026-02-28,对青霉素过敏\n"


def faults(text: str) -> list[tuple[int, str, str]]:
    """Row, field and English reason of every fault."""
    with pytest.raises(BadRows) as caught:
        read_patients(text, plan())
    return [(fault.row, fault.field, fault.text("en").split(": ", 1)[1]) for fault in caught.value.rows]


def test_a_file_is_read() -> None:
    """Every column; empty ones are nothing."""
    bare = Patient("w1", "29", "1002", "Anna Mayer", "", None, 0, None, "")
    assert read_patients(HEAD + LI_ROW + "w1,29,1002,Anna Mayer,,,特级,,\n", plan()) == [LI, bare]


def test_headings_may_be_chinese_and_in_any_order() -> None:
    """As the hospital's system exports them, and as Excel saves them."""
    text = "\ufeff姓名,床号,病区,护理级别,住院号\r\n李明,028,w1,一级护理,1001\r\n\r\n"
    (patient,) = read_patients(text, plan())
    assert (patient.name, patient.bed, patient.care_grade) == ("李明", "28", 1)


@pytest.mark.parametrize("born", ["1950-03-04", "1950/3/4", "1950.03.04"])
def test_dates_are_read_as_spreadsheets_write_them(born: str) -> None:
    """Year first."""
    (patient,) = read_patients(HEAD + f"w1,28,1001,李明,M,{born},1,,\n", plan())
    assert patient.born == date(1950, 3, 4)


def test_every_fault_of_every_row_is_named() -> None:
    """Row as spreadsheets count, field, reason."""
    text = HEAD + (
        "w9,28,1001,李明,男,,1,,\n"
        "w1,41,1002,,X,1950-02-30,4,yesterday,\n"
        "\n"
        f"w1,28,{'9' * 33},王\x07芳,女,,1,,{'x' * 201}\n"
    )
    assert faults(text) == [
        (2, "ward", "there is no ward 'w9'"),
        (3, "bed", "there is no bed '41' in ward w1"),
        (3, "name", "must not be empty"),
        (3, "sex", "'X' is not M, F, 男 or 女"),
        (3, "born", "'1950-02-30' is not a date such as 1950-03-04"),
        (3, "care_grade", "'4' is not a care grade: 0 to 3, or 特级, 一级, 二级, 三级"),
        (3, "admitted_on", "'yesterday' is not a date such as 1950-03-04"),
        (5, "number", "is longer than 32 characters"),
        (5, "name", "has characters that cannot be printed"),
        (5, "note", "is longer than 200 characters"),
    ]


def test_nobody_lies_in_two_beds_and_no_two_in_one() -> None:
    """Both are named with the row that has it already."""
    text = HEAD + LI_ROW + "w1,028,1002,王芳,,,1,,\nw1,30,1001,李明,,,1,,\n"
    assert faults(text) == [(3, "bed", "is in row 2 already"), (4, "number", "is in row 2 already")]


def test_headings_are_checked() -> None:
    """Missing, unknown and doubled ones, before a thousand rows complain of them."""
    assert faults("ward,bed,number,name,nmae,bed\n" + "w1,28,1001,李明,x,28\n" * 2)[:3] == [
        (1, "care_grade", "this column is missing"),
        (1, "bed", "this column is there twice"),
        (1, "nmae", "there is no such column"),
    ]


def test_an_empty_file_is_no_list_of_nobody() -> None:
    """It is a mistake."""
    assert {fault[0] for fault in faults("")} == {1}
    assert len(faults("")) == 5


def test_rows_of_another_length_are_named() -> None:
    """Too long says so; too short is faulty in what is missing."""
    assert faults(HEAD + LI_ROW.strip() + ",more\nw1,29\n") == [
        (2, "", "has more cells than the heading"),
        (3, "number", "must not be empty"),
        (3, "name", "must not be empty"),
        (3, "care_grade", "'' is not a care grade: 0 to 3, or 特级, 一级, 二级, 三级"),
    ]


def test_what_is_no_csv_is_named() -> None:
    """With the row where it went wrong."""
    ((row, field, reason),) = faults(HEAD + LI_ROW + 'w1,29,"1002')
    assert (row, field) == (3, "")
    assert reason.startswith("is not CSV: ")


def test_faults_are_told_in_chinese() -> None:
    """To those who work in Chinese."""
    with pytest.raises(BadRows) as caught:
        read_patients(HEAD + "w1,41,1001,李明,,,5,,\n", plan())
    assert caught.value.text("zh").split("\n") == [
        "文件有错误，患者信息未作任何更改：",
        "第 2 行，bed：病区 w1 没有 '41' 床",
        "第 2 行，care_grade：'5' 不是护理级别，应为 0 至 3，或特级、一级、二级、三级",
    ]
    assert caught.value.text("en").split("\n")[1] == "Row 2, bed: there is no bed '41' in ward w1"


def test_a_fault_of_a_whole_row_names_no_column() -> None:
    """In either language."""
    fault = BadRow(7, "", "has more cells than the heading")
    assert (fault.text("en"), fault.text("zh")) == (
        "Row 7: has more cells than the heading",
        "第 7 行：单元格比表头多",
    )


def test_patients_are_looked_up_without_waiting() -> None:
    """From memory, after an import and after a restart."""
    ward = AWard()
    assert ward.patients.at("w1", "28") is None
    assert now(ward.patients.import_csv(HEAD + LI_ROW, ward.plan)) == 1
    assert ward.patients.at("w1", "28") == LI
    again = Patients(ward.database)
    now(again.load())
    assert again.at("w1", "28") == LI
    assert again.at("w2", "28") is None
    assert again.every("w1") == again.every() == [LI]


def test_a_list_replaces_those_of_its_wards_only() -> None:
    """A bed that is not in it is empty now; other wards keep their patients."""
    ward = AWard()
    now(ward.patients.import_csv(HEAD + LI_ROW + "w2,1,2001,Tom,,,2,,\n", ward.plan))
    now(ward.patients.import_csv(HEAD + "w1,30,1003,王芳,,,2,,\n", ward.plan))
    assert [(patient.ward, patient.bed) for patient in ward.patients.every()] == [("w1", "30"), ("w2", "1")]


def test_a_file_with_a_fault_changes_nothing() -> None:
    """Neither records, nor memory, nor the journal."""
    ward = AWard()
    now(ward.patients.import_csv(HEAD + LI_ROW, ward.plan))
    before, told = ward.journal(), list(ward.told)
    with pytest.raises(BadRows):
        now(ward.patients.import_csv(HEAD + "w1,29,1002,王芳,,,1,,\nw1,99,1003,张三,,,1,,\n", ward.plan))
    assert ward.patients.every() == [LI]
    assert (ward.journal(), ward.told) == (before, told)


def test_a_heading_alone_changes_nothing() -> None:
    """It names no ward whose beds would be empty."""
    ward = AWard()
    now(ward.patients.import_csv(HEAD + LI_ROW, ward.plan))
    assert now(ward.patients.import_csv(HEAD, ward.plan)) == 0
    assert ward.patients.every() == [LI]


def test_an_import_is_journalled_without_names() -> None:
    """How many, in which wards."""
    database = InlineDatabase()
    now(Patients(database).import_csv(HEAD + LI_ROW, plan()))
    (entry,) = now(database.transact(lambda connection: list(entries(connection))))
    assert (entry.kind, entry.body) == ("nursecall.PatientsChanged", {"patients": 1, "wards": ["w1"]})


def test_a_change_is_told_when_it_can_be_looked_up() -> None:
    """Whoever hears of it finds the new patient."""
    ward = AWard()
    found: list[Patient | None] = []
    ward.bus.subscribe(PatientsChanged, lambda event: found.append(ward.patients.at("w1", "28")))
    now(ward.patients.import_csv(HEAD + LI_ROW, ward.plan))
    assert found == [LI]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from('w1,28"\n\r\x00\ufeff男特级é一,'), max_size=80))
def test_any_text_is_a_list_or_faults(text: str) -> None:
    """Never anything else."""
    faulty = [1]
    try:
        found = read_patients(",".join(COLUMNS) + "\n" + text, plan())
    except BadRows as why:
        found = []
        faulty = [fault.row for fault in why.rows]
    assert faulty
    assert faulty == sorted(faulty)
    assert all(patient.bed in plan().wards[0].beds for patient in found)


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """An XLSX file as a spreadsheet saves it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read_as_text_is() -> None:
    """Dates and numbers are cells of their own kind there."""
    rows: list[list[object]] = [["病区", "床号", "住院号", "姓名", "出生日期", "护理级别", "就诊号"],
            ["w1", 28, 1001.0, " 李明 ", datetime(1950, 3, 4), 1, "V1"], [None] * 7]  # fmt: skip
    (patient,) = read_patients(workbook(rows), plan())
    assert (patient.bed, patient.number, patient.name, patient.born) == ("28", "1001", "李明", date(1950, 3, 4))
    assert (patient.care_grade, patient.visit) == (1, "V1")


def test_a_fault_in_a_workbook_names_the_row() -> None:
    """As the spreadsheet counts."""
    with pytest.raises(BadRows) as caught:
        read_patients(workbook([list(COLUMNS), ["w1", 99, 1, "李明", None, None, 1, None, None, None]]), plan())
    assert [(fault.row, fault.field) for fault in caught.value.rows] == [(2, "bed")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 broken", "is a workbook that cannot be read"),
        (b"\xff\xff\xff", "is neither a workbook (XLSX) nor text in UTF-8 or GB18030"),
        (b"ward\n" * 20_001, "there are more than 20000 rows"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, said: str) -> None:
    """In one sentence."""
    with pytest.raises(BadRows, match=re.escape(said)):
        read_patients(content, plan())


def test_a_file_in_gb18030_is_read() -> None:
    """As Excel saves CSV in China."""
    assert read_patients((HEAD + LI_ROW).encode("gb18030"), plan()) == [LI]


def test_what_is_exported_can_be_imported() -> None:
    """Also what would be a formula, and who has no bed; in the order of the beds."""
    odd = Patient("w1", "2", "1002", "=1+1", "", None, 3, None, "-x", visit="V2")
    without = Patient("w1", "", "1003", "王芳", "F", None, 2, None, "")
    text = write_patients([LI, odd, without])
    assert read_patients("\ufeff" + text, plan()) == [odd, LI, without]
    assert "'=1+1" in text


def test_a_patient_moves_with_the_list_and_the_former_one_leaves() -> None:
    """Beds are exchanged at once; who is no longer in the list has left; another ward is not touched."""
    ward = AWard()
    now(ward.patients.import_csv(HEAD + "w1,1,1,A,,,1,,\nw1,2,2,B,,,1,,\nw1,3,3,C,,,1,,\nw2,1,4,D,,,1,,\n", ward.plan))
    now(ward.patients.import_csv(HEAD + "w1,2,1,A,,,1,,\nw1,1,2,B,,,1,,\n", ward.plan))
    assert {(patient.ward, patient.bed): patient.name for patient in ward.patients.every()} == {
        ("w1", "2"): "A", ("w1", "1"): "B", ("w2", "1"): "D",
    }  # fmt: skip
