"""What a press, a reset and an acknowledgement mean: as the nurse sees it at three in the morning."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.health import HealthChanged, State
from nursecall.events import (
    AnnouncementDue,
    BedUnknown,
    CallAcknowledged,
    CallContinued,
    CallEscalated,
    CallNotStored,
    CallPatientChanged,
    CallRaised,
    CallRepeated,
    CallReset,
)
from nursecall.schema import nurse_calls
from tests.fakes.clock import START
from tests.nursecall.a_ward import AWard, plan, ward_with
from tests.support import now

BROKEN = sa.exc.OperationalError("INSERT", {}, Exception("disk full"))
PATIENTS = "ward,bed,number,name,care_grade\nw1,28,1001,李明,1\nw1,29,1002,王芳,0\n"


def test_a_press_is_a_call_on_the_screen() -> None:
    """With all the screen shows, written down, told once, and spoken."""
    ward = AWard()
    now(ward.patients.import_csv(PATIENTS, ward.plan))
    ward.told.clear()
    ward.press("28")
    call = ward.open("28")
    assert (call.ward, call.bed, call.call_type, call.priority, call.line) == ("w1", "28", "call", 3, "l1")
    assert (call.state, call.presses, call.escalations, call.raised_at) == ("raised", 1, 0, START)
    assert (call.patient, call.care_grade, call.stored, call.in_plan) == ("李明", 1, True, True)
    assert ward.kinds() == ["CallRaised", "AnnouncementDue"]
    assert ward.journal()[-1].body == {
        "bed": "28",
        "by": "",
        "call": call.id,
        "call_type": "call",
        "care_grade": 1,
        "heard_as": None,
        "line": "l1",
        "priority": 3,
        "ward": "w1",
    }


def test_pressing_again_makes_no_second_call() -> None:
    """It counts, and the call keeps its place in the queue."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(5)
    ward.press("28")
    assert ward.open("28").presses == 2
    assert ward.open("28").raised_at == START
    assert [event.presses for event in ward.heard(CallRepeated)] == [2]
    assert len(ward.heard(CallRaised)) == 1


def test_two_kinds_of_call_at_one_bed_are_two_calls() -> None:
    """And the same bed number in another ward is another bed."""
    ward = AWard()
    ward.press("8")
    ward.press("8", "wc")
    ward.clock.advance(1)
    ward.press("8", ward="w2")
    assert [(call.ward, call.call_type) for call in ward.wards.open()] == [("w1", "wc"), ("w1", "call"), ("w2", "call")]


def test_the_most_urgent_is_first_then_the_oldest() -> None:
    """As on the screen, for one ward or for all."""
    ward = AWard()
    for bed, kind in (("1", "call"), ("2", "code"), ("3", "wc"), ("4", "code"), ("5", "call")):
        ward.press(bed, kind)
        ward.clock.advance(1)
    ward.press("1", "code", ward="w2")
    assert [call.bed for call in ward.wards.open("w1")] == ["2", "4", "3", "1", "5"]
    assert [call.bed for call in ward.wards.open("w2")] == ["1"]
    assert len(ward.wards.open()) == 6


def test_the_reset_at_the_bed_ends_its_calls() -> None:
    """All of the bed, and says how long each waited; others stay."""
    ward = AWard()
    ward.press("28")
    ward.press("28", "wc")
    ward.press("29")
    ward.clock.advance(90)
    ward.reset("28")
    assert [call.bed for call in ward.wards.open()] == ["29"]
    assert sorted((event.call_type, event.waited) for event in ward.heard(CallReset)) == [("call", 90.0), ("wc", 90.0)]
    ward.press("28")
    assert ward.open("28").presses == 1


def test_a_reset_that_names_a_kind_ends_only_that() -> None:
    """The nurse saw to the drip, not to the bathroom."""
    ward = AWard()
    ward.press("28")
    ward.press("28", "wc")
    ward.reset("28", "call")
    assert [call.call_type for call in ward.wards.open()] == ["wc"]


def test_a_reset_where_nothing_is_open_changes_nothing() -> None:
    """It happens; nobody is told."""
    ward = AWard()
    ward.press("29")
    ward.told.clear()
    ward.reset("28")
    ward.reset("29", "wc")
    assert ward.told == []
    assert len(ward.journal()) == 1


def test_acknowledging_silences_but_never_ends() -> None:
    """DIN VDE 0834-1: only the bedside ends a call."""
    ward = AWard()
    ward.press("28")
    assert ward.acknowledge("28", "李静")
    ward.told.clear()
    ward.clock.advance(3600)
    call = ward.open("28")
    assert (call.state, call.acknowledged_by, call.acknowledged_at) == ("acknowledged", "李静", START)
    assert ward.told == []


def test_acknowledging_twice_is_no_fault_and_an_ended_call_says_so() -> None:
    """True while the call is open, whoever has it; False once it is over."""
    ward = AWard()
    ward.press("28")
    call = ward.open("28").id
    assert now(ward.wards.acknowledge(call, "李静"))
    assert now(ward.wards.acknowledge(call, "王芳"))
    assert [event.by for event in ward.heard(CallAcknowledged)] == ["李静"]
    ward.reset("28")
    assert not now(ward.wards.acknowledge(call, "王芳"))
    assert not now(ward.wards.acknowledge("nonsense", "王芳"))


def test_a_press_after_an_acknowledgement_calls_anew() -> None:
    """It is raised, spoken from round one, and patience begins again."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(100)
    ward.acknowledge("28")
    ward.clock.advance(100)
    ward.told.clear()
    ward.press("28")
    call = ward.open("28")
    assert (call.state, call.presses, call.acknowledged_by) == ("raised", 2, None)
    assert [event.round for event in ward.heard(AnnouncementDue)] == [1]
    ward.clock.advance(119)
    assert ward.heard(CallEscalated) == []
    ward.clock.advance(1)
    assert [event.step for event in ward.heard(CallEscalated)] == [1]


def test_nobody_comes_so_it_is_passed_on() -> None:
    """To those on duty now, again after each further patience, three times, then to the station itself."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(119)
    assert ward.heard(CallEscalated) == []
    ward.wait(1000)
    passed = ward.heard(CallEscalated)
    assert [((event.at - START).total_seconds(), event.step, event.by) for event in passed] == [
        (120, 1, "sms"),
        (240, 2, "sms"),
        (360, 3, "sms"),
        (480, 4, "station"),
    ]
    assert passed[0].to == (("李静", "13800000001"), ("王芳", "13800000002"))
    assert (ward.open("28").state, ward.open("28").escalations) == ("escalated", 4)


def test_the_night_nurse_is_told_at_night() -> None:
    """Ten hours after nine in the morning, and two minutes before her shift: the day's nurses; then her."""
    ward = AWard()
    ward.clock.advance(timedelta(hours=10, minutes=57))
    ward.press("28")
    ward.clock.advance(120)
    ward.clock.advance(120)
    assert [[who for who, _ in event.to] for event in ward.heard(CallEscalated)] == [["李静", "王芳"], ["赵敏"]]


def test_a_ward_without_a_roster_still_escalates() -> None:
    """Nobody can be texted, so the last destination has it at once."""
    ward = AWard()
    ward.press("1", ward="w2")
    ward.clock.advance(60)
    nobody, station = ward.heard(CallEscalated)
    assert (nobody.by, nobody.to) == ("sms", ())
    assert (station.by, station.to, station.at) == ("station", (("w2", "w2"),), nobody.at)
    assert ward.open("1", "w2").state == "escalated"


def test_somebody_came_in_time_so_nobody_else_is_told() -> None:
    """By reset or by acknowledgement."""
    ward = AWard()
    ward.press("28")
    ward.press("29")
    ward.clock.advance(60)
    ward.reset("28")
    ward.acknowledge("29")
    ward.clock.advance(3600)
    assert ward.heard(CallEscalated) == []


def test_a_call_is_spoken_until_somebody_answers() -> None:
    """With all the sentence needs, every twenty seconds, also when it was passed on."""
    ward = AWard()
    now(ward.patients.import_csv(PATIENTS, ward.plan))
    ward.press("28")
    ward.wait(150)
    spoken = ward.heard(AnnouncementDue)
    first = spoken[0]
    assert (first.call, first.ward, first.bed, first.call_type) == (ward.open("28").id, "w1", "28", "call")
    assert (first.care_grade, first.language, first.priority, first.round) == (1, "zh", 3, 1)
    assert [(event.round, (event.at - START).total_seconds()) for event in spoken] == [
        (turn + 1, 20.0 * turn) for turn in range(8)
    ]
    ward.reset("28")
    ward.clock.advance(100)
    assert len(ward.heard(AnnouncementDue)) == 8


def test_a_ward_speaks_its_own_language() -> None:
    """And a bed where nobody is known has no care grade."""
    ward = AWard()
    ward.press("1", ward="w2")
    (event,) = ward.heard(AnnouncementDue)
    assert (event.language, event.care_grade) == ("en", None)


def test_what_is_not_to_be_spoken_is_not() -> None:
    """It is shown and escalates like any other."""
    ward = AWard()
    ward.press("28", "quiet")
    ward.clock.advance(120)
    assert ward.heard(AnnouncementDue) == []
    assert ward.open("28").state == "escalated"


def test_announcements_are_never_journalled() -> None:
    """Nor is the word that a call could not be written."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(100)
    assert [entry.kind for entry in ward.journal()] == ["nursecall.CallRaised"]


def test_a_bed_that_is_not_in_the_plan_calls_all_the_same() -> None:
    """In the ward of its line, under the label that was heard, and flagged."""
    ward = AWard()
    ward.press("加99")
    call = ward.open("加99")
    assert not call.in_plan
    assert [(event.bed, event.line) for event in ward.heard(BedUnknown)] == [("加99", "l1")]
    assert ward.kinds() == ["CallRaised", "BedUnknown", "AnnouncementDue"]
    ward.reset("加99")
    assert ward.wards.open() == []


def test_a_label_fit_for_no_row_is_cut_to_fit() -> None:
    """A call from a garbled bed is a call."""
    ward = AWard()
    ward.press("\x00" * 3 + "x" * 40)
    ward.press("\udcff\x1b")
    assert [call.bed for call in ward.wards.open()] == ["x" * 16, "?"]
    assert all(call.stored for call in ward.wards.open())


def test_leading_zeros_are_the_same_bed() -> None:
    """Hosts fill up with them, or a plan does."""
    ward = AWard(ward_with(0, beds=["1-9", "010"]))
    ward.press("008")
    ward.press("10")
    assert [call.bed for call in ward.wards.open()] == ["8", "010"]
    assert all(call.in_plan for call in ward.wards.open())


def test_a_kind_that_is_not_in_the_plan_is_most_urgent() -> None:
    """Nobody knows how urgent it is."""
    ward = AWard()
    ward.press("28", "nonsense")
    assert ward.open("28").priority == 1
    assert len(ward.heard(AnnouncementDue)) == 1


def test_a_new_patient_list_shows_at_once() -> None:
    """On open calls too, and in their next announcement; names stay out of the journal."""
    ward = AWard()
    ward.press("28")
    ward.press("30")
    now(ward.patients.import_csv(PATIENTS, ward.plan))
    assert (ward.open("28").patient, ward.open("28").care_grade) == ("李明", 1)
    assert [event.bed for event in ward.heard(CallPatientChanged)] == ["28"]
    now(ward.patients.import_csv(PATIENTS.replace(",李明,1", ",李明,2"), ward.plan))
    ward.wait(20)
    assert [event.care_grade for event in ward.heard(AnnouncementDue) if event.bed == "28"] == [None, 2]
    assert "李明" not in str(ward.journal())
    ward.restart()
    assert ward.open("28").patient == "李明"


def test_a_restart_brings_back_open_calls() -> None:
    """The same calls with the same ids; nothing new is journalled or told, and they are spoken again."""
    ward = AWard()
    now(ward.patients.import_csv(PATIENTS, ward.plan))
    for bed in ("28", "29", "30"):
        ward.press(bed)
        ward.clock.advance(1)
    ward.acknowledge("29")
    ward.press("30")
    ward.reset("28")
    before, journal = ward.wards.open(), ward.journal()
    ward.restart()
    assert ward.wards.open() == before
    assert ward.journal() == journal
    assert ward.kinds() == ["AnnouncementDue"]
    ward.press("30")
    ward.reset("29")
    assert [(call.bed, call.presses) for call in ward.wards.open()] == [("30", 3)]


def test_patience_goes_on_through_a_restart() -> None:
    """Counted from the press, not from the restart."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(100)
    ward.restart()
    ward.clock.advance(19)
    assert ward.heard(CallEscalated) == []
    ward.clock.advance(1)
    assert [event.step for event in ward.heard(CallEscalated)] == [1]


def test_patience_that_ran_out_while_we_were_dead_is_over_at_once() -> None:
    """One step, not three in one instant; the next follows after a whole patience."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(50)
    ward.wards.stop()
    ward.clock.advance(3600)
    ward.restart()
    ward.clock.advance(0)
    assert [event.step for event in ward.heard(CallEscalated)] == [1]
    ward.clock.advance(119)
    assert len(ward.heard(CallEscalated)) == 1
    ward.clock.advance(1)
    assert [event.step for event in ward.heard(CallEscalated)] == [1, 2]


def test_no_step_is_taken_twice() -> None:
    """However often we restart."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(120)
    for _ in range(5):
        ward.restart()
        ward.clock.advance(10)
        assert ward.heard(CallEscalated) == []
    ward.clock.advance(1000)
    ward.clock.advance(1000)
    ward.restart()
    ward.clock.advance(1000)
    steps = [entry.body["step"] for entry in ward.journal() if entry.kind == "nursecall.CallEscalated"]
    assert steps == [1, 2, 3, 4]


def test_storage_fails_and_the_call_is_shown_and_spoken() -> None:
    """The status page says so; when storage is back, all of it is written in order, once."""
    ward = AWard()
    ward.database.broken = BROKEN
    ward.press("28")
    assert ward.kinds() == ["HealthChanged", "CallRaised", "CallNotStored", "AnnouncementDue"]
    (health,) = ward.heard(HealthChanged)
    assert (health.part, health.state) == ("storage:database", State.DOWN)
    assert not ward.open("28").stored
    ward.press("28")
    ward.clock.advance(1)
    ward.press("29")
    assert ward.acknowledge("28")
    ward.reset("28")
    ward.clock.advance(10)
    assert ward.journal() == []
    assert [event.bed for event in ward.heard(CallNotStored)] == ["28", "28", "29", "28", "28"]
    ward.database.broken = None
    ward.clock.advance(2)
    assert [entry.kind.split(".")[1] for entry in ward.journal()] == [
        "CallRaised",
        "CallRepeated",
        "CallRaised",
        "CallAcknowledged",
        "CallReset",
    ]
    assert ward.heard(HealthChanged)[-1].state is State.UP
    assert ward.open("29").stored


def test_storage_is_broken_at_the_start() -> None:
    """New calls work; those from before come back with the records, as they were."""
    ward = AWard()
    ward.press("28")
    old = ward.open("28")
    ward.database.broken = BROKEN
    ward.restart()
    assert ward.heard(HealthChanged)[-1].state is State.DOWN
    ward.press("29")
    assert [call.bed for call in ward.wards.open()] == ["29"]
    ward.database.broken = None
    ward.clock.advance(2)
    assert ward.open("28") == old
    assert ward.open("29").stored
    assert ward.heard(HealthChanged)[-1].state is State.UP


def test_a_bed_that_pressed_again_before_records_came_back_has_one_call() -> None:
    """The new one goes on; the old row says so and is closed."""
    ward = AWard()
    ward.press("28")
    old = ward.open("28").id
    ward.database.broken = BROKEN
    ward.restart()
    ward.press("28")
    new = ward.open("28").id
    ward.database.broken = None
    ward.clock.advance(2)
    assert ward.open("28").id == new
    assert [(event.call, event.successor) for event in ward.heard(CallContinued)] == [(old, new)]
    ward.restart()
    assert [call.id for call in ward.wards.open()] == [new]


def test_a_reset_before_records_came_back_is_not_forgotten() -> None:
    """The nurse was there; the call must not come back on the screen."""
    ward = AWard()
    for bed in ("28", "29", "30"):
        ward.press(bed)
    ward.press("30", "wc")
    ward.database.broken = BROKEN
    ward.restart()
    ward.clock.advance(0.5)
    ward.reset("28")
    ward.press("28")
    ward.reset("30", "call")
    ward.clock.advance(0.5)
    ward.database.broken = None
    ward.clock.advance(1)
    assert [(call.bed, call.call_type) for call in ward.wards.open()] == [("30", "wc"), ("29", "call"), ("28", "call")]
    assert sorted((event.bed, event.waited) for event in ward.heard(CallReset)) == [("28", 0.5), ("30", 0.5)]
    assert ward.heard(CallContinued) == []


def test_a_database_that_hangs_at_the_start_does_not_hold_up_the_ward() -> None:
    """The house goes on after two seconds; the calls come when it answers."""
    ward = AWard()
    ward.press("28")
    ward.restart(start=False)
    hanging: Deferred[None] = Deferred()
    transact = ward.database.transact

    async def slow(work):  # type: ignore[no-untyped-def]
        await hanging
        return await transact(work)

    ward.database.transact = slow  # type: ignore[method-assign]
    started = Deferred.fromCoroutine(ward.wards.start())
    ward.clock.advance(1)
    assert not started.called
    ward.clock.advance(1)
    assert started.called
    ward.press("29")
    ward.clock.advance(1)
    assert [event.bed for event in ward.heard(CallRaised)] == ["29"]
    hanging.callback(None)
    assert [call.bed for call in ward.wards.open()] == ["28", "29"]
    assert all(call.stored for call in ward.wards.open())


def test_a_new_plan_is_in_force_at_once() -> None:
    """Patience, roster and language change for open calls too; the calls stay."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(50)
    roster = [{"shift": "day", "nurse": "陈", "mobile": "13900000000"}]
    ward.wards.replan(ward_with(0, patience=60, roster=roster, language="en"))
    ward.clock.advance(9)
    assert ward.heard(CallEscalated) == []
    ward.clock.advance(1)
    (event,) = ward.heard(CallEscalated)
    assert event.to == (("陈", "13900000000"),)
    ward.wait(20)
    assert ward.heard(AnnouncementDue)[-1].language == "en"


def test_a_kind_can_be_silenced_by_the_plan_and_given_its_voice_back() -> None:
    """Live."""
    ward = AWard()
    ward.press("28")
    kinds = ward.plan.model_dump()["call_types"]
    ward.wards.replan(plan(call_types=[kind | {"speakable": False} for kind in kinds]))
    ward.clock.advance(60)
    assert len(ward.heard(AnnouncementDue)) == 1
    ward.wards.replan(plan())
    assert [event.round for event in ward.heard(AnnouncementDue)] == [1, 1]


def test_calls_of_a_ward_that_left_the_plan_stay() -> None:
    """Until the bedside ends them; nobody is on duty there any more."""
    ward = AWard()
    ward.press("28")
    line = ward.line()
    ward.wards.replan(plan(wards=(), lines=()))
    ward.clock.advance(120)
    assert ward.open("28").state == "escalated"
    assert ward.heard(CallEscalated)[0].to == ()
    ward.restart()
    assert ward.open("28").state == "escalated"
    ward.reset("28")
    assert ward.wards.open() == []
    assert line.ward == "w1"


def test_finish_writes_what_is_left_and_stops() -> None:
    """After which nothing happens any more."""
    ward = AWard()
    ward.database.broken = BROKEN
    ward.press("28")
    finished = Deferred.fromCoroutine(ward.wards.finish())
    ward.database.broken = None
    ward.clock.advance(2)
    assert finished.called
    assert len(ward.journal()) == 1
    assert ward.clock.twisted.getDelayedCalls() == []


def test_finish_does_not_wait_for_ever() -> None:
    """A broken database must not keep the house from stopping."""
    ward = AWard()
    ward.database.broken = BROKEN
    ward.press("28")
    finished = Deferred.fromCoroutine(ward.wards.finish())
    ward.wait(5)
    assert finished.called
    ward.wards.stop()
    assert ward.clock.twisted.getDelayedCalls() == []


def test_rows_are_what_the_screen_shows() -> None:
    """State by state."""
    ward = AWard()
    for bed in ("1", "2", "3", "4"):
        ward.press(bed)
    ward.acknowledge("2")
    ward.reset("4")
    ward.clock.advance(0)
    ward.press("3")
    query = sa.select(nurse_calls.c.bed, nurse_calls.c.state, nurse_calls.c.presses).order_by(nurse_calls.c.bed)
    rows = now(ward.database.transact(lambda connection: [tuple(row) for row in connection.execute(query)]))
    assert rows == [("1", "raised", 1), ("2", "acknowledged", 1), ("3", "raised", 2), ("4", "ended", 1)]
