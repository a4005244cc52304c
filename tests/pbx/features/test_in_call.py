"""Whose keys count while talking."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pbx.features.in_call import InCall
from pbx.leg import Leg
from pbx.pair import Pair
from pbx.plan_features import InCallKeys
from tests.fakes.clock import FakeClock


def heard(caller: Leg, called: Leg, *, outside: bool = False) -> list[str]:
    """The ids of legs whose keys are heard when these two talk."""
    anything: Any = SimpleNamespace(board=None)
    keys = InCallKeys(outside=outside)
    pair = Pair(caller, called, "bridge", anything)
    InCall(keys, ["8004", "8005"], anything, anything, FakeClock()).talk(pair)
    return [leg.id for leg in (caller, called) if leg.pressed]


@pytest.mark.parametrize(
    ("called", "outside", "ids"),
    [
        (("c-desk-1", "PJSIP/8005-2"), False, ["caller", "c-desk-1"]),
        (("c-line-1", "PJSIP/trunk-telecom-2"), False, ["caller"]),
        (("c-line-1", "PJSIP/trunk-telecom-2"), True, ["caller", "c-line-1"]),
        (("c-out-1", "PJSIP/trunk-telecom-2"), True, []),
    ],
)
def test_whose_keys_count(called: tuple[str, str], outside: bool, ids: list[str]) -> None:
    """The house's own; outside's where the plan says so; nobody's in a call that a patient pays for."""
    assert heard(Leg("caller", "PJSIP/8004-1"), Leg(*called), outside=outside) == ids
