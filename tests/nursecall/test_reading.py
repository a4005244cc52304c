"""What a message means on the ward."""

from __future__ import annotations

from typing import Any

import pytest

from nursecall.line_ends import read
from nursecall.plan_lines import EspaLine
from nursecall.reading import Ended, Press, Unreadable
from nursecall.wire.espa444 import Call, Garbled, Reset, Status

TYPES = {"卫生间|WC": "wc", "急救|蓝色|CODE": "code-blue", "增援|ASSIST": "assist"}


def line(**more: Any) -> EspaLine:
    """The sample hospital's line."""
    return EspaLine.model_validate({"id": "ward-a", "ward": "a", "device": "a", "types": TYPES, **more})


@pytest.mark.parametrize(
    ("text", "bed", "kind"),
    [
        ("28床 呼叫", "28", "call"),
        ("28床 卫生间", "28", "wc"),
        ("Bed 28 WC", "28", "wc"),
        ("急救 3床", "3", "code-blue"),
        ("028", "28", "call"),
        ("1203-2 增援", "1203-2", "assist"),
        ("0床", "0", "call"),
        ("000", "0", "call"),
    ],
)
def test_bed_and_type_are_found_in_the_text(text: str, bed: str, kind: str) -> None:
    """The first pattern that is found wins, else the line's default; zeros that hosts fill up with go."""
    assert read(line(), Call(text=text)) == Press("a", bed, kind)


def test_the_first_pattern_wins() -> None:
    """In the order of the plan."""
    assert read(line(), Call(text="28床 卫生间 急救")) == Press("a", "28", "wc")


def test_the_bed_may_stand_in_the_address() -> None:
    """The type still stands in the text."""
    by_address = line(bed_from="address", bed_pattern=r"^A(?P<bed>\d+)$")
    assert read(by_address, Call(address="A028", text="WC 7")) == Press("a", "28", "wc")
    assert read(by_address, Call(address="B028", text="WC 7")) == Unreadable("B028")


def test_a_reset_ends_one_type_or_all() -> None:
    """A reset that names a type ends that; one that names none ends whatever the bed has open."""
    assert read(line(), Reset(text="28床 卫生间")) == Ended("a", "28", "wc")
    assert read(line(), Reset(text="28床 复位")) == Ended("a", "28", None)


@pytest.mark.parametrize("event", [Call(), Call(text="呼叫"), Reset(address="28"), Call(text="")])
def test_a_message_without_a_bed_is_unreadable(event: Call | Reset) -> None:
    """It is told as such, not guessed."""
    assert isinstance(read(line(), event), Unreadable)


def test_a_pattern_whose_bed_took_no_part_is_unreadable() -> None:
    """An optional group."""
    assert isinstance(read(line(bed_pattern=r"x(?P<bed>\d+)?"), Call(text="x")), Unreadable)


def test_what_is_no_call_means_nothing_on_the_ward() -> None:
    """Status and rubbish."""
    assert read(line(), Status(address="28", text="28")) is None
    assert read(line(), Garbled("noise", b"\xff")) is None
