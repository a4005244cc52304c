"""Rounds and reminders: due by the clock, hidden while a nurse is there, remembered over a restart."""

from __future__ import annotations

from datetime import timedelta

from nursecall.care import Care
from nursecall.care_events import CareChanged, ReminderDone, ReminderSet, ReminderWithdrawn, RoundDone
from nursecall.care_store import Look
from nursecall.handover import rounds_of
from nursecall.schema import patients
from tests.nursecall.a_staffed_ward import AStaffedWard, a_patient, at, care_plan
from tests.nursecall.a_ward import plan
from tests.support import now

MINUTE = timedelta(minutes=1)


def due(ward: AStaffedWard) -> list[str]:
    """Beds at which somebody should look in."""
    return [one.bed for one in ward.care.rounding.due("w1")]


def two_patients() -> AStaffedWard:
    """Special care in bed 1, grade 1 in bed 2, grade 3 (no rounds) in bed 3."""
    return AStaffedWard(None, a_patient("1", 0), a_patient("2", 1), a_patient("3", 3))


def test_a_round_is_due_when_the_care_grade_says() -> None:
    """Counted from when the patient is known; the station is told at that moment, by one timer."""
    ward = two_patients()
    ward.told.clear()
    ward.clock.advance(15 * MINUTE - timedelta(seconds=1))
    assert (due(ward), ward.heard(CareChanged)) == ([], [])
    ward.clock.advance(1)
    assert due(ward) == ["1"]
    assert [event.ward for event in ward.heard(CareChanged)] == ["w1"]
    assert len(ward.clock.twisted.getDelayedCalls()) < 10
    ward.clock.advance(45 * MINUTE)
    assert due(ward) == ["1", "2"]
    assert [(one.due_at, one.minutes) for one in ward.care.rounding.due("w1")] == [
        (at("09:15"), 15),
        (at("10:00"), 60),
    ]
    assert ward.care.rounding.due("w2") == []


def test_a_nurse_at_the_bed_is_a_round() -> None:
    """It counts from when she came; nothing is due while she is there; it is on record."""
    ward = two_patients()
    ward.clock.advance(20 * MINUTE)
    ward.presence("1", True)
    assert due(ward) == []
    (event,) = ward.heard(RoundDone)
    assert (event.bed, event.how, event.after, event.minutes, event.by) == ("1", "presence", 1200, 15, "")
    ward.clock.advance(14 * MINUTE)
    ward.presence("1", False)
    assert len(ward.heard(RoundDone)) == 1, "she left before another round was due"
    ward.clock.advance(MINUTE)
    assert due(ward) == ["1"]


def test_who_stays_long_has_done_the_next_round_too() -> None:
    """Hidden all the while; from when she leaves it is counted anew."""
    ward = two_patients()
    ward.presence("1", True)
    ward.clock.advance(40 * MINUTE)
    assert due(ward) == []
    ward.presence("1", False)
    assert due(ward) == []
    assert [event.how for event in ward.heard(RoundDone)] == ["presence", "presence"]
    ward.clock.advance(15 * MINUTE)
    assert due(ward) == ["1"]


def test_a_round_can_be_tapped() -> None:
    """By who was there and has no presence button; where there are no rounds, nothing happens."""
    ward = two_patients()
    ward.clock.advance(15 * MINUTE)
    assert ward.care.rounding.done("w1", "1", "沈敏")
    assert due(ward) == []
    assert [(event.how, event.by) for event in ward.heard(RoundDone)] == [("tap", "沈敏")]
    assert not ward.care.rounding.done("w1", "3", "沈敏")
    assert not ward.care.rounding.done("w1", "99", "沈敏")


def test_another_patient_or_grade_begins_anew() -> None:
    """From now on, by the new grade; who has left is not looked at."""
    ward = two_patients()
    ward.clock.advance(30 * MINUTE)
    assert due(ward) == ["1"]
    ward.admit(a_patient("1", 0, "P77"), a_patient("3", 0))
    assert due(ward) == []
    ward.clock.advance(15 * MINUTE)
    assert due(ward) == ["1", "3"]
    ward.admit(a_patient("3", 1))
    assert due(ward) == []
    ward.clock.advance(timedelta(hours=1))
    assert due(ward) == ["3"]
    with ward.database.engine.begin() as connection:
        connection.execute(patients.update().values(away=True))
    now(ward.patients.reload())
    assert due(ward) == []


def test_another_plan_is_gone_by_at_once() -> None:
    """Without rounds nothing is due."""
    ward = two_patients()
    ward.clock.advance(15 * MINUTE)
    ward.plan = plan()
    ward.care.replan()
    assert due(ward) == []
    ward.plan = care_plan()
    ward.care.replan()
    ward.clock.advance(15 * MINUTE)
    assert due(ward) == ["1"]


def test_rounds_survive_a_restart() -> None:
    """What was due stays due; what was done stays done."""
    ward = two_patients()
    ward.clock.advance(60 * MINUTE)
    ward.care.rounding.done("w1", "1", "沈敏")
    ward.restart()
    assert due(ward) == ["2"]
    ward.clock.advance(15 * MINUTE)
    assert due(ward) == ["2", "1"]


def test_rounds_go_on_while_records_are_down() -> None:
    """What is in memory counts, and is written down later."""
    ward = two_patients()
    ward.clock.advance(15 * MINUTE)
    ward.database.broken = OSError("disk on fire")
    ward.presence("1", True)
    ward.presence("1", False)
    assert due(ward) == []
    ward.clock.advance(2)
    ward.database.broken = None
    ward.wait(5)
    ward.restart()
    assert due(ward) == []


def test_without_records_nothing_is_due_until_they_are_read() -> None:
    """Rather than every bed at once; then what the run before knew counts."""
    ward = two_patients()
    ward.clock.advance(10 * MINUTE)
    ward.database.broken = OSError("disk on fire")
    ward.care.rounding.stop()
    ward.care = Care(lambda: ward.plan, ward.wards, ward.patients, ward.roster, ward.database, ward.clock, ward.bus)
    ward.care.start()
    ward.clock.advance(5 * MINUTE)
    assert due(ward) == []
    ward.database.broken = None
    ward.clock.advance(10)
    assert due(ward) == ["1"]


# ---------------------------------------------------------------- reminders


def reminded(ward: AStaffedWard) -> list[tuple[str, str]]:
    """What is to be done now, and where."""
    return [(one.bed, one.reminder.kind) for one in ward.care.reminders.due("w1")]


def test_a_reminder_is_shown_when_due_and_hidden_while_a_nurse_is_there() -> None:
    """It comes back when she leaves, until somebody says that it was done."""
    ward = two_patients()
    ward.told.clear()
    one = ward.care.reminders.add("w1", "2", "infusion", "左手", at("09:30"), None, "沈敏")
    assert reminded(ward) == []
    ward.clock.advance(30 * MINUTE)
    assert reminded(ward) == [("2", "infusion")]
    ward.presence("2", True)
    assert reminded(ward) == []
    ward.presence("2", False)
    assert reminded(ward) == [("2", "infusion")]
    assert ward.care.reminders.done(one.id, "葛晓芸")
    assert reminded(ward) == []
    assert not ward.care.reminders.done(one.id, "葛晓芸")
    assert [(event.due_at, event.by) for event in ward.heard(ReminderDone)] == [(None, "葛晓芸")]
    text = "".join(str(entry.body) for entry in ward.journal())
    assert "左手" not in text, "what was written in words stays out of the journal"


def test_a_repeated_reminder_comes_again() -> None:
    """Counted from when it was done; until it is withdrawn. A restart forgets none of that."""
    ward = two_patients()
    one = ward.care.reminders.add("w1", "2", "turn", "", at("09:30"), 120, "沈敏")
    ward.clock.advance(40 * MINUTE)
    ward.care.reminders.done(one.id, "沈敏")
    ward.restart()
    assert [two.reminder.due_at for two in ward.care.reminders.of("w1")] == [at("11:40")]
    ward.clock.advance(120 * MINUTE)
    assert reminded(ward) == [("2", "turn")]
    assert ward.care.reminders.withdraw(one.id, "沈敏")
    assert ward.care.reminders.of("w1") == []
    assert not ward.care.reminders.withdraw(one.id, "沈敏")
    ward.restart()
    assert ward.care.reminders.of("w1") == []


def test_a_reminder_goes_with_its_patient() -> None:
    """To another bed; it is never shown for who lies there next; a day after they left it is over."""
    ward = two_patients()
    ward.care.reminders.add("w1", "2", "turn", "", at("09:30"), 120, "沈敏")
    ward.care.reminders.add("w1", "40", "other", "床头灯", at("09:30"), None, "沈敏")
    ward.admit(a_patient("2", 1, "P99"), a_patient("7", 1, "P2"))
    ward.clock.advance(30 * MINUTE)
    assert sorted(reminded(ward)) == [("40", "other"), ("7", "turn")]
    ward.admit(a_patient("2", 1, "P99"))
    assert reminded(ward) == [("40", "other")]
    ward.clock.advance(timedelta(hours=25))
    ward.admit(a_patient("2", 1, "P99"), a_patient("8", 2))
    assert [event.by for event in ward.heard(ReminderWithdrawn)] == [""]
    ward.admit(a_patient("7", 1, "P2"))
    assert ("7", "turn") not in reminded(ward)


def test_a_reminder_for_now_is_shown_at_once() -> None:
    """Also one whose time has passed."""
    ward = two_patients()
    ward.care.reminders.add("w1", "1", "turn", "", ward.clock.now(), None, "沈敏")
    assert reminded(ward) == [("1", "turn")]
    assert len(ward.heard(ReminderSet)) == 1


# ---------------------------------------------------------------- missed


def look(clock: str, how: str = "tap", minutes: int = 60, bed: str = "1") -> Look:
    return Look(clock, "w1", bed, "P1", at(clock), minutes, how)  # type: ignore[arg-type]


def missed(*looks: Look) -> list[tuple[str, int, list[str]]]:
    """Of the morning from eight to twelve: bed, rounds done, and when those that were missed were due."""
    found = rounds_of(looks, at("08:00"), at("12:00"))
    return [(one.bed, one.done, [f"{due.astimezone(at('00:00').tzinfo):%H:%M}" for due in one.missed]) for one in found]


def test_a_round_is_missed_when_the_next_was_due_and_it_was_not_done() -> None:
    """Late is not missed."""
    assert missed(look("07:30"), look("08:40"), look("09:50"), look("11:45")) == [("1", 3, [])]
    assert missed(look("07:30"), look("11:00")) == [("1", 1, ["08:30", "09:30"])]
    assert missed(look("08:00")) == [("1", 1, ["09:00", "10:00", "11:00"])]


def test_rounds_missed_before_the_shift_are_the_other_shifts() -> None:
    """By when they were due."""
    hourly = [look(clock) for clock in ("08:10", "09:10", "10:10", "11:10")]
    assert missed(look("05:00"), *hourly) == [("1", 4, [])]
    assert missed(look("06:30"), look("10:00")) == [("1", 1, ["08:30", "11:00"])]


def test_nobody_has_to_look_in_where_nobody_lies() -> None:
    """From discharge to the next admission; beds in the order of people, not of letters."""
    assert missed(look("08:00"), look("08:30", "ended"), look("11:30", "began")) == [("1", 1, [])]
    assert [bed for bed, _, _ in missed(look("08:00", bed="10"), look("08:00", bed="2"), look("11:59", bed="加1"))] == [
        "2", "10", "加1",
    ]  # fmt: skip
    assert missed() == []
