"""Rounds, reminders and requests at the station; the hand-over's page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from nursecall.events import PresenceChanged
from tests.fakes.house import a_patient
from tests.support import now
from tests.web.browser import Hospital
from tests.web.staffed import staffed

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house() -> Hospital:
    """Monday, nine in the morning; special care in bed 28, grade 1 in bed 29."""
    place = staffed()
    beds = place.cardboard.patients.beds
    beds["w1", "28"], beds["w1", "29"] = a_patient("王秀英", 0), a_patient("李建国", 1, bed="29")
    place.cardboard.house.care.rounding.settle()
    return place


def wait(house: Hospital, minutes: float) -> None:
    house.cardboard.clock.advance(minutes * MINUTE)  # type: ignore[attr-defined]


def items(house: Hospital, role: str = "nurse") -> list[str]:
    """What is to be done at the station, by key."""
    page = house.browser(role).get("/station/w1").text
    return [key for key in re.findall(r'<li class="todo [^"]*" data-key="([\w-]+)"', page) if key != "handover"]


def nurse_is(house: Hospital, bed: str, here: bool) -> None:
    """At that bed, or no longer."""
    cardboard = house.cardboard
    if here:
        cardboard.wards.nurses["w1", bed] = cardboard.clock.now()
    else:
        del cardboard.wards.nurses["w1", bed]
    cardboard.bus.publish(PresenceChanged(at=cardboard.clock.now(), ward="w1", bed=bed, line="h1", here=here))


def test_a_due_round_comes_to_the_station_and_goes_by_a_tap(house: Hospital) -> None:
    """At that moment, on every open screen; in a region of its own."""
    nurse = house.browser("nurse")
    line = nurse.open("/live?ward=w1")
    wait(house, 15)
    name, data = line.events()[-1]
    assert (name, list(data["regions"])) == ("change", ["todo"])
    assert items(house) == ["round-28"]
    assert nurse.post("/station/w1/rounds/28/done", by_script=True).status == 204
    assert items(house) == []
    assert nurse.post("/station/w1/rounds/3/done", by_script=True).status == 404
    assert nurse.post("/station/w1/rounds/99/done", by_script=True).status == 422


def test_nothing_is_shown_while_a_nurse_is_there(house: Hospital) -> None:
    """A reminder comes back when she leaves; her visit was the round."""
    nurse = house.browser("nurse")
    form = {"bed": "28", "kind": "turn", "after": "15", "every": "120", "text": ""}
    assert nurse.post("/station/w1/reminders", form, by_script=True).status == 204
    wait(house, 15)
    (reminder, round_) = items(house)
    assert round_ == "round-28"
    nurse_is(house, "28", True)
    assert items(house) == []
    nurse_is(house, "28", False)
    assert items(house) == [reminder]
    identity = reminder.removeprefix("reminder-")
    assert nurse.post(f"/station/w1/reminders/{identity}/done", by_script=True).status == 204
    assert items(house) == []
    assert "every 120 min" in nurse.get("/station/w1").text
    assert nurse.post(f"/station/w1/reminders/{identity}/withdraw", by_script=True).status == 204
    assert nurse.post(f"/station/w1/reminders/{identity}/done", by_script=True).status == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bed": "99"}, "Choose a bed of this ward."),
        ({"kind": "dance"}, "Choose what is to be done."),
        ({"kind": "other"}, "Write what is to be done."),
        ({"after": "-5"}, "Enter whole minutes"),
        ({"after": "99999"}, "Enter whole minutes"),
        ({"every": "1"}, "Enter whole minutes"),
    ],
)
def test_a_reminder_that_cannot_be_says_why(house: Hospital, change: dict[str, str], said: str) -> None:
    """In one sentence."""
    form = {"bed": "28", "kind": "turn", "after": "15"}
    reply = house.browser("nurse").post("/station/w1/reminders", form | change, by_script=True)
    assert (reply.status, said in reply.text) == (422, True)


def test_a_request_is_asked_for_taken_and_done(house: Hospital) -> None:
    """By touch; late ones stand out."""
    nurse = house.browser("nurse")
    form = {"bed": "12", "service": "chair", "note": "去做 CT"}
    assert nurse.post("/station/w1/requests", form, by_script=True).status == 204
    (item,) = items(house)
    page = nurse.get("/station/w1").text
    assert "Wheelchair" in page
    assert "去做 CT" in page
    assert "todo-late" not in page
    wait(house, 15)
    assert "todo-late" in nurse.get("/station/w1").text
    path = f"/station/w1/requests/{item.removeprefix('request-')}"
    assert nurse.post(f"{path}/take", by_script=True).status == 204
    assert "taken by The nurse" in nurse.get("/station/w1").text
    assert nurse.post(f"{path}/take", by_script=True).status == 404
    assert nurse.post(f"{path}/done", by_script=True).status == 204
    assert item not in items(house)
    assert nurse.post("/station/w1/requests", form | {"service": "beer"}, by_script=True).status == 422


def test_who_may_only_look_gets_no_button(house: Hospital) -> None:
    """And no one else's post is taken."""
    wait(house, 15)
    manager = house.browser("manager")
    page = manager.get("/station/w1").text
    assert 'data-key="round-28"' in page
    assert "data-do" not in page
    assert 'id="ask"' not in page
    for path in ("rounds/28/done", "reminders", "requests", "reminders/x/done", "requests/x/take"):
        assert manager.post(f"/station/w1/{path}").status == 403
        assert house.browser("nurse").post(f"/station/w9/{path}", by_script=True).status == 403


def test_hostile_words_are_only_text(house: Hospital) -> None:
    """What was typed at one station is shown at others."""
    hostile, nurse = "<img src=x onerror=alert(1)>", house.browser("nurse")
    nurse.post("/station/w1/requests", {"bed": "1", "service": "water", "note": hostile})
    nurse.post("/station/w1/reminders", {"bed": "1", "kind": "other", "text": hostile, "after": "0"})
    nurse.post("/handover/w1/notes", {"text": hostile, "day": "2026-03-02", "shift": "day"})
    drawn = nurse.open("/live?ward=w1").events()[0][1]["regions"]
    assert len(drawn["todo"]["order"]) == 3
    everything = "".join(html for region in drawn.values() for html in region["pieces"].values())
    for html in (nurse.get("/station/w1").text, nurse.get("/handover/w1?day=2026-03-02&shift=day").text, everything):
        assert "<img" not in html


# ---------------------------------------------------------------- the hand-over


def test_a_hand_over_waits_at_the_station_until_somebody_takes_over(house: Hospital) -> None:
    """It is the shift's that ended last; taken by name, it is gone and on record."""
    nurse = house.browser("nurse")
    assert 'data-key="handover"' in nurse.get("/station/w1").text
    page = nurse.get("/handover/w1").text
    assert "Hand-over · Night" in page
    now(house.cardboard.house.roster.put("w1", (house.cardboard.clock.now().date(), "day"), "1001", "boss", on=True))
    form = {"day": "2026-03-02", "shift": "night", "who": "1001|沈敏"}
    assert nurse.post("/handover/w1/take", form).status == 303
    assert 'data-key="handover"' not in nurse.get("/station/w1").text
    page = nurse.get("/handover/w1?day=2026-03-02&shift=night").text
    assert re.search(r"<b>沈敏</b>", page)
    assert "Hand-over · Day" in nurse.get("/handover/w1").text


def test_taking_over_needs_a_name_and_a_shift_that_is_over(house: Hospital) -> None:
    """Each in one sentence."""
    nurse, form = house.browser("nurse"), {"day": "2026-03-02", "shift": "night"}
    assert "Say who takes over" in nurse.post("/handover/w1/take", form).text
    assert "Say who takes over" in nurse.post("/handover/w1/take", form | {"who": "1001|Somebody"}).text
    assert "This shift still goes on." in nurse.post("/handover/w1/take", form | {"shift": "day", "name": "x"}).text
    assert nurse.post("/handover/w1/take", form | {"shift": "late"}).status == 404
    assert house.browser("manager").post("/handover/w1/take", form | {"name": "x"}).status == 403


def test_notes_are_written_for_the_shift_that_is_on(house: Hospital) -> None:
    """By bed, or for the ward."""
    nurse, form = house.browser("nurse"), {"day": "2026-03-02", "shift": "day"}
    assert nurse.post("/handover/w1/notes", form | {"bed": "28", "text": "夜间躁动"}).status == 303
    assert nurse.post("/handover/w1/notes", form | {"bed": "99", "text": "x"}).status == 422
    assert "Write 1 to 300 characters." in nurse.post("/handover/w1/notes", form | {"text": "x" * 301}).text
    assert "夜间躁动" in nurse.get("/handover/w1?day=2026-03-02&shift=day").text


def test_it_is_printed_and_who_printed_it_is_on_record(house: Hospital) -> None:
    """For that shift."""
    reply = house.browser("nurse").get("/handover/w1/handover.pdf?day=2026-03-02&shift=night")
    assert reply.headers["content-type"] == "application/pdf"
    ((what, ward, day, shift, language),) = house.cardboard.reports.asked
    assert (what, ward, str(day), shift, language) == ("handover", "w1", "2026-03-02", "night", "en")


def test_a_ward_without_shifts_has_no_hand_over() -> None:
    """And says so; its station is as before."""
    from tests.web.browser import hospital

    nurse = hospital().browser("nurse")
    reply = nurse.get("/handover/w1")
    assert (reply.status, "has no shifts" in reply.text or "no shifts for this ward" in reply.text) == (404, True)
    assert 'data-key="handover"' not in nurse.get("/station/w1").text
