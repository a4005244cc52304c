"""What forms read becomes plain values of the plan: defaults left out, what no field shows kept, nothing invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, get_args

import pytest

from appliance.foundation.toml_tree import tree
from nursecall.plan_wards import Ward
from pbx.plan import PbxPlan
from pbx.plan_messages import HttpSms
from pbx.plan_outgoing import ClassOfService
from pbx.plan_phones import PhoneKey, PhonesPlan
from pbx.plan_trunks import SipTrunk
from tests.test_sample_hospital import HOSPITAL
from web.forms.drawing import Form, drawn
from web.forms.layout import Field, Group, Layout, Shape, shape_of
from web.forms.models import facts
from web.forms.names import Ref
from web.forms.reading import read
from web.layouts import EVERY, LAYOUTS

TRUNK = Shape(SipTrunk, (Group("", (
    Field("name", "x"), Field("host", "x"), Field("port", "x"), Field("hosts", "x"), Field("registered", "x"),
    Field("password", "x", secret=True),
)),))  # fmt: skip
KEY = Shape(PhoneKey, (Group("", (Field("number", "x"),)),))
CLASS = LAYOUTS["classes"].item
CODES = LAYOUTS["numbers"].item
HTTP = LAYOUTS["http-sms"].item
SMPP = LAYOUTS["smpp"].item


def no_secret(_: str) -> str:
    """None is typed."""
    raise AssertionError("nothing was to be kept")


def test_what_is_usual_is_not_written_unless_somebody_had() -> None:
    """A key that stands there stays, whatever it says."""
    assert read(TRUNK, {"host": "a", "port": "5060"}, {}, no_secret) == {"host": "a"}
    assert read(TRUNK, {"host": "a", "port": "5060"}, {"port": 5070}, no_secret) == {"port": 5060, "host": "a"}


def test_what_the_form_does_not_ask_for_goes_and_what_it_does_not_show_stays() -> None:
    """Hidden fields are not sent; `channels` is none of this form's."""
    old = {"id": "t", "host": "a", "registered": True, "channels": 4}
    assert read(TRUNK, {"host": "b"}, old, no_secret) == {"id": "t", "host": "b", "channels": 4}


def test_a_name_in_one_language_is_the_name_in_both() -> None:
    """And none is none."""
    assert read(TRUNK, {"name": {"zh": "电信", "en": " "}}, {}, no_secret)["name"] == {"zh": "电信", "en": "电信"}
    assert "name" not in read(TRUNK, {"name": {"zh": "", "en": ""}}, {}, no_secret)


@pytest.mark.parametrize("text", ["a, b", "a b", "a；b", "a，b、", " a\nb "])
def test_a_list_is_written_as_people_write_it(text: str) -> None:
    """Commas of both kinds, or blanks."""
    assert read(TRUNK, {"hosts": text}, {}, no_secret)["hosts"] == ["a", "b"]


def test_what_is_no_number_is_left_to_the_checker() -> None:
    """It says so beside the field."""
    assert read(TRUNK, {"port": "many"}, {}, no_secret) == {"port": "many"}


def test_a_password_stays_unless_another_is_typed() -> None:
    """Nothing typed is no change; where the field is not asked for, it goes."""
    old = {"password": "env:X"}
    assert read(TRUNK, {"password": ""}, old, no_secret) == old
    assert read(TRUNK, {"password": "p"}, old, lambda text: f"file:/{text}") == {"password": "file:/p"}
    assert read(TRUNK, {}, old, no_secret) == {}


def test_a_list_that_is_usually_full_can_be_emptied() -> None:
    """Which must be written down; one that is usually empty says nothing."""
    assert read(CODES, {"outgoing.codes": "", "outgoing.barred": []}, {}, no_secret) == {"outgoing": {"codes": []}}
    assert read(CODES, {"outgoing.hide_code": ""}, {}, no_secret) == {"outgoing": {"hide_code": ""}}


def test_dotted_keys_leave_the_rest_of_their_part_alone() -> None:
    """And a part of which nothing is left is none."""
    old = {"outgoing": {"access": "9", "routes": [{"n": 1}]}}
    assert read(CODES, {"outgoing.access": ""}, old, no_secret) == {"outgoing": {"routes": [{"n": 1}]}}
    assert read(CODES, {"outgoing.access": ""}, {"outgoing": {"access": "9"}}, no_secret) == {}


def test_rows_keep_what_their_fields_do_not_show() -> None:
    """Each names the row it was; a new one is new."""
    item = Shape(PhonesPlan, (Group("", (Field("keys", "x", rows=KEY),)),))
    old = {"keys": [{"number": "1", "watch": True}, {"number": "2"}]}
    given = {"keys": [{"@was": 1, "number": "2"}, {"number": "9"}, {"@was": 0, "number": "7"}]}
    assert read(item, given, old, no_secret)["keys"] == [
        {"number": "2"},
        {"number": "9"},
        {"number": "7", "watch": True},
    ]


def test_a_yes_or_no_that_is_a_choice_is_read_as_one() -> None:
    """Its script sends words."""
    times = [{"schedule": "office", "closed": "true", "may_dial": ["internal"]}]
    assert read(CLASS, {"times": times}, {}, no_secret)["times"] == [{**times[0], "closed": True}]
    times[0]["closed"] = "false"
    assert "closed" not in read(CLASS, {"times": times}, {}, no_secret)["times"][0]


def test_names_and_values_are_read_as_they_stand() -> None:
    """A row with neither is none; emptied, it says so, as it is usually full."""
    given = {"headers": [["X-Key", "{{ secrets.key }}"], [" Accept ", "*/*"], ["", ""]]}
    assert read(HTTP, given, {}, no_secret)["headers"] == {"X-Key": "{{ secrets.key }}", "Accept": "*/*"}
    assert read(HTTP, {"headers": []}, {}, no_secret)["headers"] == {}


def test_secrets_by_names_follow_their_names() -> None:
    """One that is given another name stays kept; one without anything is left to the checker."""
    old = {"secrets": {"key": "env:K", "gone": "env:G"}}
    given = {"secrets": [["token", "", "key"], ["new", "n", ""], ["bare", "", ""]]}
    made = read(HTTP, given, old, lambda text: f"file:/{text}")
    assert made == {"secrets": {"token": "env:K", "new": "file:/n", "bare": ""}}


def test_a_secret_can_be_taken_away_and_its_part_with_it() -> None:
    """Where the section can do without."""
    old = {"id": "a", "inbound": {"token": "env:T", "sender": "mobile"}}
    assert read(HTTP, {"id": "a", "inbound.token": "", "inbound.sender": "mobile"}, old, no_secret) == old
    assert read(HTTP, {"id": "a", "inbound.token": None, "inbound.sender": "mobile"}, old, no_secret) == {"id": "a"}
    assert read(SMPP, {"password": None}, {"password": "env:P"}, no_secret) == {}


def test_a_part_that_may_be_missing_is_not_asked_for() -> None:
    """Though it needs its token."""
    token = facts(HttpSms, "inbound.token")
    assert (token.required, token.optional) == (False, True)
    assert read(HTTP, {"inbound.token": "", "inbound.sender": "from"}, {}, no_secret) == {}


def test_a_field_knows_its_bounds() -> None:
    """As the section has them."""
    port = facts(SipTrunk, "port")
    assert (port.kind, port.least, port.most, port.usual, port.required) == ("number", 1, 65535, 5060, False)
    assert facts(SipTrunk, "host").required
    assert facts(PbxPlan, "outgoing.barred").kind == "rows"
    assert facts(ClassOfService, "may_dial").kind == "ticks"
    with pytest.raises(KeyError):
        facts(SipTrunk, "nothing")


def test_every_form_is_drawn_from_nothing() -> None:
    """As a new one begins."""
    nothing: Any = dict.fromkeys(get_args(Ref), ())
    for layout in EVERY:
        assert drawn(layout.item, layout.blank, nothing).inputs, layout.name


WARD = LAYOUTS["wards"].item
KIND = LAYOUTS["call-types"].item


def test_a_part_of_which_something_is_written_has_all_it_needs() -> None:
    """Hours have both ends; what they would be anyway nobody writes."""
    start, end = facts(Ward, "night.start"), facts(Ward, "night.end")
    assert (start.kind, start.required, start.usual, end.usual) == ("time", False, time(22), time(6))
    assert read(WARD, {"night.start": "22:00", "night.end": "06:00"}, {}, no_secret) == {}
    later = {"night.start": "23:30", "night.end": "06:00"}
    assert read(WARD, later, {}, no_secret) == {"night": {"start": time(23, 30), "end": time(6)}}
    assert read(WARD, {"night.start": "late"}, {}, no_secret)["night"]["start"] == "late"


def test_counts_are_whole_numbers_by_names() -> None:
    """What is none is left to the checker."""
    given = {"ward": "w", "minutes": [["0", "15"], [" 1 ", "an hour"], ["", ""]]}
    read_as = read(LAYOUTS["rounds"].item, given, {}, no_secret)
    assert read_as == {"ward": "w", "minutes": {"0": 15, "1": "an hour"}}


def test_a_built_in_kind_is_drawn_as_built_in() -> None:
    """What a row of its short name leaves out is not what other kinds come to; said otherwise, it is written."""
    nothing: Any = dict.fromkeys(get_args(Ref), ())
    drawn_as = {one.field.key: one.value for one in drawn(KIND, {"id": "code-blue"}, nothing).inputs}
    assert (drawn_as["tone"], drawn_as["colour"]) == ("emergency", "red")
    given = {"id": "code-blue", "tone": "emergency", "colour": "red", "cancel": "bedside"}
    assert read(KIND, given, {}, no_secret) == {"id": "code-blue"}
    assert read(KIND, given | {"tone": "call"}, {}, no_secret) == {"id": "code-blue", "tone": "call"}
    assert read(KIND, given | {"id": "mine", "tone": "call"}, {}, no_secret) == {"id": "mine", "colour": "red"}


def sent(form: Form) -> dict[str, Any]:
    """What the form's script sends of it, untouched."""
    said: dict[str, Any] = {form.tag: form.kind} if form.tag else {}
    for one in form.inputs:
        value = one.value
        match one.kind:
            case "rows":
                value = [{"@was": row.was, **sent(row)} for row in one.rows]
            case "pairs" | "counts":
                value = [[name, str(text)] for name, text in (value or {}).items()]
            case "secrets":
                value = [[name, "", name] for name in value]
            case "secret":
                value = ""
            case "list" | "numbers":
                value = ", ".join(map(str, value or ()))
            case "flag" | "tri" | "refs" | "ticks" | "lists" | "table" | "text":
                pass
            case _:
                value = "" if value is None else str(value)
        said[one.field.key] = value
    return said


def plain(doc: Any) -> Any:
    """Without what TOML's reader adds."""
    return doc.unwrap() if hasattr(doc, "unwrap") else doc


@pytest.mark.parametrize("layout", EVERY, ids=lambda layout: layout.name)
def test_a_form_that_nobody_touched_changes_nothing(layout: Layout) -> None:
    """Of every element of the sample hospital."""
    nothing: Any = dict.fromkeys(get_args(Ref), ())
    found: Any = tree((HOSPITAL / "plan.toml").read_text("utf-8"))
    for step in layout.path:
        found = found.get(step, {}) if isinstance(found, Mapping) else {}
    for doc in found or () if layout.is_list else [found]:
        shape = shape_of(layout.item, doc)
        again = read(layout.item, sent(drawn(layout.item, doc, nothing)), doc, lambda text: f"kept {text}")
        assert plain(again) == {key: value for key, value in plain(doc).items() if key in shape.model.model_fields}
