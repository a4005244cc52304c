"""The wards' plan at the panel: drawn, changed, refused with its place, kept, compared, put in force, taken back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from html import unescape
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from appliance import revisions
from appliance.foundation.config import parse
from appliance.plan import Plan
from nursecall.reading import Press, Unreadable
from tests.fakes.house import FakePlanWatch
from tests.test_sample_hospital import HOSPITAL
from tests.web.browser import Browser, Hospital, hospital
from web.live import Live
from web.plans import TakenBack, Threat
from web.site import site

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
PLAN = parse(TEXT, Plan).nursecall


@dataclass
class Office:
    """A hospital whose plan is kept as revision 1, and a browser of hospital IT."""

    house: Hospital
    browser: Browser

    def facts(self, ward: str = "ward-a") -> dict[str, Any]:
        """What the drawing begins with."""
        page = self.browser.get(f"/plan/wards/{ward}")
        assert page.status == 200, page.text
        found = re.search(r'data-plan="([^"]*)"', page.text)
        assert found
        facts: dict[str, Any] = json.loads(unescape(found[1]))
        return facts

    def edit(self, ward: str = "ward-a", **changes: Any) -> dict[str, Any]:
        """What the drawing sends, with `changes`."""
        facts = self.facts(ward)
        whole = {key: facts[key] for key in ("base", "beds", "layout", "wired", "named")} | {"renamed": {}}
        return whole | changes

    def save(self, body: dict[str, Any], ward: str = "ward-a") -> Any:
        """As the script does it."""
        return self.browser.post(f"/plan/wards/{ward}", by_script=True, body=body)

    def active(self) -> int:
        """Which revision is in force."""
        with self.house.cardboard.database.engine.begin() as connection:
            found = revisions.active(connection)
        assert found is not None
        return found.id


@pytest.fixture
def office() -> Office:
    """With the sample hospital's plan."""
    house = hospital()
    cardboard = house.cardboard
    with cardboard.database.engine.begin() as connection:
        revisions.keep(connection, TEXT, by="demo", note="sample", at=cardboard.clock.now())
        revisions.activate(connection, 1, by="demo", at=cardboard.clock.now())
    cardboard.house = replace(cardboard.house, nursecall=lambda: PLAN)
    live = Live(cardboard.database, cardboard.clock, cardboard.bus)
    house = Hospital(cardboard, live, site(cardboard.house, live, cast(Any, Clock())))
    return Office(house, house.browser("it"))


@pytest.mark.parametrize("path", ["/plan/wards/ward-a", "/plan/revisions"])
@pytest.mark.parametrize("role", ["nurse", "manager", "cashier", "board"])
def test_only_it_and_administrators_plan(office: Office, role: str, path: str) -> None:
    """Nobody else may look, or save."""
    browser = office.house.browser(role)
    assert browser.get(path).status == 403
    assert browser.post("/plan/wards/ward-a", by_script=True, body={}).status == 403
    assert browser.post("/plan/revisions/1/activate").status == 403


def test_without_the_token_nothing_is_saved(office: Office) -> None:
    """CSRF."""
    body = office.edit(beds=[*PLAN.wards[0].beds, "加1"])
    assert office.browser.post("/plan/wards/ward-a", by_script=True, body=body, csrf="0" * 64).status == 403


def test_a_ward_is_drawn_with_its_wires(office: Office) -> None:
    """Beds, contacts, and how the other lines name a bed."""
    facts = office.facts("ward-c")
    assert facts["beds"] == [str(bed) for bed in range(1, 13)]
    first = {"line": "ward-c-contacts", "unit": 5, "input": 0, "bed": "4", "means": "call"}
    assert facts["wired"][0] == first
    page = office.browser.get("/plan/wards/ward-c").text
    assert "ward-c-text" in page
    assert "/lines/try?line=ward-c-tap" in page


def test_what_is_saved_is_a_new_revision_not_yet_in_force(office: Office) -> None:
    """It is put in force as a step of its own, and taken back with one click."""
    layout = {bed: [index % 8 + 1, index // 8 + 1] for index, bed in enumerate(reversed(PLAN.wards[0].beds))}
    reply = office.save(office.edit(layout=layout))
    assert (reply.status, json.loads(reply.text)) == (200, {"number": 2})
    assert office.active() == 1
    assert "It is not in force" in office.browser.get("/plan/wards/ward-a").text
    assert office.facts()["layout"]["40"] == [1, 1]
    assert office.browser.post("/plan/revisions/2/activate").status == 303
    assert office.active() == 2
    page = office.browser.get("/plan/revisions").text
    assert "Revision 2 is in force." in page
    assert "Back to revision 1" in page
    office.browser.post("/plan/revisions/1/activate")
    assert office.active() == 1


def test_a_bad_edit_is_refused_with_its_place(office: Office) -> None:
    """The sentence of the checker, and nothing kept."""
    reply = office.save(office.edit(beds=list(PLAN.wards[0].beds[:-1])))
    assert reply.status == 422
    assert "nursecall.wards[0].phones.beds" in reply.text
    assert "there is no bed '40'" in reply.text
    twice = office.save(office.edit(beds=["1", "1"]))
    assert (twice.status, "bed 1 is listed twice" in twice.text) == (422, True)
    stacked = office.save(office.edit(layout={"1": [1, 1], "2": [1, 1]}))
    assert (stacked.status, "bed 2 stands where bed 1 stands" in stacked.text) == (422, True)
    assert office.facts()["base"] == 1


def test_two_who_save_at_once(office: Office) -> None:
    """The second is told."""
    body = office.edit(beds=[*PLAN.wards[0].beds, "加1"])
    assert office.save(body).status == 200
    again = office.save(body | {"beds": [*PLAN.wards[0].beds, "加2"]})
    assert (again.status, "revision 2" in again.text) == (409, True)


@pytest.mark.parametrize(
    "body", [{}, {"beds": 7}, {"beds": [], "layout": [], "renamed": {}, "wired": [], "base": 1}, {"base": "x"}]
)
def test_rubbish_is_one_sentence(office: Office, body: dict[str, Any]) -> None:
    """Whatever a script sends."""
    assert office.save(body).status == 400


def test_a_bed_is_renamed_with_its_contacts(office: Office) -> None:
    """Through the page."""
    beds = ["4a" if bed == "4" else bed for bed in PLAN.wards[2].beds]
    wired = [one | {"bed": "4a"} if one["bed"] == "4" else one for one in office.facts("ward-c")["wired"]]
    reply = office.save(office.edit("ward-c", beds=beds, renamed={"4": "4a"}, wired=wired), "ward-c")
    assert reply.status == 200, reply.text
    assert {one["bed"] for one in office.facts("ward-c")["wired"]} == {"4a", "5", "6"}


def test_a_call_point_that_is_pressed_is_told(office: Office) -> None:
    """Which line, which bed; never the text of what could not be read."""
    trace = office.house.cardboard.house.traces.of("ward-c-contacts")
    trace.heard(b"\x05\x02\x01\x02")
    trace.told(Press("ward-c", "4", "wc"))
    trace.heard(b"rubbish")
    trace.told(Unreadable("张三 9床"))
    heard = json.loads(office.browser.get("/plan/wards/ward-c/heard").text)["heard"]
    assert [(one["line"], one["bed"], one["means"]) for one in heard] == [("ward-c-contacts", "4", "wc")]
    assert "WC call" in heard[0]["said"]


def test_a_call_point_is_given_a_bed(office: Office) -> None:
    """What a host calls otherwise than the door; a bed that is not there is refused with its place."""
    named = [{"line": "ward-c-text", "says": " 0417 ", "bed": "8"}]
    assert office.save(office.edit("ward-c", named=named), "ward-c").status == 200
    assert office.facts("ward-c")["named"] == [{"line": "ward-c-text", "says": "0417", "bed": "8"}]
    reply = office.save(office.edit("ward-c", named=[named[0] | {"bed": "99"}]), "ward-c")
    assert reply.status == 422
    assert "nursecall.lines[2].points[0].bed: there is no bed '99'" in reply.text
    for rubbish in ([{"line": "ward-c-text"}], 7, ["0417"]):
        assert office.save(office.edit("ward-c", named=rubbish), "ward-c").status == 400


def test_the_station_shows_the_beds_as_they_are_drawn(office: Office) -> None:
    """Row by row, in the drawing that is in force."""
    layout = {"1": [2, 2], "2": [1, 2], "12": [1, 1]}
    office.save(office.edit("ward-c", layout=layout), "ward-c")
    house = office.house
    with house.cardboard.database.engine.begin() as connection:
        drawn = revisions.find(connection, 2).plan.nursecall
    house.cardboard.house = replace(house.cardboard.house, nursecall=lambda: drawn)
    house = Hospital(house.cardboard, house.live, site(house.cardboard.house, house.live, cast(Any, Clock())))
    page = house.browser("nurse").get("/station/ward-c").text
    shown = re.findall(r'data-key="bed-([^"]+)"', page)
    assert shown == ["12", "2", "1", "3", "4", "5", "6", "7", "8", "9", "10", "11"]


def test_revisions_are_compared_and_named(office: Office) -> None:
    """By slot A to D."""
    office.save(office.edit(beds=[*PLAN.wards[0].beds, "加1"]))
    page = office.browser.get("/plan/revisions?diff=2").text
    assert "From revision 1 to revision 2" in page
    assert "diff-new" in page
    assert office.browser.post("/plan/revisions/2/slot", {"slot": "B"}).status == 303
    assert "Put B in force" in office.browser.get("/plan/revisions").text
    assert office.browser.post("/plan/revisions/2/slot", {"slot": "active"}).status == 404
    assert office.browser.post("/plan/revisions/99/activate").status == 404


def test_chinese_has_every_word(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the templates put together at run time."""
    from appliance.foundation import i18n

    missing: set[str] = set()
    known = i18n._chinese()

    def listen(message: str, language: Any, /, **facts: object) -> str:
        if message not in known:
            missing.add(message)
        return message.format(**facts)

    office.save(office.edit(beds=[*PLAN.wards[0].beds, "加1"]))
    office.browser.post("/plan/revisions/2/slot", {"slot": "B"})
    monkeypatch.setattr("web.render.translate", listen)
    monkeypatch.setattr("web.visit.translate", listen)
    browser = office.house.browser("it", language="zh")
    for path in ("/plan/wards/ward-a", "/plan/wards/ward-c", "/plan/revisions?diff=2"):
        assert browser.get(path).status == 200
    assert missing == set()


def test_what_the_box_does_with_a_plan_is_said_and_can_be_refused(office: Office) -> None:
    """On the pages of the plan with a button, on the status page without; in both languages."""
    watch = cast(FakePlanWatch, office.house.cardboard.house.plan_watch)
    watch.threatens = Threat(2, "line:ward-a", office.house.cardboard.clock.now())
    for path in ("/plan/revisions", "/plan/wards/ward-a", "/status"):
        page = office.browser.get(path)
        assert "is down since revision 2 of the plan came into force" in page.text
        assert ('action="/plan/keep"' in page.text) == (path != "/status")
    watch.threatens, watch.back = None, TakenBack(2, 1, "line:ward-a")
    page = office.browser.get("/plan/revisions")
    assert "The box has put revision 1 of the plan back in force by itself" in page.text
    kept = office.browser.post("/plan/keep", {"csrf": page.csrf})
    assert (kept.status, watch.kept) == (303, ["it"])
    assert "Revision 2 stays in force, whatever becomes of it." in office.browser.get("/plan/revisions").text
    assert "/plan/keep" not in office.browser.get("/plan/revisions").text
