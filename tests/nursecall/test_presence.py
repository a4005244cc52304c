"""A nurse at the bed: what that means for its calls, and what a press means while she is there."""

from __future__ import annotations

import pytest

from nursecall.cancelling import MayNotCancel
from nursecall.events import (
    AnnouncementDue,
    CallAttended,
    CallCancelled,
    CallEscalated,
    CallLeft,
    CallRaised,
    CallReset,
    CallTalkEnded,
    CallUpgraded,
    PresenceChanged,
)
from nursecall.schema import nurse_calls
from tests.fakes.clock import START
from tests.nursecall.a_ward import AWard, plan, ward_with
from tests.support import now


def test_a_nurse_at_the_bed_silences_its_calls() -> None:
    """All of that bed, none of another; nobody else is told; the call stays open until the reset."""
    ward = AWard()
    for bed, kind in (("28", "call"), ("28", "wc"), ("29", "call")):
        ward.press(bed, kind)
    ward.presence("28", True)
    assert {(call.bed, call.call_type): (call.state, call.present) for call in ward.wards.open()} == {
        ("28", "wc"): ("attended", True),
        ("28", "call"): ("attended", True),
        ("29", "call"): ("raised", False),
    }
    ward.told.clear()
    ward.clock.advance(300)
    assert {event.bed for event in ward.heard(AnnouncementDue)} == {"29"}
    assert {event.bed for event in ward.heard(CallEscalated)} == {"29"}
    ward.reset("28")
    assert [event.bed for event in ward.heard(CallReset)] == ["28", "28"]


def test_a_nurse_who_leaves_without_a_reset_is_called_back() -> None:
    """The call waits anew: it is spoken from round one and patience begins again."""
    ward = AWard()
    ward.press("28")
    ward.clock.advance(100)
    ward.presence("28", True)
    ward.clock.advance(100)
    ward.told.clear()
    ward.presence("28", False)
    assert ward.kinds()[:3] == ["PresenceChanged", "CallLeft", "AnnouncementDue"]
    assert ward.heard(AnnouncementDue)[0].round == 1
    assert (ward.open("28").state, ward.open("28").attended_at) == (
        "raised",
        ward.clock.now().replace(minute=1, second=40),
    )
    ward.clock.advance(119)
    assert ward.heard(CallEscalated) == []
    ward.clock.advance(1)
    assert len(ward.heard(CallEscalated)) == 1


def test_where_the_plan_says_so_leaving_is_the_reset() -> None:
    """Of what was attended; a call made meanwhile stays."""
    ward = AWard(ward_with(0, presence_off_ends=True))
    ward.press("28")
    ward.presence("28", True)
    ward.press("28", "wc")
    ward.presence("28", False)
    assert [(call.call_type, call.state) for call in ward.wards.open()] == [("emergency", "raised")]
    assert [event.call_type for event in ward.heard(CallReset)] == ["call"]


def test_a_press_while_a_nurse_is_present_is_an_emergency() -> None:
    """It is shown and spoken as one, at once and first, and ends with the reset of the button that was pressed."""
    ward = AWard()
    ward.press("29", "code")
    ward.presence("28", True)
    ward.press("28")
    call = ward.open("28")
    assert (call.call_type, call.priority, call.state, call.present) == ("emergency", 1, "raised", True)
    assert ward.heard(CallRaised)[-1].heard_as == "call"
    assert ward.heard(AnnouncementDue)[-1].call_type == "emergency"
    ward.press("28")
    assert ward.open("28").presses == 2
    ward.reset("28", "call")
    assert [call.bed for call in ward.wards.open()] == ["29"]


def test_a_call_that_is_open_becomes_an_emergency() -> None:
    """The nurse came for it, and needs help now: the same call, raised anew, spoken as what it is."""
    ward = AWard()
    ward.press("28")
    before = ward.open("28").id
    ward.presence("28", True)
    ward.told.clear()
    ward.press("28")
    call = ward.open("28")
    assert (call.id, call.call_type, call.priority, call.presses, call.state) == (before, "emergency", 1, 2, "raised")
    assert [event.was for event in ward.heard(CallUpgraded)] == ["call"]
    assert [(event.call_type, event.priority, event.round) for event in ward.heard(AnnouncementDue)] == [
        ("emergency", 1, 1)
    ]
    ward.presence("28", False)
    ward.press("28")
    assert ward.open("28").presses == 3
    ward.restart()
    ward.reset("28", "call")
    assert ward.wards.open() == []


def test_some_kinds_are_what_they_are_whoever_is_present() -> None:
    """Those of the plan that say so, and those that are as urgent already."""
    ward = AWard()
    ward.presence("28", True)
    for kind in ("code", "infusion", "assist", "nonsense"):
        ward.press("28", kind)
    assert {call.call_type for call in ward.wards.open()} == {"code", "infusion", "assist", "nonsense"}


def test_presence_is_told_once_and_survives_a_restart() -> None:
    """Hosts repeat themselves; the journal does not."""
    ward = AWard()
    ward.presence("28", True)
    ward.presence("28", True)
    ward.presence("29", True)
    ward.presence("29", False)
    assert [(event.bed, event.here, event.line) for event in ward.heard(PresenceChanged)] == [
        ("28", True, "l1"),
        ("29", True, "l1"),
        ("29", False, "l1"),
    ]
    assert ward.wards.presence("w1") == {"28": START}
    ward.clock.advance(5)
    ward.restart()
    assert ward.wards.presence("w1") == {"28": START}
    assert ward.wards.presence("w2") == {}
    ward.press("28")
    assert ward.open("28").call_type == "emergency"


def test_a_nurse_who_comes_before_the_records_do_is_there() -> None:
    """The call of the run before is attended as soon as it is read; and the other way round."""
    ward = AWard()
    ward.press("28")
    ward.press("29")
    ward.presence("29", True)
    ward.presence("30", True)
    ward.database.broken = OSError("no disk")
    ward.restart()
    ward.presence("28", True)
    ward.presence("29", False)
    ward.terminal("30", False)
    ward.database.broken = None
    ward.clock.advance(2)
    assert {call.bed: call.state for call in ward.wards.open()} == {"28": "attended", "29": "raised"}
    assert [event.bed for event in ward.heard(CallAttended)] == ["28"]
    assert [event.bed for event in ward.heard(CallLeft)] == ["29"]
    assert [
        entry.body["here"] for entry in ward.journal() if entry.body.get("bed") == "29" and "here" in entry.body
    ] == [
        True,
        False,
    ]
    ward.restart()
    assert ward.wards.presence("w1").keys() == {"28", "30"}
    assert {call.bed: call.state for call in ward.wards.open()} == {"28": "attended", "29": "raised"}


def test_only_speech_lets_a_call_be_cancelled_from_afar() -> None:
    """DIN VDE 0834-1; and some kinds never."""
    ward = AWard(plan(call_types=[dict(kind, cancel="speech") for kind in plan().model_dump()["call_types"][:1]]))
    ward.press("28")
    call = ward.open("28").id
    with pytest.raises(MayNotCancel, match="only after somebody has spoken"):
        now(ward.wards.cancel(call, "李静"))
    assert now(ward.wards.talk_began(call, "李静", "8001"))
    assert (ward.open("28").state, ward.open("28").spoken_with) == ("talking", "李静")
    ward.clock.advance(300)
    assert ward.heard(CallEscalated) == []
    assert now(ward.wards.talk_ended(call, "李静"))
    assert (ward.open("28").state, ward.open("28").acknowledged_by) == ("acknowledged", "李静")
    assert now(ward.wards.cancel(call, "李静"))
    (event,) = ward.heard(CallCancelled)
    assert (event.by, event.device, event.waited) == ("李静", "station", 300.0)
    assert not now(ward.wards.cancel(call, "李静"))
    assert not now(ward.wards.talk_began(call, "李静"))
    assert not now(ward.wards.talk_ended(call, "李静"))
    with ward.database.engine.begin() as connection:
        row = connection.execute(nurse_calls.select()).one()
    assert (row.outcome, row.ended_by) == ("cancelled", "李静")


def test_speech_does_not_end_what_only_the_bedside_ends() -> None:
    """A code blue is not talked away."""
    ward = AWard(plan(call_types=()))
    ward.press("28", "code-blue")
    call = ward.open("28").id
    now(ward.wards.talk_began(call, "李静"))
    with pytest.raises(MayNotCancel, match="at the bedside"):
        now(ward.wards.cancel(call, "李静"))
    assert ward.open("28").state == "talking"


def test_after_a_restart_nobody_is_talking() -> None:
    """Who knows how that went on; whoever spoke has taken the call, and it stays."""
    ward = AWard()
    ward.press("28")
    now(ward.wards.talk_began(ward.open("28").id, "李静"))
    ward.restart()
    assert (ward.open("28").state, ward.open("28").spoken_with) == ("acknowledged", "李静")
    assert len(ward.heard(CallTalkEnded)) == 1


def test_a_request_from_a_screen_is_a_call_like_any_other() -> None:
    """With what is asked for on the screen and in the records, never in the journal; cancelled where it was made."""
    ward = AWard()
    call = now(ward.wards.raise_service("w1", "028", "service", "热水", "前台"))
    assert now(ward.wards.raise_service("w1", "28", "service", "毛毯", "前台")) == call
    assert now(ward.wards.raise_service("w1", "28", "service", "毛毯", "前台")) == call
    shown = ward.open("28")
    assert (shown.id, shown.call_type, shown.note, shown.line, shown.presses) == (call, "service", "热水; 毛毯", "", 3)
    assert ward.heard(CallRaised)[0].by == "前台"
    assert "热水" not in str(ward.journal())
    ward.restart()
    assert ward.open("28").note == "热水; 毛毯"
    assert now(ward.wards.cancel(call, "前台"))
    assert ward.wards.open() == []
