"""The ward's plan as forms, over HTTP: escalation, kinds of call, hours, pagers, and what is wrong beside its field."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from appliance.foundation.toml_tree import tree
from nursecall.plan_escalation import Step
from tests.fakes.replays import FakeReplays
from tests.web.test_forms import sent
from tests.web.test_sections import TEXT, Desk, furnished
from web.forms.drawing import drawn
from web.forms.names import Ref
from web.layouts import LAYOUTS
from web.replays import Otherwise, Replayed, StepCount, Told

TREE = {
    "id": "night",
    "steps": [
        {"by": "mobile", "to": "assigned", "after": "0", "attempts": "2", "repeat": "30", "ring": "20"},
        {"by": "ward", "to": "ward-b", "after": "45", "attempts": "1", "repeat": "", "ring": "25"},
    ],
    "failsafe.by": "desk", "failsafe.to": "8081", "failsafe.after": "60", "failsafe.attempts": "3",
    "failsafe.repeat": "60", "failsafe.ring": "25",
}  # fmt: skip
"""As the form's script sends it."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Of hospital IT that reads Chinese."""
    desk = furnished(tmp_path)
    return replace(desk, browser=desk.house.browser("it", language="zh"))


def changed(desk: Desk, number: int) -> list[str]:
    """Lines of the file that a revision has otherwise."""
    lines = difflib.ndiff(TEXT.splitlines(), desk.text(number).splitlines())
    return [line for line in lines if line[:1] in "+-"]


def test_a_tree_is_read_as_a_sentence_and_added(desk: Desk) -> None:
    """In the list and beside the form, in the reader's language."""
    page = desk.browser.get("/exchange/edit/escalations").text
    assert "60 秒后：拨打院内话机并播报；45 秒后：依次拨打手机并播报（全体当班护士）" in page
    assert "最后：60 秒后：拨打院内话机并播报（8081），3 次。" in page
    checked = desk.post("escalations/new/check", TREE)
    assert checked["faults"] == []
    assert checked["said"].startswith(
        "立即：依次拨打手机并播报（该床责任护士），2 次；45 秒后：邻近病区的屏幕（外科二病区）"
    )
    assert desk.post("escalations/new/save", TREE)["number"] == 2
    made = desk.plan(2).nursecall.escalation("night")
    assert made is not None
    assert made.steps[0] == Step(by="mobile", to="assigned", after=0, attempts=2, repeat=30, ring=20)
    assert made.failsafe == Step(by="desk", to="8081", after=60, attempts=3, repeat=60)
    assert not [line for line in changed(desk, 2) if line.startswith("-")]


@pytest.mark.parametrize(
    ("wrong", "at", "said"),
    [
        ({"failsafe.to": "duty"}, "failsafe.to", "不得取决于谁在值班：请指定护士站、院内话机或号码"),
        ({"failsafe.by": "sms", "failsafe.to": ""}, "failsafe.to", "不得取决于谁在值班：请指定护士站、院内话机或号码"),
        ({"steps": [{"by": "ward", "to": "ward-x"}]}, "steps[0].to", "没有病区“ward-x”"),
        ({"steps": [{"by": "pager", "to": ""}]}, "steps[0].to", ""),
        ({"steps": [{"by": "desk", "to": "the boss"}]}, "steps[0].to", ""),
        ({"steps": [{"by": "sms", "after": "soon"}]}, "steps[0].after", "请填整数。"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_beside_it(desk: Desk, wrong: dict[str, Any], at: str, said: str) -> None:
    """And nothing is kept."""
    faults = desk.post("escalations/new/check", TREE | wrong)["faults"]
    assert [fault["at"] for fault in faults] == [at]
    assert said in faults[0]["text"]
    assert desk.send("escalations/new/save", TREE | wrong).status == 200
    with pytest.raises(LookupError):
        desk.text(2)


def test_which_calls_go_by_a_tree(desk: Desk) -> None:
    """By kind, ward, shift and hours; a list shows them as people name them."""
    rule = {"tree": "emergency", "types": ["wc"], "wards": ["ward-a"], "shifts": ["night"], "hours": "night"}
    assert desk.post("escalation-rules/new/save", rule)["number"] == 2
    assert desk.plan(2).nursecall.escalation_rules[0].model_dump(mode="json") == rule
    row = desk.browser.get("/exchange/edit/escalation-rules").text
    assert all(said in row for said in ("卫生间呼叫", "内科一病区", "大夜班", "仅夜间"))
    assert [one["at"] for one in desk.post("escalation-rules/new/check", {"tree": ""}, 2)["faults"]] == ["tree"]


def test_a_ward_waits_less_and_its_night_begins_later(desk: Desk) -> None:
    """Only what was changed is written; the beds as they were typed."""
    nothing: Any = dict.fromkeys(get_args(Ref), ())
    doc = tree(TEXT)["nursecall"]["wards"][0]
    ward = sent(drawn(LAYOUTS["wards"].item, doc, nothing)) | {"patience": "45", "night.start": "23:00"}
    assert desk.post("wards/0/check", ward)["faults"] == []
    assert desk.post("wards/0/save", ward)["number"] == 2
    made = desk.plan(2).nursecall.wards[0]
    assert (made.patience, made.night.start, made.night.end) == (45, time(23), time(6))
    assert (
        made.model_copy(update={"patience": 60, "night": desk.plan(1).nursecall.wards[0].night})
        == (desk.plan(1).nursecall.wards[0])
    )
    assert [line for line in changed(desk, 2) if line.startswith("-") and "patience" not in line] == []
    faults = desk.post("wards/0/check", ward | {"beds": "1-40, 7"}, 2)["faults"]
    assert [(one["at"], one["text"]) for one in faults] == [("beds", "床位 7 列了两次")]


def test_a_kind_of_call_of_the_hospitals_own(desk: Desk) -> None:
    """With a picture, a chime, and who may end it."""
    kind = {
        "id": "oxygen", "name": {"zh": "吸氧", "en": "Oxygen"}, "spoken": {"zh": "需要吸氧", "en": "needs oxygen"},
        "priority": "3", "icon": "drip", "colour": "blue", "tone": "urgent", "speakable": True, "cancel": "bedside",
        "presses_are_emergency": True, "escalation": "", "target": "120",
    }  # fmt: skip
    assert desk.post("call-types/new/save", kind)["number"] == 2
    made = desk.plan(2).nursecall.call_type("oxygen")
    assert made is not None
    assert made.model_dump(exclude_defaults=True, mode="json") == {
        "id": "oxygen", "name": {"zh": "吸氧", "en": "Oxygen"}, "spoken": {"zh": "需要吸氧", "en": "needs oxygen"},
        "priority": 3, "icon": "drip", "colour": "blue", "tone": "urgent", "target": 120,
    }  # fmt: skip
    assert "吸氧" in desk.browser.get("/exchange/edit/escalation-rules/new").text, "rules may name it"


def test_pagers_a_feed_rounds_and_services(desk: Desk) -> None:
    """Each is added; a step may then page."""
    pagers = {"protocol": "tap", "id": "paging", "device": "/dev/ttyS3", "address": "12", "patience": "40"}
    feed = {"id": "his-2", "listen": "127.0.0.1:2576", "wards": [["ICU", "ward-b"]], "care_grades": [["A", "1"]]}
    rounds = {"ward": "ward-c", "minutes": [["0", "15"], ["3", "240"]]}
    service = {"id": "tea", "name": {"zh": "送茶", "en": "Tea"}, "icon": "service", "to": "duty, role:porter"}
    for base, (name, doc) in enumerate(
        (("pagers", pagers), ("adt", feed), ("rounds", rounds), ("services", service)), start=1
    ):
        assert desk.post(f"{name}/new/check", doc, base)["faults"] == [], name
        assert desk.post(f"{name}/new/save", doc, base)["number"] == base + 1
    plan = desk.plan(5).nursecall
    assert plan.pagers[0].part == "pager:paging"
    assert plan.adt[1].care_grades == {"A": 1}
    assert plan.round_minutes("ward-c") == {0: 15, 3: 240}
    made = plan.service("tea")
    assert made is not None
    assert made.to == ("duty", "role:porter")
    paged = TREE | {"steps": [{"by": "pager", "to": "paging:7", "after": "0"}]}
    assert desk.post("escalations/new/check", paged, 5)["faults"] == []


def test_the_pages_hang_on_the_plan_of_the_wards(desk: Desk) -> None:
    """Tabs of one another, a way back to the beds; nobody but who edits the plan sees them."""
    page = desk.browser.get("/exchange/edit/wards").text
    for name in ("call-types", "escalations", "escalation-rules", "pagers", "adt", "rounds", "services"):
        assert f'href="/exchange/edit/{name}"' in page
    assert 'href="/plan/wards"' in page
    assert 'href="/exchange/edit/wards"' in desk.browser.get("/plan/wards/ward-a").text
    assert desk.house.browser("nurse").get("/exchange/edit/escalations").status == 403


def test_past_calls_are_tried_on_a_draft(desk: Desk) -> None:
    """Of what is typed, not of what is kept; told by names of wards and kinds."""
    replays = cast(FakeReplays, desk.house.cardboard.house.replays)
    before, after = Told(60, "sms", ("沈敏", "章文静"), "ward", 1), Told(0, "mobile", (), "night", 1)
    call = Otherwise(datetime(2026, 11, 3, 18, 30, tzinfo=UTC), "w1", "28", "wc", [before], [after])
    steps = [StepCount("ward", 1, "sms", 40, 12), StepCount("night", 1, "mobile", 0, 28)]
    replays.found = Replayed(812, 40, 39, steps, 28, [call])
    said = " ".join(re.sub(r"<[^>]+>", " ", desk.send("escalations/new/replay", TREE).text).split())
    assert tree(replays.tried[0])["nursecall"]["escalations"][-1]["id"] == "night"
    assert "812 个呼叫中有 28 个的升级过程会不同。" in said
    assert "升级过的呼叫：实际 40 个，改后 39 个。" in said
    assert "ward 1: 短信 40 12 night 1: 依次拨打手机并播报 0 28" in said
    assert "11-04 02:30" in said
    assert "实际: 60 秒后 短信 沈敏, 章文静 ward 1" in said
    assert "改后: 立即 依次拨打手机并播报 night 1" in said
    with pytest.raises(LookupError):
        desk.text(2)


def test_what_cannot_be_tried_is_said(desk: Desk) -> None:
    """What is complained of is put right first; a section of another kind has no such thing."""
    replays = cast(FakeReplays, desk.house.cardboard.house.replays)
    assert "请先改正提示的问题。" in desk.send("escalations/new/replay", TREE | {"failsafe.to": "duty"}).text
    assert not replays.tried
    replays.fault = "日志读不出"
    assert "日志读不出" in desk.send("escalations/new/replay", TREE).text
    assert desk.send("pagers/new/replay", {"id": "p"}).status == 404
    assert "What would have been otherwise?" in desk.house.browser("it").get("/exchange/edit/escalations/0").text
