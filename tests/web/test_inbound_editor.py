"""Calls from outside, rooms and services by forms: what a script sends becomes the plan, and is said in words."""

from __future__ import annotations

import io
import json
import re
import wave
from pathlib import Path
from typing import Any

import pytest

from pbx.plan_inbound import Forward, Ring, Served
from tests.web.test_sections import Desk, furnished

RULE = {
    "name": {"zh": "检验科", "en": "Laboratory"}, "id": "lab", "called": "88880077", "caller": "", "trunk": [],
    "open": "", "closed": "outpatients", "ring_back": "", "speak_caller": "", "language": "",
    "steps": [
        {"do": "ring", "extensions": "8081", "how": "together", "seconds": "15"},
        {"do": "forward", "numbers": "13800138000", "accept": True, "seconds": "20"},
        {"do": "menu", "name": "main"},
    ],
}  # fmt: skip
"""As the form's script sends it."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return furnished(tmp_path)


def ask(desk: Desk, **call: Any) -> dict[str, Any]:
    """The tester's answer."""
    reply = desk.browser.post("/exchange/inbound/try", by_script=True, body=call)
    assert reply.status == 200, reply.text
    answer: dict[str, Any] = json.loads(reply.text)
    return answer


def test_a_rule_is_made_said_and_tried_before_it_is_kept(desk: Desk) -> None:
    """The sentence beside the form, the complaint beside its field, the tester with what is typed."""
    answer = desk.post("inbound-rules/new/check", RULE)
    assert answer["faults"] == []
    assert answer["said"] == (
        "Calls to 88880077, while “Outpatients” is closed: 8081 rings for 15 s; then 13800138000 are called in turn, "
        "each for 20 s, until one presses 1; then on to the voice menu “Hospital switchboard”."
    )
    [bad] = desk.post("inbound-rules/new/check", {**RULE, "called": "abc"})["faults"]
    assert bad["at"].startswith("called")
    [bad] = desk.post("inbound-rules/new/check", {**RULE, "steps": [{"do": "ring", "extensions": "9999"}]})["faults"]
    assert "9999" in bad["text"]
    late = {"called": "0571-88880077", "caller": "13700000000", "at": "2026-03-02T22:00"}
    late["called"] = late["called"].replace("-", "")
    assert ask(desk, **late, doc=RULE, index="new")["rule"] == "Laboratory"
    assert ask(desk, **late)["rule"] == ""  # it is not kept
    assert ask(desk, **{**late, "at": "2026-03-02T10:00"}, doc=RULE, index="new")["rule"] == ""
    reply = desk.browser.post(
        "/exchange/inbound/try", by_script=True, body={**late, "doc": {**RULE, "id": ""}, "index": "new"}
    )
    assert reply.status == 422


def test_a_rule_is_kept_and_stands_in_the_list_in_words(desk: Desk) -> None:
    """What the form leaves empty is not written; the text around it stays."""
    desk.post("inbound-rules/new/save", RULE)
    rule = desk.plan(2).pbx.inbound.rules[-1]
    assert (rule.id, rule.called, rule.closed, rule.ring_back, rule.speak_caller) == (
        "lab", ("88880077",), "outpatients", "", None,
    )  # fmt: skip
    ring, forward, menu = rule.steps
    assert isinstance(ring, Ring)
    assert isinstance(forward, Forward)
    assert isinstance(menu, Served)
    assert "ring_back" not in desk.text(2)[desk.text(2).index('id = "lab"') :][:600]
    kept = [line for line in desk.text(1).splitlines() if line.lstrip().startswith("#")]
    assert [line for line in desk.text(2).splitlines() if line.lstrip().startswith("#")] == kept
    page = desk.browser.get("/exchange/edit/inbound-rules").text
    assert "Calls to 88880077, while “Outpatients” is closed: 8081 rings for 15 s" in page
    assert "data-try" in page


def test_every_section_of_the_sample_hospital_is_drawn(desk: Desk) -> None:
    """Lists, and the form of each element."""
    for path in ("inbound", "conference", "star-codes", "mailboxes", "fax-lines", "paging-zones"):
        assert desk.browser.get(f"/exchange/edit/{path}").status == 200, path
    for path in ("inbound-rules", "hours", "rooms"):
        page = desk.browser.get(f"/exchange/edit/{path}").text
        for index in range(len(re.findall(r"data-index=", page))):
            assert desk.browser.get(f"/exchange/edit/{path}/{index}").status == 200, (path, index)


def test_a_room_a_fax_line_and_groups(desk: Desk) -> None:
    """Rows in one section, lists of lists, a schedule's special days."""
    room = {"name": {"zh": "急会诊", "en": "Urgent"}, "numbers": "8890", "most": "10", "chairmen": "8081"}
    desk.post("rooms/new/save", room)
    assert desk.plan(2).pbx.conference.rooms[-1].numbers == "8890"
    before = desk.plan(2).pbx.fax.lines
    rows = [{"@was": at, "number": line.number, "name": line.name.model_dump()} for at, line in enumerate(before)]
    rows.append({"number": "8701", "name": {"zh": "药房", "en": "Pharmacy"}, "mail": "", "sms": ""})
    desk.post("fax-lines/only/save", {"lines": rows}, 2)
    lines = desk.plan(3).pbx.fax.lines
    assert [line.number for line in lines] == [*(line.number for line in before), "8701"]
    desk.post("star-codes/only/save", {"groups": ["8001-8002, 8081", "", "8041"], "codes.take_over": ""}, 3)
    features = desk.plan(4).pbx.features
    assert (features.groups, features.codes.take_over) == ((("8001-8002", "8081"), ("8041",)), "")
    fresh = {
        "name": {"zh": "药房", "en": "Pharmacy"}, "id": "pharmacy", "hours": {"workday": ["08:00-20:00"], "sun": []},
        "special": [{"first": "2026-12-31", "last": "", "name": {"zh": "盘点", "en": "Stocktaking"}, "hours": ""}],
    }  # fmt: skip
    desk.post("hours/new/save", fresh, 4)
    schedule = desk.plan(5).pbx.schedules[-1]
    assert schedule.hours == {"workday": ("08:00-20:00",), "sun": ()}
    assert schedule.special[0].has(schedule.special[0].first)


def test_a_sound_that_was_uploaded_can_be_chosen(desk: Desk) -> None:
    """Beside our own bell."""
    sounds = desk.house.cardboard.house.menus.sounds
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\1\2" * 8000)
    kept = sounds.keep("spring", out.getvalue()).file
    page = desk.browser.get("/exchange/edit/inbound").text
    assert f'<option value="{kept}"' in page
    desk.post("inbound/only/save", {"ring_back": kept})
    assert desk.plan(2).pbx.inbound.ring_back == kept
