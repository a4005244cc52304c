"""What a recording says of who talks with whom."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pbx.leg import Leg
from pbx.pair import Pair
from pbx.recording.talk import talk_of


def leg(name: str, identity: str, number: str = "") -> Leg:
    """A channel that is there."""
    made = Leg(identity, name)
    made.number = number
    return made


def pair(caller: Leg, called: Leg) -> Pair:
    """Two who talk."""
    return Pair(caller, called, "b1", cast(Any, None))


DESK = ("PJSIP/8001-00000001", "1700.1", "8001")


@pytest.mark.parametrize(
    ("caller", "called", "direction", "ends", "trunk"),
    [
        (DESK, ("PJSIP/8002-00000002", "c1-desk-1", "8002"), "internal", ("8001", "8002"), ""),
        (DESK, ("PJSIP/trunk-telecom-00000002", "c1-out-1", "8613800138000"), "out", ("8001",), "telecom"),
        (DESK, ("PJSIP/trunk-telecom_freely-00000002", "c1-line-1", "8613800138000"), "out", ("8001",), "telecom"),
        (("PJSIP/trunk-uni-com-00000001", "1700.1", "13700000000"), DESK, "in", ("8001",), "uni-com"),
        (("PJSIP/trunk-telecom-00000001", "ab-rung-0", "8613800138000"), DESK, "out", ("8001",), "telecom"),
    ],
)
def test_direction_ends_and_trunk_are_read_off_the_legs(
    caller: tuple[str, str, str], called: tuple[str, str, str], direction: str, ends: tuple[str, ...], trunk: str
) -> None:
    """Who is outside is on a trunk; whom the house rang there did not call."""
    talk = talk_of("c1", pair(leg(*caller), leg(*called)))
    assert (talk.ends.direction, talk.ends.extensions, talk.trunk) == (direction, ends, trunk)
    assert (talk.caller, talk.called) == (caller[2], called[2])


def test_who_picked_up_for_another_is_named() -> None:
    """They were not rung by their number."""
    talk = talk_of("c1", pair(leg(*DESK), leg("PJSIP/8009-00000003", "1700.9")))
    assert (talk.called, talk.ends.extensions) == ("8009", ("8001", "8009"))
