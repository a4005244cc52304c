"""The plan's feeds are checked when they are loaded."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.foundation.config import Faulty, parse
from nursecall.plan import NurseCallPlan

PLAN = """\
[[call_types]]
id = "call"
name = { zh = "呼叫", en = "Call" }
spoken = { zh = "呼叫", en = "is calling" }
priority = 3
icon = "bell"

[[wards]]
id = "w1"
name = { zh = "一病区", en = "Ward 1" }
beds = ["1-40"]

[[adt]]
id = "his"
listen = "127.0.0.1:2575"
wards = { "内一" = "w1" }
bed = "{room}-{bed}"
care_grade = "ZPV-3"
care_grades = { "特护" = 0 }
"""


def fault(old: str, new: str) -> tuple[str, int | None, str]:
    """Path, line and sentence of the only fault of the plan with that changed."""
    with pytest.raises(Faulty) as caught:
        parse(PLAN.replace(old, new), NurseCallPlan)
    (found,) = caught.value.faults
    return found.path, found.line, found.message


def test_a_feed_listens_to_this_machine_only_unless_told() -> None:
    """The address is the plan's."""
    feed = parse(PLAN.replace('listen = "127.0.0.1:2575"\n', ""), NurseCallPlan).adt[0]
    assert (feed.host, feed.port) == ("127.0.0.1", 2575)
    feed = parse(PLAN.replace("127.0.0.1:2575", "[::1]:7777"), NurseCallPlan).adt[0]
    assert (feed.host, feed.port) == ("::1", 7777)


@pytest.mark.parametrize(
    ("old", "new", "path", "line", "said"),
    [
        ('"内一" = "w1"', '"内一" = "w9"', "adt[0].wards.内一", 16, "there is no ward 'w9'"),
        ("127.0.0.1:2575", "hospital:2575", "adt[0].listen", 15, "is no address to listen at, such as 127.0.0.1:2575"),
        ("127.0.0.1:2575", "127.0.0.1:0", "adt[0].listen", 15, "ends in no port from 1 to 65535"),
        ("{room}-{bed}", "{room}", "adt[0].bed", 17, "must name {bed}"),
        ("{room}-{bed}", "{bed}{floor}", "adt[0].bed", 17, "may name {ward}, {room} and {facility}"),
        ("ZPV-3", "ZPV.3", "adt[0].care_grade", 18, "is no field of an HL7 message such as PV1-15"),
        ('"特护" = 0', '"特护" = 4', "adt[0].care_grades.特护", 19, "less than or equal to 3"),
        ('wards = { "内一" = "w1" }', "wards = {}", "adt[0].wards", 16, "at least 1 item"),
        ("[[adt]]", '[[adt]]\nid = "x"\nwards = { "a" = "w1" }\n[[adt]]', "adt[1].listen", 18, "used by feed 'x'"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(old: str, new: str, path: str, line: int, said: str) -> None:
    """Before a message comes."""
    found: tuple[Any, ...] = fault(old, new)
    assert found[:2] == (path, line)
    assert said in found[2]
