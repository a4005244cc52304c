"""Whether another line may do better than one that did not carry a call."""

from __future__ import annotations

import pytest

from appliance.foundation.i18n import Text
from pbx.routing import Line, is_lines_fault, without


def line(*, coded: bool) -> Line:
    """One way out, with or without a prefix code before the number."""
    return Line("telecom", Text(zh="电信", en="Telecom"), "13800138000", "", coded=coded)


@pytest.mark.parametrize(
    ("outcome", "coded", "again"),
    [
        ("congestion", False, True),
        ("unreachable", False, True),
        ("busy", False, False),
        ("no-answer", True, False),
        ("answered", False, False),
        ("no-such-number", False, False),
        ("no-such-number", True, True),
    ],
)
def test_another_line_is_tried_where_it_may_do_better(outcome: str, coded: bool, again: bool) -> None:
    """A number that is nobody's is so everywhere; behind a prefix code it may be the code that nobody knows."""
    assert is_lines_fault(line(coded=coded), outcome) is again


@pytest.mark.parametrize("outcome", ["answered", "busy", "no-answer", "caller-left"])
def test_nothing_is_said_of_a_line_that_did_what_it_could(outcome: str) -> None:
    """What the person there did is told elsewhere."""
    assert without(line(coded=False), outcome) is None
