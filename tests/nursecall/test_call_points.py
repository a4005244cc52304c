"""Call points that a host calls otherwise than the door of the bed."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan
from nursecall.plan_lines import EspaLine
from nursecall.reading import Ended, Press, words
from tests.test_sample_hospital import HOSPITAL

POINTS = [{"says": "0417", "bed": "12"}, {"says": "9", "bed": "加1"}, {"says": "9", "bed": "3", "ward": "ward-b"}]
LINE = EspaLine.model_validate(
    {
        "id": "host",
        "ward": "ward-a",
        "device": "host",
        "bed_pattern": r"(?:(?P<ward>[AB])-)?(?P<bed>\d+)",
        "wards": {"A": "ward-a", "B": "ward-b"},
        "ends": ["复位"],
        "points": POINTS,
    }
)
TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("said", "ward", "bed"),
    [
        ("0417 呼叫", "ward-a", "12"),
        ("417 呼叫", "ward-a", "417"),
        ("9 呼叫", "ward-a", "加1"),
        ("09 呼叫", "ward-a", "加1"),
        ("A-9 呼叫", "ward-a", "加1"),
        ("B-9 呼叫", "ward-b", "3"),
        ("B-0417 呼叫", "ward-b", "417"),
        ("28 呼叫", "ward-a", "28"),
    ],
)
def test_a_host_has_names_of_its_own(said: str, ward: str, bed: str) -> None:
    """As it writes them, or without the zeros in front; a point of another ward than the message names is not meant."""
    assert words(LINE, said, said) == Press(ward, bed, "call")


def test_the_reset_finds_the_same_bed() -> None:
    """Else a call could never be ended at its bedside."""
    assert words(LINE, "0417 复位", "0417 复位") == Ended("ward-a", "12", None)


def said_of(points: str) -> list[str]:
    """What is wrong with the sample plan whose line ward-a has these call points."""
    with pytest.raises(Faulty) as why:
        parse(
            TEXT.replace('id = "ward-a"\nward = "ward-a"', f'id = "ward-a"\nward = "ward-a"\npoints = {points}'), Plan
        )
    return [fault.text("en") for fault in why.value.faults]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ('[{ says = "0417", bed = "99" }]', "nursecall.lines[0].points[0].bed: there is no bed '99' in ward 'ward-a'"),
        ('[{ says = "0417", bed = "1", ward = "x" }]', "nursecall.lines[0].points: there is no ward 'x'"),
        (
            '[{ says = "0417", bed = "1" }, { says = "0417", bed = "2" }]',
            "nursecall.lines[0].points[1].says: call point '0417' is listed twice",
        ),
    ],
)
def test_a_call_point_of_no_bed_is_refused_with_its_place(points: str, said: str) -> None:
    """A wrong one would call for help to nowhere."""
    assert [fault.partition(": ")[2] for fault in said_of(points)] == [said]


def test_a_contact_of_no_bed_is_refused_with_its_place() -> None:
    """The same for wires."""
    with pytest.raises(Faulty) as why:
        parse(TEXT.replace('{ input = 1, bed = "4", means = "wc" }', '{ input = 1, bed = "44", means = "wc" }'), Plan)
    assert "nursecall.lines[3].units[0].contacts[1].bed: there is no bed '44' in ward 'ward-c'" in str(why.value)
