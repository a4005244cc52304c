"""A caller goes through a flow."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from appliance.foundation.i18n import _chinese
from appliance.foundation.values import HungUp, Language
from pbx.ivr.doing import DO, SENTENCES
from pbx.ivr.engine import Menus
from pbx.ivr.nodes import AnyNode
from pbx.ivr.plan import whole
from pbx.ivr.ports import Caller
from tests.fakes.caller import FakeCaller
from tests.pbx.ivr.a_flow import House, plan
from tests.pbx.ivr.flows import HOSPITAL, LOOKED_UP, NESTED
from tests.support import now


def test_a_caller_hears_the_menu_and_reaches_a_desk() -> None:
    """Language, time, two menus, a transfer; each step with its key is told."""
    house = House(HOSPITAL)
    caller = house.call("2", "1", "1")
    assert caller.answered
    assert caller.heard == [
        "zh:中文请按1", "en:For English press 2", "en:Press 1 to register", "en:Press 1 for medicine",
    ]  # fmt: skip
    assert house.desks.rung == ["8002"]
    assert [step for step in house.told.steps if "enter" not in step] == [
        "main", "welcome:key:2", "hours:work", "menu:key:1", "rooms:key:1", "medicine:answered",
    ]  # fmt: skip
    assert house.told.ends == ["end"]
    assert caller.hung_up


def test_star_goes_back_and_nought_to_the_operator() -> None:
    """The keys that every menu has from its flow."""
    house = House(HOSPITAL)
    caller = house.call("1", "1", "*", "0")
    assert caller.heard.count("zh:挂号请按1") == 2
    assert house.desks.rung == ["8001"]


def test_an_operator_who_does_not_answer_gives_the_caller_back_to_the_menu() -> None:
    """And is rung again when they want."""
    house = House(HOSPITAL)
    house.desks.outcomes["8001"] = "no-answer"
    caller = house.call("1", "0", "0")
    assert house.desks.rung == ["8001", "8001"]
    assert "zh:您拨打的电话无人接听。" in caller.heard
    assert house.told.ends == ["hung-up"]


def test_silence_and_wrong_keys() -> None:
    """Three times silent: the operator. Wrong keys: told so, and then where the node says."""
    house = House(HOSPITAL)
    house.call("1", "", "", "")
    assert house.desks.rung == ["8001"]
    house = House(HOSPITAL)
    caller = house.call("1", "1", "7", "8")
    assert "zh:您的按键有误。" in caller.heard
    assert caller.heard.count("zh:挂号请按1") == 2  # back where it came from
    assert [step for step in house.told.steps if "wrong" in step] == ["rooms:wrong:7", "rooms:wrong:8"]


def test_a_longer_option_and_an_extension_are_keyed() -> None:
    """4 waits for what may follow; 8003 is a telephone of the house, and never put on record as keys."""
    house = House(HOSPITAL)
    assert "zh:请输入密码" in house.call("1", "4", "0").heard
    assert house.call("1", "4", "").heard.count("zh:挂号请按1") == 2
    house = House(HOSPITAL)
    house.call("1", "8", "0", "0", "3")
    assert house.desks.rung == ["8003"]
    assert "menu:key:extension" in house.told.steps


def test_digits_are_gathered_read_back_and_said() -> None:
    """Too short, then not confirmed, then right."""
    house = House(HOSPITAL)
    caller = house.call("1", "2", "12", "#", "4", "5", "6", "7", "#", "2", "9", "8", "7", "6", "5", "4", "1")
    assert "zh:您输入的位数不够。" in caller.heard
    assert "zh:您输入的是 9 8 7 6 5 4。" in caller.heard
    assert "zh:您的号码是9 8 7 6 5 4" in caller.heard
    assert "ask:keyed:987654" in house.told.steps


def test_what_is_secret_is_told_nobody() -> None:
    """Neither when it is keyed nor where a branch goes by it."""
    house = House(HOSPITAL)
    house.call("1", "4", "0", "1", "2", "3", "4")
    assert "order:keyed" in house.told.steps
    assert "check:branch" in house.told.steps
    assert not any("1234" in step for step in house.told.steps)


def test_hours_go_by_the_calendar() -> None:
    """A workday that is a holiday; a weekend day that makes up for it."""
    house = House(HOSPITAL)
    monday = date(2026, 3, 2)
    house.holidays[monday] = "holiday"
    assert house.call("1").heard[-1] == "zh:节日快乐"
    house.holidays[monday] = "restday"
    assert house.call("1", "hang-up").heard[-1] == "zh:挂号请按1"
    house.clock.advance(4 * 3600)  # one in the afternoon
    assert house.call("1").heard[-1] == "zh:再见"
    house.position = "open"  # by hand
    assert house.call("1").heard[-1] == "zh:挂号请按1"


def test_speech_is_down() -> None:
    """The chime instead of silence, and every key still works; a recording is heard as ever."""
    house = House(HOSPITAL)
    house.prompts.down = True
    caller = house.call("1", "1", "1")
    assert set(caller.heard) == {"chime.wav"}
    assert house.desks.rung == ["8002"]


def test_a_recording_is_played_and_where_it_is_missing_its_text_is_said(tmp_path: Path) -> None:
    """By file."""
    (tmp_path / "hello.wav").write_bytes(b"RIFF")
    piece = '{ sound = { zh = "%s.wav" }, say = { zh = "你好", en = "Hello" } }'
    flow = (
        '[[flows]]\nid = "main"\nname = { zh = "a", en = "a" }\n[[flows.nodes]]\nid = "a"\nkind = "hangup"\n'
        f"prompt = [{piece % 'hello'}, {piece % 'gone'}]\n"
    )
    assert House(flow, tmp_path).call().heard == ["hello.wav", "zh:你好"]


def test_a_message_is_kept_dropped_or_recorded_anew() -> None:
    """Also when the caller just hangs up."""
    house = House(HOSPITAL)
    house.call("1", "3", "2", "1", speaks=[7.0, 8.0])
    assert house.messages.dropped == ["c1-1"]
    assert [(one["name"], one["seconds"], one["caller"]) for one in house.messages.kept] == [("c1-2", 8.0, "8001")]
    house.call("1", "3", "hang-up", speaks=[5.0])
    assert house.messages.kept[-1]["seconds"] == 5.0
    caller = house.call("1", "3", "3", speaks=[5.0])
    assert "zh:留言已取消。" in caller.heard
    assert len(house.messages.kept) == 2


def test_a_desk_is_busy_or_silent() -> None:
    """Each has its way on."""
    house = House(HOSPITAL)
    house.desks.outcomes["8002"] = "busy"
    assert "zh:线路正忙。" in house.call("1", "1", "1", "hang-up").heard
    house.desks.outcomes["8002"] = "no-answer"
    assert house.call("1", "1", "1").heard[-1] == "zh:再见"


def test_a_caller_stays_in_the_flow_as_it_was_when_they_called() -> None:
    """A plan that comes into force meanwhile is heard by the next caller."""
    house = House(HOSPITAL)
    new = plan(HOSPITAL.replace("内科请按1", "新内科请按1"))

    def activate() -> None:
        house.menus.replan(whole(new.flows), {row.id: row for row in new.schedules})

    caller = FakeCaller(["1", "1", "1"])
    caller.before_key = activate
    now(house.menus.run(caller, "main"))
    assert "zh:内科请按1" in caller.heard
    assert "zh:新内科请按1" in house.call("1", "1", "1").heard


def test_a_look_up_is_spoken() -> None:
    """Found, not found, no answer."""
    house = House(LOOKED_UP)
    house.lookups.answer = {"status": "已完成"}
    assert house.call().heard == ["zh:状态：已完成"]
    assert house.lookups.asked == [{"caller": "8001"}]
    house.lookups.answer = None
    assert house.call().heard == ["zh:没有"]
    house.lookups.fails = True
    assert house.call().heard == ["zh:抱歉"]
    assert "look:failed:no answer" in house.told.steps


def test_a_fault_of_ours_leads_to_the_operator() -> None:
    """Never silence."""
    house = House(LOOKED_UP.replace('kind = "http"', 'kind = "service"\nservice = "balance"').replace(
        'url = "https://lis.hospital.example/orders/{{ caller }}"\nfields = { status = "data.status" }\n', ""
    ).replace('on_none = "unknown"\n', "").replace('[[flows.nodes]]\nid = "unknown"\nkind = "hangup"\n'
        'prompt = { zh = "没有", en = "None" }\n', ""))  # fmt: skip

    async def broken(caller: Caller, language: Language) -> bool:
        raise RuntimeError("broken")

    house.services["balance"] = broken
    caller = house.call()
    assert caller.heard == ["zh:对不起，该服务暂时不可用。"]
    assert house.desks.rung == ["8001"]
    assert house.told.ends == ["failed"]

    async def gone(caller: Caller, language: Language) -> bool:
        raise HungUp

    house.services["balance"] = gone
    house.call()
    assert house.told.ends[-1] == "hung-up"


def test_a_service_or_queue_that_nobody_has_is_said_so() -> None:
    """In a clear sentence, and on where the flow says."""
    flow = """
[[flows]]
id = "main"
name = { zh = "a", en = "a" }
[[flows.nodes]]
id = "wait"
kind = "queue"
queue = "opd"
on_fail = "bill"
[[flows.nodes]]
id = "bill"
kind = "service"
service = "balance"
"""
    assert House(flow).call().heard == ["zh:对不起，目前没有可以等候的队列。", "zh:对不起，该服务暂时不可用。"]


def test_a_flow_calls_another_and_comes_back() -> None:
    """Also back to the menu of the flow before with a star."""
    house = House(NESTED)
    assert house.call("1", "9").heard == ["zh:主菜单", "zh:子菜单", "zh:8001!"]
    assert house.call("1", "*", "1", "9").heard == ["zh:主菜单", "zh:子菜单", "zh:主菜单", "zh:子菜单", "zh:8001!"]


def test_barge_in_can_be_forbidden() -> None:
    """By the flow, or by a node against it."""
    house = House(NESTED.replace('on_timeout = "@end"', 'on_timeout = "@end"\nbarge_in = false'))
    assert house.call("1", "9").barged == [False, True]


def test_a_telephone_off_the_hook_is_let_go() -> None:
    """A flow that leads round through a desk that never answers ends by itself."""
    house = House("""
[[flows]]
id = "main"
name = { zh = "a", en = "a" }
[[flows.nodes]]
id = "ring"
kind = "transfer"
to = "8002"
on_fail = "ring"
""")
    house.desks.outcomes["8002"] = "no-answer"
    caller = house.call()
    assert house.told.ends == ["too-long"]
    assert caller.hung_up
    assert len(house.desks.rung) == 60


def test_every_kind_of_node_is_done_and_every_sentence_is_chinese_too() -> None:
    """The engine, the plan and the catalogue agree."""
    kinds = {member.model_fields["kind"].default for member in AnyNode.__args__[0].__args__}
    assert kinds == set(DO)
    assert [sentence for sentence in SENTENCES if sentence not in _chinese()] == []
    assert Menus.__doc__
