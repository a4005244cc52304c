"""The pages of voice menus: the list, the editor's edits and checks, keeping, trying, recordings, messages."""

from __future__ import annotations

import io
import json
import re
import wave
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from appliance import revisions
from appliance.foundation.config import parse
from appliance.plan import Plan
from pbx.ivr.messages import LeftMessages
from pbx.ivr.trace import Trace
from tests.fakes.house import silence
from tests.support import now
from tests.test_sample_hospital import HOSPITAL
from tests.web.browser import Browser, Hospital, Reply, hospital
from web.live import Live
from web.pages import menu_drawing, menu_trial
from web.site import site

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")


@dataclass
class Desk:
    """The sample hospital's plan as revision 1, and a browser of hospital IT."""

    house: Hospital
    browser: Browser

    def facts(self, menu: str = "main") -> dict[str, Any]:
        """What the editor begins with."""
        page = self.browser.get(f"/exchange/menus/edit/{menu}")
        assert page.status == 200, page.text
        found = re.search(r'data-menu="([^"]*)"', page.text)
        assert found
        facts: dict[str, Any] = json.loads(unescape(found[1]))
        return facts

    def draw(self, doc: object, was: str = "main", **act: object) -> Reply:
        """One edit, as the script does it."""
        return self.script("/exchange/menus/draw", {"doc": doc, "was": was, "chosen": "", **act})

    def script(self, path: str, body: object) -> Reply:
        """POST JSON."""
        return self.browser.post(path, by_script=True, body=body)

    def active(self) -> revisions.Revision:
        """The revision in force."""
        with self.house.cardboard.database.engine.begin() as connection:
            found = revisions.active(connection)
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """With messages and recordings in a directory of their own."""
    house = hospital()
    cardboard = house.cardboard
    with cardboard.database.engine.begin() as connection:
        revisions.keep(connection, TEXT, by="demo", note="sample", at=cardboard.clock.now())
        revisions.activate(connection, 1, by="demo", at=cardboard.clock.now())
    messages = LeftMessages(tmp_path, cardboard.database, cardboard.clock, cardboard.bus)
    menus = replace(cardboard.house.menus, messages=messages)
    pbx = parse(TEXT, Plan).pbx
    cardboard.house = replace(cardboard.house, menus=menus, pbx=lambda: pbx)
    live = Live(cardboard.database, cardboard.clock, cardboard.bus)
    house = Hospital(cardboard, live, site(cardboard.house, live, cast(Any, Clock())))
    return Desk(house, house.browser("it"))


@pytest.mark.parametrize("role", ["nurse", "manager", "cashier", "board"])
def test_only_it_and_administrators_draw_menus(desk: Desk, role: str) -> None:
    """Neither look nor touch."""
    browser = desk.house.browser(role)
    for path in ("", "/new", "/edit/main", "/calls", "/messages", "/say?text=x&language=en", "/sound/a.wav"):
        assert browser.get(f"/exchange/menus{path}").status == 403, path
    for path in ("draw", "save", "try", "sound", "edit/main/delete", "export", "import", "messages/a/delete"):
        assert browser.post(f"/exchange/menus/{path}", by_script=True, body={}).status == 403, path


def test_the_list_says_what_there_is_and_that_it_is_checked(desk: Desk) -> None:
    """Number, base, nodes."""
    page = desk.browser.get("/exchange/menus").text
    assert "Hospital switchboard" in page
    assert "8201" in page
    assert page.count("checked") >= 2


def test_a_menu_is_drawn_as_a_tree(desk: Desk) -> None:
    """Every node once, the keys that lead to them, and that nothing is wrong."""
    page = desk.browser.get("/exchange/menus/edit/main").text
    nodes = re.findall(r'data-node="([^"]+)"', page)
    assert sorted(nodes) == sorted(node["id"] for node in desk.facts()["doc"]["nodes"])
    assert "<kbd>5</kbd>" in page
    assert "Checked: nothing is wrong." in page
    inherited = desk.browser.get("/exchange/menus/edit/night").text
    assert inherited.count("· inherited") == len(nodes) - 1
    assert desk.browser.get("/exchange/menus/edit/none").status == 404


def test_edits_are_drawn_and_checked_at_once(desk: Desk) -> None:
    """Added, changed, copied, moved, linked, deleted; each answers the new document."""
    doc = desk.facts()["doc"]
    drawn = json.loads(desk.draw(doc, act="add", kind="play", parent="menu", way="keys.6").text)
    assert drawn["chosen"] == "play"
    assert not drawn["fit"]
    assert "menu main, node play: its Chinese prompt is missing" in drawn["faults"]
    node = {"id": "map", "kind": "play", "prompt": {"zh": "地铁一号线。", "en": "Line 1."}, "next": "menu"}
    drawn = json.loads(desk.draw(drawn["doc"], act="set", id="play", node=node).text)
    assert drawn["fit"]
    assert 'data-node-form="map"' in drawn["form"]
    drawn = json.loads(desk.draw(drawn["doc"], act="copy", id="map", parent="menu", way="keys.7").text)
    assert drawn["chosen"] == "map-2"
    drawn = json.loads(desk.draw(drawn["doc"], act="move", id="map-2", parent="opening", way="next").text)
    drawn = json.loads(desk.draw(drawn["doc"], act="link", parent="menu", way="keys.8", target="map-2").text)
    assert drawn["fit"]
    drawn = json.loads(desk.draw(drawn["doc"], act="delete", id="map-2").text)
    keys = next(one for one in drawn["doc"]["nodes"] if one["id"] == "menu")["keys"]
    assert keys["6"] == "map"
    assert "7" not in keys
    head = {key: value for key, value in drawn["doc"].items() if key != "nodes"} | {"number": "8001"}
    drawn = json.loads(desk.draw(drawn["doc"], act="head", head=head).text)
    assert "menu main: its number 8001 is taken" in drawn["faults"]


def test_an_inherited_node_is_changed_where_something_is_added_to_it(desk: Desk) -> None:
    """The menu it is from stays as it is."""
    doc = desk.facts("night")["doc"]
    drawn = json.loads(desk.draw(doc, "night", act="add", kind="hangup", parent="menu", way="keys.9").text)
    assert [node["id"] for node in drawn["doc"]["nodes"]] == ["hours", "menu", "hangup"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"doc": 7, "act": "show"}, {"doc": {}, "act": "fly"}, {"doc": {"nodes": 7}, "act": "show"},
        {"doc": {}, "act": "set", "id": "a", "node": 7}, {"doc": {}, "act": "add"},
        {"doc": {"nodes": [{"id": "a", "kind": "menu", "keys": 7}]}, "act": "show"},
        {"doc": {"id": "a", "nodes": [{"id": "a", "kind": "play", "prompt": 7}]}, "act": "show", "chosen": "a"},
        {"doc": {"id": {}, "name": 7, "nodes": [{"id": [], "kind": {}}]}, "act": "show"},
    ],
)  # fmt: skip
def test_rubbish_is_one_sentence(desk: Desk, body: dict[str, Any]) -> None:
    """Whatever a script sends."""
    for path in ("draw", "save", "try"):
        assert desk.script(f"/exchange/menus/{path}", body).status in (400, 422)


def test_impossible_edits_say_why(desk: Desk) -> None:
    """In a sentence, and nothing is changed."""
    doc = desk.facts()["doc"]
    reply = desk.draw(doc, act="add", kind="play", parent="bye", way="next")
    assert (reply.status, reply.text) == (422, "Nothing can follow there.")
    reply = desk.draw(desk.facts("night")["doc"], "night", act="delete", id="menu")
    assert (reply.status, reply.text) == (422, "This node is inherited: it can be changed, not deleted.")


def test_a_menu_is_kept_and_put_in_force(desk: Desk) -> None:
    """First as a revision, then in force; whoever comes later is told."""
    facts = desk.facts()
    node = next(one for one in facts["doc"]["nodes"] if one["id"] == "opening") | {"note": "hours"}
    doc = json.loads(desk.draw(facts["doc"], act="set", id="opening", node=node).text)["doc"]
    body = {"doc": doc, "was": "main", "base": facts["base"]}
    reply = desk.script("/exchange/menus/save", body)
    assert json.loads(reply.text) == {"number": 2, "menu": "main"}
    assert desk.active().id == 1
    assert "It is not in force" in desk.browser.get("/exchange/menus").text
    again = desk.script("/exchange/menus/save", body)
    assert (again.status, "revision 2" in again.text) == (409, True)
    reply = desk.script("/exchange/menus/save", body | {"base": 2, "live": True, "doc": doc | {"retries": 3}})
    assert reply.status == 200, reply.text
    flow = desk.active().plan.pbx.flows[0]
    assert flow.retries == 3
    assert flow.node("opening").note == "hours"  # type: ignore[union-attr]
    assert "the next caller hears it" in desk.browser.get("/exchange/menus").text


def test_what_is_wrong_is_not_kept(desk: Desk) -> None:
    """With the checker's sentence."""
    facts = desk.facts()
    doc, body = facts["doc"], {"was": "main", "base": facts["base"]}
    wrong = json.loads(desk.draw(doc, act="add", kind="play", parent="menu", way="keys.6").text)["doc"]
    reply = desk.script("/exchange/menus/save", body | {"doc": wrong, "live": True})
    assert reply.status == 422
    assert "menu main, node play: its Chinese prompt is missing" in reply.text
    reply = desk.script("/exchange/menus/save", body | {"doc": doc | {"id": "night"}})
    assert (reply.status, reply.text) == (422, "There is a menu of that name already.")
    assert desk.active().id == 1


def test_a_new_menu_is_made_and_one_deleted(desk: Desk) -> None:
    """By way of the list."""
    page = desk.browser.get("/exchange/menus/new?based_on=main")
    assert "· inherited" in page.text
    new = {"id": "menu-1", "name": {"zh": "新", "en": "New"}, "based_on": "main", "number": "8203", "nodes": []}
    assert desk.script("/exchange/menus/save", {"doc": new, "was": "", "base": 1}).status == 200
    assert "8203" in desk.browser.get("/exchange/menus").text
    assert desk.browser.post("/exchange/menus/edit/menu-1/delete").status == 303
    assert "8203" not in desk.browser.get("/exchange/menus").text
    refused = desk.browser.post("/exchange/menus/edit/main/delete")
    assert (refused.status, "based on main" in refused.text) == (422, True)


@pytest.mark.parametrize("kind", ["toml", "json"])
def test_a_menu_is_exported_and_imported(desk: Desk, kind: str) -> None:
    """What comes back is what went out, and not kept yet."""
    doc = desk.facts()["doc"]
    out = desk.browser.post("/exchange/menus/export", {"doc": json.dumps(doc), "kind": kind})
    assert out.headers["content-disposition"] == f'attachment; filename="main.{kind}"'
    boundary = "xxxxxxxx"
    parts = (("csrf", desk.browser.token().encode()), ("file", out.body))
    body = b"".join(
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"; filename="f"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in parts
    )
    kind_ = f"multipart/form-data; boundary={boundary}"
    page = desk.browser.post_bytes("/exchange/menus/import", kind_, body + f"--{boundary}--\r\n".encode())
    assert page.status == 200, page.text
    found = re.search(r'data-menu="([^"]*)"', page.text)
    assert found
    facts = json.loads(unescape(found[1]))
    assert (facts["was"], facts["fresh"]) == ("main", True)
    assert {node["id"]: node for node in facts["doc"]["nodes"]} == {node["id"]: node for node in doc["nodes"]}


def test_a_menu_is_tried_on_a_holiday(desk: Desk) -> None:
    """The clock is set, keys are clicked, a desk is busy by choice."""
    body = {"doc": desk.facts()["doc"], "was": "main", "at": "2026-10-01T10:00", "caller": "8003"}
    state = json.loads(desk.script("/exchange/menus/try", body).text)
    path = f"/exchange/menus/try/{state['id']}"
    state = json.loads(desk.script(path, {"what": "2"}).text)
    assert [line["text"] for line in state["lines"] if line["what"] == "said"][2].startswith("Today is a public")
    for key in ("1", "1"):
        state = json.loads(desk.script(path, {"what": key}).text)
    assert state["waiting"]["options"][1] == ["busy", "Busy"]
    assert state["waiting"]["words"] == "8001 is rung:"
    state = json.loads(desk.script(path, {"what": "busy"}).text)
    assert "The line is busy." in [line["text"] for line in state["lines"]]
    assert desk.script(path, {"what": "strange"}).status == 400
    state = json.loads(desk.script(path, {"what": "hang-up"}).text)
    assert state["waiting"] is None
    assert state["lines"][-1]["words"] == "The caller hung up."
    assert desk.script(path, {"what": "1"}).status == 404


def test_a_recording_is_uploaded_and_heard(desk: Desk) -> None:
    """As a WAV; rubbish is refused in words."""
    head = f"x-csrf: {desk.browser.token()}\r\ncontent-type"
    kept = desk.browser.post_bytes("/exchange/menus/sound?name=hello.wav", f"audio/wav\r\n{head}: audio/wav", silence())
    assert kept.status == 200, kept.text
    file = json.loads(kept.text)["file"]
    sound = desk.browser.get(f"/exchange/menus/sound/{file}")
    assert sound.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(sound.body)) as heard:
        assert (heard.getframerate(), heard.getnchannels()) == (8000, 1)
    refused = desk.browser.post_bytes("/exchange/menus/sound?name=x.mp3", f"audio/wav\r\n{head}: audio/wav", b"ID3")
    assert (refused.status, refused.text) == (422, "That is no sound file that can be read: WAV, MP3, FLAC or OGG.")
    assert desk.browser.get("/exchange/menus/say?text=hello&language=en").status == 503


def test_messages_are_heard_and_deleted_on_record(desk: Desk, tmp_path: Path) -> None:
    """Who listened first is shown."""
    left = desk.house.cardboard.house.menus.messages
    name = left.place("c1")
    (tmp_path / f"{name}.wav").write_bytes(silence())
    keep = left.keep(name, call="c1", caller="8003", flow="main", node="message", seconds=7.4, tell=())
    now(keep)
    page = desk.browser.get("/exchange/menus/messages").text
    assert "8003" in page
    assert "tag-call" in page
    assert desk.browser.get(f"/exchange/menus/messages/{name.partition('/')[2]}/sound").body == silence()
    assert "tag-call" not in desk.browser.get("/exchange/menus/messages").text
    assert desk.browser.post(f"/exchange/menus/messages/{name.partition('/')[2]}/delete").status == 303
    assert not (tmp_path / f"{name}.wav").exists()
    assert desk.browser.get("/exchange/menus/messages/none/sound").status == 404


def test_who_went_through_a_menu_is_shown_step_by_step(desk: Desk) -> None:
    """The newest call first."""
    cardboard = desk.house.cardboard
    trace = Trace(cardboard.database, cardboard.clock, cardboard.bus)
    trace.entered("c9", "8004", "main")
    trace.step("c9", "main", "welcome", "language", "enter")
    trace.step("c9", "main", "menu", "menu", "key", "4")
    trace.left("c9", "main", "message", "hung-up")
    page = desk.browser.get("/exchange/menus/calls").text
    assert "8004" in page
    assert "key 4" in page
    assert "The caller hung up." in page


def test_chinese_has_every_word(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the templates put together at run time, for every kind of node."""
    from appliance.foundation import i18n

    missing: set[str] = set()
    known = i18n._chinese()

    def listen(message: str, language: Any, /, **facts: object) -> str:
        if message not in known:
            missing.add(message)
        return message.format(**facts) if facts else message

    monkeypatch.setattr("web.render.translate", listen)
    monkeypatch.setattr("web.visit.translate", listen)
    browser = desk.house.browser("it", language="zh")
    desk.browser = browser
    for path in ("", "/new", "/edit/main", "/edit/night", "/calls", "/messages"):
        assert browser.get(f"/exchange/menus{path}").status == 200, path
    doc = desk.facts()["doc"]
    for kind in menu_drawing.KIND_NAMES:
        assert desk.draw(doc, act="add", kind=kind, parent="menu", way="keys.6").status == 200, kind
    for table in (menu_trial.STEPS, menu_trial.CHOICES, menu_trial.ASKED, menu_trial.LEFT, menu_drawing.WAY_NAMES):
        missing |= {text for text in table.values() if text not in known}
    assert missing == set()
