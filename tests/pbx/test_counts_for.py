"""For whom a call outside counts."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pbx.incoming import IncomingCall
from pbx.leg import Leg
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(
    ("channel", "counts_for"), [("PJSIP/8001-00000001", "8001"), ("PJSIP/trunk-telecom-00000001", "<8001")]
)
def test_whoever_shows_the_number_of_an_extension_over_a_trunk_is_not_it(channel: str, counts_for: str) -> None:
    """What the carrier asserts is the caller's word."""
    leg = Leg("c1", channel)
    leg.number = "8001"
    assert IncomingCall(leg, "8001", "", cast(Any, None), FakeClock()).counts_for == counts_for
