"""One ward of a plan is changed: the rest of the file stays as somebody wrote it, and the whole is checked."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance import revisions
from appliance.foundation.config import Faulty, parse
from appliance.foundation.journal import entries
from appliance.plan import Plan
from appliance.plan_desk import PlanDesk
from appliance.plan_edit import edited, ranges
from nursecall.plan_lines import ModbusLine, Worded
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tests.test_sample_hospital import HOSPITAL
from web.plans import Named, Overtaken, Unfit, WardEdit, Wired

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
BEDS = tuple(str(bed) for bed in range(1, 41))


def changed(edit: WardEdit) -> list[str]:
    """The lines that differ, marked + and -."""
    lines = difflib.unified_diff(TEXT.splitlines(), edited(TEXT, edit).splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_nothing_changes_where_nothing_is_changed() -> None:
    """Not a blank, not a comment."""
    assert edited(TEXT, WardEdit("ward-a", BEDS)) == TEXT


def test_a_new_bed_is_one_line_and_its_comment_stays() -> None:
    """Ranges are written as people write them."""
    assert changed(WardEdit("ward-a", (*BEDS, "加1"))) == [
        '-beds = ["1-40"]                # ranges and labels: ["1-40", "加1", "1203-2"]',
        '+beds = ["1-40", "加1"]                # ranges and labels: ["1-40", "加1", "1203-2"]',
    ]


def test_where_beds_stand_is_written_beside_them() -> None:
    """In this ward, not behind the words that introduce the next one; and read again as it was meant."""
    layout = {"2": (1, 1), "1": (2, 1), "40": (1, 2)}
    text = edited(TEXT, WardEdit("ward-c", [str(bed) for bed in range(1, 13)], {"2": (1, 1), "1": (2, 1)}))
    lines = text.splitlines()
    assert lines.index('beds = ["1-12"]') + 1 == next(i for i, line in enumerate(lines) if line.startswith("layout"))
    ward = parse(edited(TEXT, WardEdit("ward-a", BEDS, layout)), Plan).nursecall.wards[0]
    assert ward.layout == layout
    assert ward.as_they_stand[:4] == ("2", "1", "40", "3")
    again = edited(edited(TEXT, WardEdit("ward-a", BEDS, layout)), WardEdit("ward-a", BEDS))
    assert again == TEXT


@pytest.mark.parametrize(
    ("beds", "written"),
    [
        (["1", "2", "3"], ["1-3"]),
        (["1", "3", "4", "加1"], ["1", "3-4", "加1"]),
        (["1203-2", "7"], ["1203-2", "7"]),
        (["07", "08"], ["07", "08"]),
        ([], []),
    ],
)
def test_beds_in_a_row_are_a_range(beds: list[str], written: list[str]) -> None:
    """Labels that are no plain numbers are let be."""
    assert list(ranges(beds)) == written


def wired(change: Callable[[list[Wired]], list[Wired]]) -> WardEdit:
    """Ward C with its contacts as `change` leaves them."""
    line = next(line for line in parse(TEXT, Plan).nursecall.lines if line.protocol == "modbus")
    points = [
        Wired(line.id, unit.address, contact.input, contact.bed, contact.means)
        for unit in line.units
        for contact in unit.contacts
    ]
    return WardEdit("ward-c", [str(bed) for bed in range(1, 13)], wired=change(points))


def test_a_call_point_goes_to_another_bed() -> None:
    """One line changes; what else the contact says (normally closed) stays."""
    moved = changed(wired(lambda points: [replace(p, bed="12") if (p.unit, p.input) == (5, 7) else p for p in points]))
    assert moved == [
        '-  { input = 7, bed = "5", means = "fault", normally = "closed" },',
        '+  { input = 7, bed = "12", means = "fault", normally = "closed" },',
    ]


def test_a_call_point_is_added_and_taken_away() -> None:
    """On a module that is there, and on a new one."""
    new = [Wired("ward-c-contacts", 6, 3, "6", "wc"), Wired("ward-c-contacts", 9, 0, "7", "call")]
    plan = parse(edited(TEXT, wired(lambda points: [*points[1:], *new])), Plan).nursecall
    line = next(line for line in plan.lines if line.protocol == "modbus")
    assert [unit.address for unit in line.units] == [5, 6, 9]
    assert line.units[0].contacts[0].input == 1
    assert (line.units[1].contacts[-1].bed, line.units[1].contacts[-1].means) == ("6", "wc")


def test_a_bed_takes_its_contacts_with_its_new_name() -> None:
    """As they would call from a bed that nobody knows."""
    beds = [str(bed) if bed != 4 else "4a" for bed in range(1, 13)]
    text = edited(TEXT, WardEdit("ward-c", beds, renamed={"4": "4a"}))
    line = next(line for line in parse(text, Plan).nursecall.lines if line.protocol == "modbus")
    assert {contact.bed for contact in line.units[0].contacts} == {"4a", "5"}


C = tuple(str(bed) for bed in range(1, 13))


def test_a_call_point_is_named_beside_the_line_s_ward() -> None:
    """One line more; taken away again, the file is as it was. Other lines are let be."""
    named = [Named("ward-c-text", "0417", "8"), Named("ward-c-text", "2", "9")]
    text = edited(TEXT, WardEdit("ward-c", C, named=named))
    line = next(one for one in parse(text, Plan).nursecall.lines if one.id == "ward-c-text")
    assert isinstance(line, Worded)
    assert [(point.says, point.bed, point.ward) for point in line.points] == [("0417", "8", None), ("2", "9", None)]
    assert edited(text, WardEdit("ward-c", C, named=named)) == text
    assert edited(text, WardEdit("ward-c", C)) == text
    assert edited(text, WardEdit("ward-a", BEDS, named=[])) == text
    assert edited(text, WardEdit("ward-c", C, named=[])) == TEXT


def test_a_call_point_of_another_ward_than_the_line_s_says_so() -> None:
    """And stays when the line's own ward is edited."""
    text = edited(TEXT, WardEdit("ward-b", BEDS, named=[Named("ward-a", "0417", "8")]))
    assert 'points = [{says = "0417", bed = "8", ward = "ward-b"}]' in text
    again = edited(text, WardEdit("ward-a", BEDS, named=[Named("ward-a", "1", "2")]))
    line = parse(again, Plan).nursecall.lines[0]
    assert isinstance(line, Worded)
    assert [(point.says, point.ward) for point in line.points] == [("0417", "ward-b"), ("1", None)]


def test_a_renamed_bed_keeps_its_call_points() -> None:
    """Whatever the host calls them."""
    text = edited(TEXT, WardEdit("ward-c", C, named=[Named("ward-c-text", "0417", "8")]))
    beds = ["8a" if bed == "8" else bed for bed in C]
    assert '{says = "0417", bed = "8a"}' in edited(text, WardEdit("ward-c", beds, renamed={"8": "8a"}))


def test_an_input_that_is_wired_twice_is_not_lost() -> None:
    """The checker says so, instead of one of the two being dropped."""
    wired = [Wired("ward-c-contacts", 6, 0, "6", "call"), Wired("ward-c-contacts", 6, 0, "5", "wc")]
    with pytest.raises(Faulty, match="input 0 is wired twice"):
        parse(edited(TEXT, WardEdit("ward-c", C, wired=wired)), Plan)


def test_a_module_whose_last_contact_goes_is_no_more() -> None:
    """A module without contacts would be refused."""
    text = edited(TEXT, WardEdit("ward-c", C, wired=[Wired("ward-c-contacts", 6, 0, "6", "call")]))
    line = next(one for one in parse(text, Plan).nursecall.lines if one.id == "ward-c-contacts")
    assert isinstance(line, ModbusLine)
    assert [unit.address for unit in line.units] == [6]


def test_a_line_that_does_not_say_what_it_speaks() -> None:
    """Speaks ESPA 4.4.4; the plan can be edited all the same."""
    text = TEXT.replace('protocol = "espa444"\n', "", 1)
    assert edited(text, WardEdit("ward-a", BEDS)) == text


class Desk:
    """A desk over real SQL, with the sample hospital in force as revision 1."""

    def __init__(self) -> None:
        self.database, self.clock = InlineDatabase(), FakeClock()
        self.taken_up: list[int] = []
        self.desk = PlanDesk(self.database, self.clock, lambda: self.taken_up.append(1))
        with self.database.engine.begin() as connection:
            revisions.keep(connection, TEXT, by="t", note="first", at=self.clock.now())
            revisions.activate(connection, 1, by="t", at=self.clock.now())

    def journal(self) -> list[str]:
        """What is on record, by kind and by whom."""
        with self.database.engine.begin() as connection:
            return [f"{entry.kind} {entry.body.get('by', '')}" for entry in entries(connection)]


def test_saving_keeps_and_activating_puts_in_force() -> None:
    """Two steps, each on record with who took it; the one before can be taken up again."""
    house = Desk()
    number = now(house.desk.save(WardEdit("ward-a", (*BEDS, "加1")), 1, "it"))
    assert number == 2
    assert [row.number for row in now(house.desk.every()) if row.active] == [1]
    assert not house.taken_up
    now(house.desk.activate(2, "it"))
    assert house.taken_up
    rows = {row.number: row for row in now(house.desk.every())}
    assert rows[2].active
    assert rows[1].former
    now(house.desk.activate(1, "it"))
    assert [row.number for row in now(house.desk.every()) if row.former] == [2]


def test_a_faulty_plan_is_refused_with_its_place() -> None:
    """A bed that its telephone still names: nothing is kept, nothing is changed."""
    house = Desk()
    with pytest.raises(Unfit) as refused:
        now(house.desk.save(WardEdit("ward-a", BEDS[:-1]), 1, "it"))
    assert "nursecall.wards[0].phones.beds: there is no bed '40' in ward 'ward-a'" in refused.value.text("en")
    assert refused.value.text("en").startswith("line ")
    assert "nursecall.wards[0].phones.beds：病区“ward-a”中没有床位“40”" in refused.value.text("zh")
    assert len(now(house.desk.every())) == 1


def test_two_who_edit_at_once_do_not_overwrite_each_other() -> None:
    """The second is told which revision came first."""
    house = Desk()
    now(house.desk.save(WardEdit("ward-a", (*BEDS, "加1")), 1, "it"))
    with pytest.raises(Overtaken) as overtaken:
        now(house.desk.save(WardEdit("ward-a", (*BEDS, "加2")), 1, "admin"))
    assert overtaken.value.number == 2


def test_a_slot_stands_for_a_revision() -> None:
    """And is shown with it; only letters are slots."""
    house = Desk()
    now(house.desk.name("A", 1, "it"))
    assert now(house.desk.every())[0].slots == ("A",)
    with pytest.raises(ValueError, match="capital letter"):
        now(house.desk.name("active", 1, "it"))
    with pytest.raises(LookupError):
        now(house.desk.name("B", 7, "it"))


def test_what_differs_is_shown() -> None:
    """As people know it from version control."""
    house = Desk()
    now(house.desk.save(WardEdit("ward-a", (*BEDS, "加1")), 1, "it"))
    lines = now(house.desk.diff(2, 1))
    assert any(line.startswith('+beds = ["1-40", "加1"]') for line in lines)


def test_who_did_it_is_on_record() -> None:
    """Keeping, naming, activating."""
    house = Desk()
    number = now(house.desk.save(WardEdit("ward-a", (*BEDS, "加1")), 1, "it"))
    now(house.desk.name("A", number, "boss"))
    now(house.desk.activate(number, "admin"))
    assert house.journal()[2:] == [
        "appliance.PlanRevised it",
        "appliance.PlanSlotNamed boss",
        "appliance.PlanActivated admin",
    ]
