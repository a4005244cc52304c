"""The training page: what it asks of the simulator, what it shows, and the course that ticks itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from nursecall.plan_wards import Duty, Shift, Ward
from tests.fakes.house import PLAN
from tests.web.browser import Hospital, hospital
from web.course import STEPS, Seen, happened
from web.live import Live
from web.site import site

BEDS = [
    {"bed": bed, "line": "h1", "kinds": ["call", "code"], "signs": ["present"] if bed == "1" else []}
    for bed in PLAN.wards[0].beds[:14]
]


@dataclass
class FakeSimulator:
    """Remembers what it was asked; answers as told."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def ask(self, verb: str, **request: Any) -> dict[str, Any]:
        self.asked.append({"verb": verb, **request})
        return {"ok": True} | self.answers.get(verb, {})


@dataclass
class School:
    """A hospital with a simulator, and a trainee's browser."""

    house: Hospital
    simulator: FakeSimulator


@pytest.fixture
def school() -> School:
    """One ward of the cardboard house can be pressed."""
    simulator = FakeSimulator()
    simulator.answers = {
        "beds": {"beds": BEDS},
        "lines": {"lines": [{"line": "h1", "ward": "w1", "device": "w1", "pending": 0, "state": "ok"}]},
        "messages": {"messages": [{"to": "13800000001", "text": "12床 呼叫", "modem": "m1"}]},
        "scenario": {"name": "", "running": False, "waiting": 0, "pressed": 0, "answered": 0},
        "calls": {"calls": [{"id": "x", "state": "Ringing", "number": "013800000001"}]},
    }
    house = hospital()
    ward = _with_nurse(PLAN.wards[0])
    plan = PLAN.model_copy(update={"wards": (ward, *PLAN.wards[1:])})
    cardboard = house.cardboard
    cardboard.house = replace(cardboard.house, training=simulator, nursecall=lambda: plan)
    live = Live(cardboard.database, cardboard.clock, cardboard.bus)
    return School(Hospital(cardboard, live, site(cardboard.house, live, cast(Any, Clock()))), simulator)


def _with_nurse(ward: Ward) -> Ward:
    shift = Shift.model_validate({"id": "day", "name": {"zh": "白班", "en": "Day"}, "start": "00:00", "end": "00:00"})
    return ward.model_copy(
        update={"shifts": (shift,), "roster": (Duty(shift="day", nurse="沈敏", mobile="13800000001"),)}
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_box_without_a_simulator_says_so(language: str) -> None:
    """In one sentence; no link leads there."""
    browser = hospital().browser("admin", language=language)
    page = browser.get("/training").text
    assert ("nothing to train with" if language == "en" else "没有可供培训") in page
    assert 'href="/training"' not in page


def test_the_ward_is_drawn_with_everything_it_can_do(school: School) -> None:
    """Every bed with its wire, the kinds of the plan, who is called, what came to her mobile."""
    page = school.house.browser("nurse").get("/training/w1")
    assert page.status == 200
    assert page.text.count('data-bed="') == len(BEDS)
    for words in ("Code blue", "Reset at the bed", "A nurse comes", "A heavy night", "沈敏", "12床 呼叫", "rings"):
        assert words in page.text, words
    assert "Unplug the terminal" not in page.text
    assert '<iframe src="/station/w1"' in page.text


def test_it_without_the_right_sees_no_station(school: School) -> None:
    """Patients' names are not for hospital IT, neither in a frame."""
    page = school.house.browser("it").get("/training/w1").text
    assert "<iframe" not in page


def test_a_tap_is_a_press(school: School) -> None:
    """And nobody waits for the wire: what comes of it is at the station."""
    browser = school.house.browser("nurse")
    ask = {"verb": "press", "line": "h1", "bed": "12", "type": "call", "wait": True, "text": "rubbish"}
    assert browser.post("/training/w1/do", by_script=True, body=ask).status == 204
    press = {"verb": "press", "line": "h1", "bed": "12", "type": "call", "wait": False}
    assert school.simulator.asked[-1] == press


def test_somebody_outside_calls_by_a_rule_of_the_plan(school: School) -> None:
    """A button for each rule; the page does not wait until the call is over."""
    nurse = school.house.browser("nurse")
    page = nurse.get("/training/w1").text
    assert "Somebody outside calls" in page
    assert "By night" in page
    wanted = {"called": "88880000", "caller": "13700000000", "withheld": False, "until": "dialled"}
    assert nurse.post("/training/w1/do", by_script=True, body={"verb": "call-in", **wanted, "talk": 9999}).status == 204
    assert school.simulator.asked[-1] == {"verb": "call-in", **wanted}


def test_a_scenario_begins_in_this_ward(school: School) -> None:
    """Whatever ward a script names."""
    browser = school.house.browser("nurse")
    body = {"verb": "scenario", "name": "heavy-night", "speed": 5, "ward": "w2"}
    assert browser.post("/training/w1/do", by_script=True, body=body).status == 204
    assert school.simulator.asked[-1] == {"verb": "scenario", "name": "heavy-night", "speed": 5, "ward": "w1"}


@pytest.mark.parametrize("verb", ["dial", "sim", "", "lines"])
def test_nothing_else_is_asked(school: School, verb: str) -> None:
    """The page has no more verbs than its buttons."""
    browser = school.house.browser("nurse")
    assert browser.post("/training/w1/do", by_script=True, body={"verb": verb}).status == 400
    assert all(asked["verb"] != verb or verb == "lines" for asked in school.simulator.asked)


def test_what_the_simulator_refuses_is_said(school: School) -> None:
    """In the reader's language."""
    refusal = {"ok": False, "error": "x", "message": "The request needs {key}.", "facts": {"key": "bed"}}
    school.simulator.answers["press"] = refusal
    reply = school.house.browser("nurse").post("/training/w1/do", by_script=True, body={"verb": "press"})
    assert (reply.status, reply.text) == (409, "The request needs bed.")


def test_a_simulator_that_is_gone_is_said(school: School) -> None:
    """Not a broken page."""
    gone = "The simulated hospital does not answer."
    school.simulator.answers["beds"] = {"ok": False, "error": gone, "message": gone, "facts": {}}
    page = school.house.browser("nurse", language="zh").get("/training/w1")
    assert page.status == 200
    assert "模拟医院没有应答" in page.text


def test_the_course_ticks_itself(school: School) -> None:
    """Each step when what it asks for is so, and not before."""
    browser, wards = school.house.browser("nurse"), school.house.cardboard.wards

    def done(step: int) -> bool:
        return bool(json.loads(browser.get(f"/training/w1/state?step={step}").text)["happened"])

    assert not done(0)
    call = wards.press("w1", "12")
    assert done(0)
    assert not done(1)
    call = wards.put(replace(call, presses=2))
    assert done(1)
    assert not done(2)
    call = wards.put(replace(call, state="acknowledged"))
    assert done(2)
    assert not done(3)
    wards.end(call.id)
    assert done(3)
    assert not done(4)
    wards.press("w1", "3")
    assert not done(4)
    code = wards.press("w1", "12", "code")
    assert done(4)
    wards.end(code.id)
    assert not done(5)
    school.simulator.answers["lines"]["lines"][0]["state"] = "unplugged"
    assert done(8)
    assert not done(9)
    assert not done(99)


def test_a_call_that_is_passed_on_and_taken() -> None:
    """The mobile's part of the course."""
    ward = hospital().cardboard.wards
    call = ward.press("w1", "12", escalations=1, state="escalated")
    assert happened(6, Seen("12", [call], []))
    assert not happened(7, Seen("12", [call], []))
    assert happened(7, Seen("12", [replace(call, state="acknowledged")], []))
    assert not happened(len(STEPS), Seen("12", [call], []))


def test_chinese_has_every_word(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the templates put together at run time."""
    from appliance.foundation import i18n

    missing: set[str] = set()
    known = i18n._chinese()

    def listen(message: str, language: Any, /, **facts: object) -> str:
        if message not in known:
            missing.add(message)
        return message.format(**facts)

    monkeypatch.setattr("web.render.translate", listen)
    monkeypatch.setattr("web.pages.training.translate", listen)
    lines = school.simulator.answers["lines"]["lines"]
    lines[0]["state"] = "silent, noise, wrong-bcc, cut"
    school.simulator.answers["scenario"] |= {"name": "heavy-night", "running": True}
    browser = school.house.browser("nurse", language="zh")
    assert browser.get("/training/w1").status == 200
    school.simulator.answers["scenario"]["running"] = False
    lines[0]["state"] = "unplugged"
    assert browser.get("/training/w1").status == 200
    assert missing == set()
