"""A menu is drawn: every edit makes a new document, and what is written can be read again."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from appliance.foundation.config import Faulty, parse
from appliance.menu_edit import flows_of, with_flow
from appliance.plan import Plan
from pbx.ivr import edit
from pbx.ivr.draft import faults
from pbx.ivr.edit import Impossible, Twig
from pbx.ivr.nodes import AnyNode
from pbx.ivr.written import NoFlow, read, tidy, toml
from tests.pbx.ivr.a_flow import plan
from tests.pbx.ivr.flows import HOSPITAL
from tests.test_sample_hospital import HOSPITAL as SAMPLE_DIRECTORY

SAMPLE = (SAMPLE_DIRECTORY / "plan.toml").read_text("utf-8")
DOCS: dict[str, Any] = {doc["id"]: doc for doc in flows_of(SAMPLE)}
MAIN = DOCS["main"]


def ids(doc: edit.Doc) -> list[str]:
    """Its nodes."""
    return [node["id"] for node in doc["nodes"]]


def node(doc: edit.Doc, identity: str) -> edit.Doc:
    """One of them."""
    found = edit.node_of(doc, identity)
    assert found is not None
    return found


def test_a_node_is_put_between_two_others() -> None:
    """What followed comes after it; the document before is as it was."""
    doc, identity = edit.added(MAIN, "play", "off", "next")
    assert identity == "play"
    assert node(doc, "off")["next"] == "play"
    assert node(doc, "play")["next"] == "menu"
    assert node(MAIN, "off")["next"] == "menu"
    again, second = edit.added(doc, "play", "menu", "keys.6")
    assert second == "play-2"
    assert node(again, "menu")["keys"]["6"] == "play-2"


@pytest.mark.parametrize("kind", edit.KINDS)
def test_every_kind_can_be_added_and_drawn(kind: str) -> None:
    """Unfinished as it is; what is wrong is said."""
    doc, identity = edit.added(MAIN, kind, "menu", "keys.6")
    [tree] = edit.tree(doc, DOCS)
    assert identity in {twig.target for twig in every(tree)}
    for fault in faults(doc, "main", parse(SAMPLE, Plan).pbx, "zh"):
        assert identity in fault.text


def test_kinds_and_ways_are_those_of_the_engine() -> None:
    """Editor and engine speak of the same."""
    members = {member.model_fields["kind"].default: member for member in AnyNode.__args__[0].__args__}
    assert set(members) == set(edit.KINDS) == set(edit.PLAIN)
    for kind, ways in edit.PLAIN.items():
        named = {name for name in members[kind].model_fields if name in (*ways, edit.MAPS.get(kind, "next"))}
        assert set(ways) <= named, kind


def every(twig: Twig) -> list[Twig]:
    """It and all that hangs on it."""
    return [twig, *(one for below in twig.twigs for one in every(below))]


def test_a_node_with_all_that_hangs_on_it_is_moved() -> None:
    """It hangs nowhere else any more."""
    doc = edit.moved(MAIN, "departments", "opening", "next")
    assert node(doc, "opening")["next"] == "departments"
    assert "1" not in node(doc, "menu")["keys"]
    assert "on_fail" not in node(doc, "medical")
    with pytest.raises(Impossible):
        edit.moved(MAIN, "menu", "menu", "keys.9")


def test_a_deleted_node_gives_way_to_what_followed() -> None:
    """And an inherited one cannot be deleted."""
    doc = edit.deleted(MAIN, "opening")
    assert node(doc, "menu")["keys"]["2"] == "menu"
    assert "opening" not in ids(doc)
    doc = edit.deleted(MAIN, "departments")
    assert "1" not in node(doc, "menu")["keys"]
    with pytest.raises(Impossible, match="inherited"):
        edit.deleted(DOCS["night"], "menu")


def test_a_renamed_node_is_found_by_all_that_lead_to_it() -> None:
    """Names that are taken, or no names, are refused."""
    doc = edit.changed(MAIN, "menu", node(MAIN, "menu") | {"id": "top"})
    assert node(doc, "hours")["work"] == "top"
    assert node(doc, "opening")["next"] == "top"
    said = faults(doc, "main", parse(SAMPLE, Plan).pbx, "en")
    # Only the menu that is based on it, and leads to the old name, is no longer whole.
    assert [(fault.flow, fault.node) for fault in said] == [("night", "hours")]
    for name in ("bye", "No Name", ""):
        with pytest.raises(Impossible):
            edit.changed(MAIN, "menu", node(MAIN, "menu") | {"id": name})


def test_an_inherited_node_becomes_an_own_one() -> None:
    """The tree shows which are which."""
    night = DOCS["night"]
    nodes, inherited = edit.merged(night, DOCS)
    assert len(nodes) == len(MAIN["nodes"])
    assert "menu" in inherited
    assert "hours" not in inherited
    assert edit.start_of(night, DOCS) == "welcome"
    doc = edit.changed(night, "menu", node(MAIN, "menu") | {"note": "night"})
    assert edit.merged(doc, DOCS)[1] == inherited - {"menu"}


def test_a_node_is_drawn_once_and_otherwise_led_to() -> None:
    """Where the way to it is shortest; what nothing leads to is drawn apart."""
    [tree] = edit.tree(MAIN, DOCS)
    drawn = [twig.target for twig in every(tree) if not twig.link]
    assert sorted(drawn) == sorted(ids(MAIN))
    assert {twig.target for twig in every(tree) if twig.link} >= {"menu", "@again", "bye"}
    loose, copy = edit.copied(MAIN, "medical", MAIN["nodes"])
    roots = edit.tree(loose, DOCS)
    assert [root.target for root in roots] == ["welcome", copy]


def test_flows_that_lead_round_or_are_based_on_one_another_are_drawn_too() -> None:
    """No edit can make the editor go round for ever."""
    ring = {"id": "a", "based_on": "b", "nodes": [{"id": "x", "kind": "play", "next": "x"}]}
    other = {"id": "b", "based_on": "a", "nodes": []}
    assert edit.start_of({**ring, "nodes": []}, {"a": ring, "b": other}) in ("", "x")
    assert edit.tree(ring, {"a": ring, "b": other})


@pytest.mark.parametrize("kind", ["toml", "json"])
def test_an_exported_menu_is_read_again(kind: str) -> None:
    """In both forms, also from a whole plan."""
    for doc in DOCS.values():
        text = toml(tidy(doc)) if kind == "toml" else json.dumps(doc)
        assert tidy(read(text)) == tidy(doc)
    assert read(SAMPLE)["id"] == "main"
    for rubbish in ("nothing", "[1", "{}", "a = 1", '{"id": "a", "nodes": [1]}', '{"id": "a", "nodes": 7}'):
        with pytest.raises(NoFlow):
            read(rubbish)


def test_strings_of_any_kind_come_through() -> None:
    """Quotes, new lines, backslashes, emoji, control characters."""
    said = 'a "b" \\ \n\t\x7f 你好 🏥 {x}'
    doc = {"id": "a", "name": {"zh": said, "en": "b"}, "nodes": [{"id": "n", "kind": "play", "prompt": {"zh": said}}]}
    assert tomllib.loads(toml(doc))["pbx"]["flows"] == [doc]


def test_one_menu_of_a_plan_is_replaced_and_nothing_else() -> None:
    """Comments of the rest stay; the plan is valid."""
    doc, _ = edit.added(MAIN, "hangup", "menu", "keys.6")
    text = with_flow(SAMPLE, "main", doc)
    assert parse(text, Plan).pbx.flows[0].node("hangup") is not None
    before, after = SAMPLE.splitlines(), text.splitlines()
    first = before.index("[[pbx.flows]]")
    assert before[:first] == after[:first]
    assert before[-30:] == after[-30:]
    assert "# The same for the night: one node is another, all else is inherited." in after


def test_a_menu_is_added_and_taken_away() -> None:
    """Also where there was none, and where it was the last."""
    new = {"id": "new", "name": {"zh": "新", "en": "New"}, "nodes": [{"id": "bye", "kind": "hangup"}]}
    text = with_flow(SAMPLE, "new", new)
    assert [flow.id for flow in parse(text, Plan).pbx.flows] == ["main", "night", "new"]
    assert with_flow(text, "new", None).split() == SAMPLE.split()
    bare = with_flow(with_flow(SAMPLE, "night", None), "main", None)
    assert flows_of(bare) == []
    assert [flow["id"] for flow in flows_of(with_flow(bare, "new", new))] == ["new"]


def test_menus_written_in_another_manner_are_let_be() -> None:
    """Rather than spoilt."""
    text = '[pbx]\nflows = [{ id = "a", name = { zh = "a", en = "a" }, nodes = [] }]\n'
    with pytest.raises(Faulty, match="write them as"):
        with_flow(text, "a", MAIN)


def test_faults_of_a_draft_name_their_node() -> None:
    """Also what is no value at all."""
    plan_ = plan(HOSPITAL)
    doc = {"id": "x", "name": {"zh": "a", "en": "b"}, "nodes": [
        {"id": "a", "kind": "transfer", "to": "nobody"}, {"id": "b", "kind": "strange"},
        {"id": "c", "kind": "collect"},
    ]}  # fmt: skip
    assert {fault.node for fault in faults(doc, "", plan_, "en")} == {"a", "b", "c"}


def test_a_menu_is_at_peace_with_billing() -> None:
    """Its number is not 600's, and it names only services that are there."""
    with pytest.raises(Faulty, match="begins with 600, which is billing's"):
        parse(SAMPLE.replace('number = "8201"', 'number = "6001"'), Plan)
    with pytest.raises(Faulty, match="'ballance' is none of balance"):
        parse(SAMPLE.replace('service = "balance"', 'service = "ballance"'), Plan)
