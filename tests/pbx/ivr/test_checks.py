"""What is wrong with a flow is said before anybody hears it."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty
from appliance.foundation.i18n import _chinese
from pbx.ivr import checks
from pbx.ivr.plan import whole
from tests.pbx.ivr.a_flow import plan
from tests.pbx.ivr.flows import HOSPITAL, NESTED


def flow(nodes: str, head: str = "") -> str:
    """A flow of these nodes, which begins at `a`."""
    return f'[[flows]]\nid = "main"\nname = {{ zh = "总机", en = "Main" }}\n{head}\n{nodes}'


def node(identity: str, kind: str, rest: str = "") -> str:
    """One node."""
    return f'[[flows.nodes]]\nid = "{identity}"\nkind = "{kind}"\n{rest}\n'


HELLO = 'prompt = { zh = "你好", en = "Hello" }'
END = node("z", "hangup")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (flow(""), "menu main: has no nodes"),
        (flow(END).replace('en = "Main"', 'en = " "'), "menu main: its name is missing in one language"),
        (flow(END, 'start = "q"'), "menu main: it begins at q, and there is no such node"),
        (flow(END, 'based_on = "q"'), "menu main: it is based on q, and there is no such menu"),
        (
            flow(node("a", "play", HELLO + '\nnext = "q"')),
            "menu main, node a: next leads to q, and there is no such node",
        ),
        (
            flow(node("a", "menu", HELLO + '\nkeys = { "1" = "q" }\non_timeout = "@end"')),
            "menu main, node a: keys.1 leads to q, and there is no such node",
        ),
        (
            flow(node("a", "menu", HELLO + '\nkeys = { "1" = "@operator" }\non_timeout = "@end"')),
            "menu main, node a: keys.1 leads to the operator, and the menu has none",
        ),
        (flow(node("a", "play", HELLO) + END), "menu main, node z: nothing leads here"),
        (
            flow(node("a", "play", HELLO + '\nnext = "b"') + node("b", "play", HELLO + '\nnext = "a"')),
            "menu main, node a: goes round for ever without any key: a → b → a",
        ),
        (
            flow(node("a", "menu", HELLO + '\nkeys = { "1" = "@end" }\non_timeout = "@again"')),
            "menu main, node a: goes round for ever without any key: a → a",
        ),
        (flow(node("a", "play", 'prompt = { zh = "你好" }')), "menu main, node a: its English prompt is missing"),
        (flow(node("a", "play", 'prompt = { en = "Hi" }')), "menu main, node a: its Chinese prompt is missing"),
        (flow(node("a", "play")), "menu main, node a: its Chinese prompt is missing"),
        (
            flow(node("a", "menu", HELLO + '\nkeys = { "1" = "@end" }')),
            "menu main, node a: does not say what happens when nobody presses a key (on_timeout)",
        ),
        (flow(node("a", "menu", HELLO + '\non_timeout = "@end"')), "menu main, node a: has no keys"),
        (flow(node("a", "flow", 'flow = "q"')), "menu main, node a: there is no menu q"),
        (flow(node("a", "flow", 'flow = "main"\nnode = "q"')), "menu main, node a: menu main has no node q"),
        (
            flow(node("a", "time", 'schedule = "q"\nwork = "@end"\noff = "@end"')),
            "menu main, node a: there is no schedule q",
        ),
        (flow(node("a", "database", 'query = "q"')), "menu main, node a: there is no query q"),
        (flow(node("a", "record", 'tell = ["q"]')), "menu main, node a: there is no group q"),
        (flow(node("a", "transfer", 'to = "9999"')), "menu main, node a: there is no extension 9999"),
        (flow(END, 'operator = "9999"'), "menu main: its operator 9999 is no extension"),
        (flow(END, 'number = "8001"'), "menu main: its number 8001 is taken"),
        (flow(END, 'number = "120"'), "menu main: its number 120 is taken"),
        (flow(END) + flow(END), "'main' is used twice"),
        (flow(END + END), "'z' is used twice"),
        (
            flow(node("a", "collect", HELLO + '\ninto = "pin"\nsecret = true\nconfirm = true')),
            "would read a secret aloud",
        ),
        (flow(node("a", "language", HELLO)), "has either `to` or `keys`"),
        (flow(node("a", "transfer", 'to = "{room}"\noutside = true')), "at the house's expense"),
    ],
)  # fmt: skip
def test_each_fault_is_a_sentence(text: str, said: str) -> None:
    """It names flow and node."""
    with pytest.raises(Faulty) as why:
        plan(text)
    assert said in "\n".join(fault.message for fault in why.value.faults)


def test_faults_are_found_where_they_stand() -> None:
    """By dotted path and line."""
    with pytest.raises(Faulty) as why:
        plan(HOSPITAL.replace('cases = { "1234" = "told" }', 'cases = { "1234" = "nowhere" }'))
    fault = why.value.faults[0]
    assert fault.path == "flows[0].nodes[8].cases.1234"
    assert fault.line is not None
    assert "节点 check：cases.1234 指向的节点 nowhere 不存在" in fault.text("zh")


def test_one_language_is_enough_where_the_house_says_so() -> None:
    """languages = ["zh"]."""
    plan(flow(node("a", "play", 'prompt = { zh = "你好" }'), 'languages = ["zh"]'))


def test_a_flow_changes_single_nodes_of_another() -> None:
    """And has everything else from it, but not its number."""
    text = (
        HOSPITAL
        + """
[[flows]]
id = "night"
name = { zh = "夜间", en = "Night" }
based_on = "main"
retries = 0
[[flows.nodes]]
id = "closed"
kind = "hangup"
prompt = { zh = "晚安", en = "Good night" }
[[flows.nodes]]
id = "rooms"
kind = "transfer"
to = "8003"
on_fail = "extra"
[[flows.nodes]]
id = "extra"
kind = "play"
prompt = { zh = "请等", en = "Wait" }
next = "medicine"
"""
    )
    flows = whole(plan(text).flows)
    night, main = flows["night"], flows["main"]
    assert [one.id for one in night.nodes] == [*(one.id for one in main.nodes), "extra"]
    assert (night.number, night.operator, night.retries, night.first) == ("", "8001", 0, "welcome")
    assert night.node("closed") != main.node("closed")
    assert night.node("rooms").kind == "transfer"  # type: ignore[union-attr]
    assert night.node("ask") == main.node("ask")


def test_what_another_flow_no_longer_reaches_of_its_base_is_no_fault() -> None:
    """It is still there for the base; a node of its own that nothing leads to is one."""
    night = '[[flows]]\nid = "night"\nname = { zh = "a", en = "a" }\nbased_on = "main"\n'
    short = node("welcome", "language", 'to = "zh"\nnext = "closed"')
    plan(HOSPITAL + night + short)
    with pytest.raises(Faulty, match="menu night, node lost: nothing leads here"):
        plan(HOSPITAL + night + short + node("lost", "hangup"))


def test_flows_that_are_based_on_one_another() -> None:
    """A ring is named."""
    ring = '[[flows]]\nid = "{}"\nname = {{ zh = "a", en = "a" }}\nbased_on = "{}"\n'
    with pytest.raises(Faulty, match="it is based on itself: a → b → a"):
        plan(ring.format("a", "b") + ring.format("b", "a"))


def test_going_round_through_people_is_no_endless_loop() -> None:
    """A desk that nobody answers may be rung again; the engine ends it in time."""
    plan(flow(node("a", "transfer", 'to = "8002"\non_fail = "a"')))


@pytest.mark.parametrize("text", [HOSPITAL, NESTED])
def test_good_flows_pass(text: str) -> None:
    """Nothing is found."""
    assert plan(text).flows


def test_every_finding_is_chinese_too() -> None:
    """Each message of the module."""
    messages = [text for text in vars(checks).values() if isinstance(text, str) and text.startswith("menu {flow}")]
    messages += checks.NO_WORDS.values()
    assert len(messages) > 15
    assert [text for text in messages if text not in _chinese()] == []
