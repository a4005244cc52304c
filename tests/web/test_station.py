"""The station page, as the server draws it, and its acts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event
from tests.fakes.clock import FakeClock
from tests.fakes.house import a_patient, silence
from tests.web.browser import Browser, Hospital, hospital

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SCREEN = "a1b2c3d4e5f6"


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def advance(house: Hospital, seconds: float) -> None:
    """Let time pass."""
    clock = house.cardboard.clock
    assert isinstance(clock, FakeClock)
    clock.advance(seconds)


def test_every_bed_and_every_open_call_is_on_the_page(house: Hospital) -> None:
    """Forty beds; the calls highest priority first, with patient, care grade and what happened."""
    house.cardboard.patients.beds["w1", "28"] = a_patient("王秀英", 1, note="青霉素过敏")
    house.cardboard.wards.press("w1", "28", ago=75, presses=3, state="escalated", escalations=1)
    house.cardboard.wards.press("w1", "7", "code", stored=False)
    page = house.browser("nurse").get("/station/w1").text
    assert len(re.findall(r'data-key="bed-', page)) == 40
    assert re.findall(r'data-call="(\w+)"', page) == ["c2", "c1"]
    card = page[page.index('data-call="c1"') :]
    for shown in ("王秀英", "Grade 1", "青霉素过敏", "×3", "passed on", ">1:15</time>", "Acknowledge bed 28"):
        assert shown in card, shown
    assert "not on record yet" in page
    assert 'class="call call-emergency' in page


def test_a_quiet_ward_says_so(house: Hospital) -> None:
    """Not an empty list."""
    assert "All quiet" in house.browser("nurse").get("/station/w1").text


def test_hostile_names_are_only_text(house: Hospital) -> None:
    """Patient, note and who acknowledged, on the page and in the live events, on station and wallboard."""
    house.cardboard.patients.beds["w1", "28"] = a_patient(HOSTILE, 1, note=HOSTILE)
    house.cardboard.wards.press("w1", "28", patient=HOSTILE, state="acknowledged", acknowledged_by=HOSTILE)
    nurse = house.browser("nurse")
    pieces = nurse.open("/live?ward=w1").events()[0][1]["regions"]
    drawn = "".join(html for region in pieces.values() for html in region["pieces"].values())
    for html in (nurse.get("/station/w1").text, drawn, nurse.get("/wallboard").text):
        assert "<script>alert" not in html
        assert "<img" not in html


def test_the_wallboard_has_no_full_names(house: Hospital) -> None:
    """Masked on the server, so that nothing can be read from the page's source either."""
    for bed, name in (("1", "王秀英"), ("2", "欧阳慧敏"), ("3", "Mary Jones")):
        house.cardboard.wards.press("w1", bed, patient=name)
    board = house.browser("board")
    events = board.open("/live?view=wallboard").sent.decode()
    for text in (board.get("/wallboard").text, events):
        assert "王**" in text
        assert "欧阳**" in text
        for hidden in ("秀英", "慧敏", "Mary", "Jones"):
            assert hidden not in text


def test_the_wallboard_counts_what_does_not_fit(house: Hospital) -> None:
    """Six rows, the most urgent ones."""
    for bed in range(1, 10):
        house.cardboard.wards.press("w1", str(bed))
    house.cardboard.wards.press("w2", "40", "code")
    page = house.browser("board").get("/wallboard").text
    assert len(re.findall(r'data-key="row-', page)) == 6
    assert 'data-key="row-c10"' in page
    assert "<b>+4</b>" in page


def test_acknowledging_silences_and_keeps_the_call(house: Hospital) -> None:
    """By form and by script; with the name of who did it."""
    for bed in ("5", "6"):
        house.cardboard.wards.press("w1", bed)
    nurse = house.browser("nurse")
    assert nurse.post("/station/w1/calls/c1/acknowledge").headers["location"] == "/station/w1"
    assert nurse.post("/station/w1/calls/c2/acknowledge", by_script=True).status == 204
    calls = house.cardboard.wards.open("w1")
    assert [(call.state, call.acknowledged_by) for call in calls] == [("acknowledged", "The nurse")] * 2
    page = nurse.get("/station/w1").text
    assert page.count("The nurse comes") == 2
    assert "data-acknowledge" not in page


def test_acknowledging_what_is_over_says_so(house: Hospital) -> None:
    """Also a call of another ward under this ward's address."""
    house.cardboard.wards.press("w2", "5")
    reply = house.browser("nurse").post("/station/w1/calls/c1/acknowledge", by_script=True)
    assert (reply.status, reply.text) == (404, "The call has already ended.")
    assert house.cardboard.wards.calls["c1"].state == "raised"


def test_who_may_only_look_gets_no_button(house: Hospital) -> None:
    """A manager sees the station; acknowledging is for nurses."""
    house.cardboard.wards.press("w1", "5")
    manager = house.browser("manager")
    assert "data-acknowledge" not in manager.get("/station/w1").text
    pieces = manager.open("/live?ward=w1").events()[0][1]["regions"]["queue"]["pieces"]
    assert "data-acknowledge" not in pieces["call-c1"]


def test_a_clip_is_served_and_nothing_else(house: Hospital, tmp_path: Path) -> None:
    """By its key; no path leads out of the clips."""
    (tmp_path / "k1.wav").write_bytes(silence())
    (tmp_path / "secret").write_text("x")
    house.cardboard.speech.directory = tmp_path
    nurse = house.browser("nurse")
    reply = nurse.get("/speech/k1.wav")
    assert (reply.status, reply.headers["content-type"]) == (200, "audio/wav")
    assert reply.body == silence()
    assert "immutable" in reply.headers["cache-control"]
    for path in ("/speech/k2.wav", "/speech/..%2Fsecret.wav", "/speech/../secret.wav"):
        assert nurse.get(path).status == 404


class Words:
    """What the house hears of the stations, and what the journal keeps."""

    def __init__(self, house: Hospital) -> None:
        self.health: list[tuple[str, State]] = []
        self.events: list[Event] = []
        house.cardboard.bus.subscribe(Event, self._heard)

    def _heard(self, event: Event) -> None:
        if isinstance(event, HealthChanged):
            self.health.append((event.part, event.state))
        else:
            self.events.append(event)


def tell(browser: Browser, heard: bool, why: str = "") -> int:
    """The screen says whether it can be heard."""
    body = {"screen": SCREEN, "heard": heard, "why": why}
    return browser.post("/station/w1/sound", by_script=True, body=body).status


def test_a_silent_station_is_a_health_matter(house: Hospital) -> None:
    """Heard at once, silent after a moment's grace, gone when closed; each change is on record."""
    words, nurse = Words(house), house.browser("nurse")
    words.events.clear()
    line = nurse.open(f"/live?ward=w1&screen={SCREEN}")
    assert tell(nurse, True) == 204
    assert words.health == [("station:w1", State.UP)]
    assert tell(nurse, False, "asleep") == 204
    assert words.health == [("station:w1", State.UP)]
    advance(house, 11)
    assert words.health[-1] == ("station:w1", State.DEGRADED)
    line.hang_up()
    advance(house, 11)
    assert words.health[-1] == ("station:w1", State.DOWN)
    assert [type(event).__name__ for event in words.events] == ["SpeechHeard", "SpeechMuted"]


def test_a_reload_is_no_alarm(house: Hospital) -> None:
    """Away for less than the grace."""
    words, nurse = Words(house), house.browser("nurse")
    line = nurse.open(f"/live?ward=w1&screen={SCREEN}")
    tell(nurse, True)
    line.hang_up()
    advance(house, 2)
    nurse.open(f"/live?ward=w1&screen={SCREEN}")
    tell(nurse, True)
    advance(house, 60)
    assert words.health == [("station:w1", State.UP)]


def test_one_screen_that_is_heard_is_enough(house: Hospital) -> None:
    """Two screens in one ward, one of them asleep."""
    words, nurse = Words(house), house.browser("nurse")
    nurse.open(f"/live?ward=w1&screen={SCREEN}")
    nurse.open("/live?ward=w1&screen=another-one")
    tell(nurse, True)
    advance(house, 60)
    assert words.health == [("station:w1", State.UP)]


def test_a_screen_that_is_not_connected_is_not_believed(house: Hospital) -> None:
    """It must report again once it is."""
    assert tell(house.browser("nurse"), True) == 409


@pytest.mark.parametrize("body", [[], {"screen": "x", "heard": True}, {"screen": SCREEN, "heard": "yes"}, "x"])
def test_nonsense_about_sound_is_refused(house: Hospital, body: object) -> None:
    """400, not 500."""
    assert house.browser("nurse").post("/station/w1/sound", by_script=True, body=body).status == 400
