"""The roster as the ward asks it: dated rows before the plan's, covers besides, from memory whatever the records do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nursecall.events import CallEscalated
from nursecall.roster import RosterRefused, Staff
from nursecall.roster_events import CoverChanged, OnDutyChanged, RosterChanged, StaffChanged
from tests.nursecall.a_staffed_ward import DAY, MONDAY, NIGHT, STAFF, AStaffedWard, at, care_plan
from tests.nursecall.a_ward import ZONE
from tests.support import now


@pytest.fixture
def ward() -> AStaffedWard:
    """Monday morning; five people work here, none of them is on the roster."""
    ward = AStaffedWard()
    ward.employ()
    return ward


def put(ward: AStaffedWard, *staff: str, cell: tuple[object, str] = DAY) -> None:
    for one in staff:
        now(ward.roster.put("w1", cell, one, "boss", on=True))  # type: ignore[arg-type]


def names(ward: AStaffedWard, clock: str = "09:00", of: str = "w1") -> list[str]:
    return [person.name for person in ward.roster.on_duty(of, at(clock))]


def test_where_the_roster_says_nothing_the_plan_counts(ward: AStaffedWard) -> None:
    """For that shift of that day alone."""
    assert names(ward) == ["李静", "王芳"]
    put(ward, "1001", "1003")
    assert names(ward) == ["沈敏", "卜丽华"]
    assert names(ward, "21:00") == ["赵敏"]
    now(ward.roster.put("w1", DAY, "1001", "boss", on=False))
    now(ward.roster.put("w1", DAY, "1003", "boss", on=False))
    assert names(ward) == ["李静", "王芳"]


def test_who_has_left_is_on_duty_no_longer(ward: AStaffedWard) -> None:
    """If nobody else is, the plan's rows count again."""
    put(ward, "1001")
    ward.employ(Staff("1001", "w1", "沈敏", active=False))
    assert names(ward) == ["李静", "王芳"]
    with pytest.raises(RosterRefused, match="1001"):
        put(ward, "1001")


def test_roles_and_beds_are_answered(ward: AStaffedWard) -> None:
    """A bed is its nurse's; a doctor on duty is no nurse."""
    put(ward, "1001", "1002", "1003", "1004")
    now(ward.roster.share("w1", DAY, {"1001": "1-20", "1002": "21-40", "1004": "1-40"}, "shen"))
    roster, nine = ward.roster, at("09:00")
    assert [one.name for one in roster.assigned("w1", "28", nine)] == ["葛晓芸"]
    assert [one.name for one in roster.assigned("w1", "3", nine)] == ["沈敏"]
    assert [one.name for one in roster.supervisor("w1", nine)] == ["卜丽华"]
    assert roster.shifts("w1", nine) == ("day",)
    assert roster.night("w1", at("23:00"))
    with pytest.raises(RosterRefused, match="no bed 41"):
        now(roster.share("w1", DAY, {"1001": "1-41"}, "shen"))


def test_a_call_goes_to_the_nurse_of_the_bed() -> None:
    """By the tree that says so, on the mobile the roster knows."""
    step = {"by": "sms", "to": "assigned", "after": 30}
    tree = {"id": "mine", "steps": [step], "failsafe": {"by": "station"}}
    ward = AStaffedWard(care_plan(escalations=[tree], escalation_rules=[{"tree": "mine"}]))
    ward.employ()
    put(ward, "1001", "1002")
    now(ward.roster.share("w1", DAY, {"1001": "1-20", "1002": "21-40"}, "boss"))
    ward.press("28")
    assert ward.open("28").assigned == ("葛晓芸",)
    ward.wait(30)
    assert ward.heard(CallEscalated)[0].to == (("葛晓芸", "13900000002"),)


def test_a_neighbour_covers_for_some_hours(ward: AStaffedWard) -> None:
    """Besides those who are there; in her own ward too; and is told of exactly then."""
    cover = now(ward.roster.cover("w1", "2001", at("10:00"), at("12:00"), "boss"))
    ward.told.clear()
    assert names(ward, "09:59") == ["李静", "王芳"]
    assert names(ward, "10:00") == ["李静", "王芳", "Helen Fang"]
    assert names(ward, "12:00") == ["李静", "王芳"]
    ward.clock.advance(timedelta(hours=1))
    assert len(ward.heard(OnDutyChanged)) == 1
    now(ward.roster.withdraw(cover, "boss"))
    assert names(ward, "10:30") == ["李静", "王芳"]
    assert [(event.staff, event.withdrawn) for event in ward.heard(CoverChanged)] == [("2001", True)]


@pytest.mark.parametrize(
    ("staff", "start", "end", "why"),
    [
        ("1001", "10:00", "12:00", "works in this ward"),
        ("9999", "10:00", "12:00", "Nobody of number 9999"),
        ("2001", "12:00", "10:00", "begins before"),
        ("2001", "07:00", "08:00", "in the future"),
    ],
)
def test_a_cover_that_cannot_be_says_why(ward: AStaffedWard, staff: str, start: str, end: str, why: str) -> None:
    """Each in one sentence."""
    with pytest.raises(RosterRefused, match=why):
        now(ward.roster.cover("w1", staff, at(start), at(end), "boss"))


def test_screens_are_told_when_a_shift_begins(ward: AStaffedWard) -> None:
    """By one timer, at the minute."""
    ward.told.clear()
    ward.clock.advance(timedelta(hours=11) - timedelta(seconds=1))
    assert ward.heard(OnDutyChanged) == []
    ward.clock.advance(1)
    assert [event.wards for event in ward.heard(OnDutyChanged)] == [("w1", "w2")]
    ward.clock.advance(timedelta(hours=12))
    assert len(ward.heard(OnDutyChanged)) == 2


def test_each_change_is_in_the_journal_by_staff_numbers(ward: AStaffedWard) -> None:
    """Who changed what; never a name or a telephone number."""
    put(ward, "1001")
    put(ward, "1002", cell=NIGHT)
    now(ward.roster.share("w1", DAY, {"1001": "1-20"}, "shen"))
    now(ward.roster.swap("w1", (DAY, "1001"), (NIGHT, "1002"), "boss"))
    next_week = MONDAY + timedelta(days=7)
    now(ward.roster.repeat("w1", MONDAY, 7, next_week, next_week + timedelta(days=6), "boss"))
    now(ward.roster.cover("w1", "2001", at("10:00"), at("12:00"), "boss"))
    changes = [(event.how, event.by, event.cells) for event in ward.heard(RosterChanged)]
    assert [how for how, _, _ in changes] == ["assign", "assign", "beds", "swap", "copy"]
    assert changes[2] == ("beds", "shen", ((*DAY, (("1001", "1-20"),)),))
    assert changes[3][2] == ((*DAY, (("1002", "1-20"),)), (*NIGHT, (("1001", ""),)))
    kinds = [entry.kind for entry in ward.journal()]
    assert kinds == [f"nursecall.{name}" for name in
                     [*["StaffChanged"] * 5, *["RosterChanged"] * 5, "CoverChanged"]]  # fmt: skip
    assert len(ward.heard(StaffChanged)) == 5
    text = "".join(str(entry.body) for entry in ward.journal())
    assert not any(one.name in text or one.mobile in text for one in STAFF)


def test_what_changes_nothing_is_no_change(ward: AStaffedWard) -> None:
    """Neither in the journal nor on a screen."""
    put(ward, "1001")
    ward.told.clear()
    put(ward, "1001")
    ward.employ()
    assert (ward.heard(RosterChanged), ward.heard(StaffChanged)) == ([], [])


def test_the_roster_survives_a_restart_and_records_that_are_down(ward: AStaffedWard) -> None:
    """What was last known counts; a change that cannot be written is refused and not pretended."""
    put(ward, "1001")
    ward.restart()
    assert names(ward) == ["沈敏"]
    ward.database.broken = OSError("disk on fire")
    assert names(ward) == ["沈敏"]
    with pytest.raises(OSError, match="fire"):
        put(ward, "1002")
    with pytest.raises(OSError, match="fire"):
        now(ward.roster.load())
    assert names(ward) == ["沈敏"]


def test_what_another_program_wrote_is_taken_up(ward: AStaffedWard) -> None:
    """A list imported at the command line."""
    other = AStaffedWard()
    other.database.engine = ward.database.engine
    now(other.roster.load())
    put(other, "1001")
    assert names(ward) == ["李静", "王芳"]
    now(ward.roster.load())
    assert names(ward) == ["沈敏"]


def test_a_log_in_is_one_persons(ward: AStaffedWard) -> None:
    """Whoever has left has none."""
    with pytest.raises(RosterRefused, match="shen"):
        ward.employ(Staff("1009", "w1", "Somebody", login="shen"))
    assert ward.roster.person("1009") is None
    found = ward.roster.of_login("shen")
    assert found is not None
    assert found.id == "1001"
    assert ward.roster.of_login("") is None


def test_days_long_past_are_read_from_the_records(ward: AStaffedWard) -> None:
    """What is not in memory is not lost."""
    long_ago = MONDAY - timedelta(days=100)
    put(ward, "1001", cell=(long_ago, "day"))
    ward.restart()
    cells = now(ward.roster.cells("w1", long_ago, long_ago))
    assert [stint.staff for stint in cells[long_ago, "day"]] == ["1001"]


def test_a_shift_or_ward_that_is_not_there_is_refused(ward: AStaffedWard) -> None:
    """A row nobody would ever ask for."""
    with pytest.raises(RosterRefused, match="no shift late"):
        put(ward, "1001", cell=(MONDAY, "late"))
    with pytest.raises(RosterRefused, match="no such ward"):
        now(ward.roster.put("w9", DAY, "1001", "boss", on=True))
    assert ward.roster.run("w1", MONDAY, "late") is None
    assert str(ZONE) == "Asia/Shanghai"
