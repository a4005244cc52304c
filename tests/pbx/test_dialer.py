"""Taking over calls that a life before connected: whose they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pbx.dialer import Dialer
from pbx.leg import Leg
from pbx.pair import Pair
from pbx.switchboard import Switchboard
from tests.fakes.clock import FakeClock
from tests.support import now


@pytest.mark.parametrize(
    ("channel", "payer", "theirs"),
    [
        ("PJSIP/8001-0000002a", "8001", True),
        ("PJSIP/28001-0000002a", "8001", False),
        ("PJSIP/8002-0000002a", "8001", False),
        ("PJSIP/trunk-telecom-0000002a", "", False),
        ("PJSIP/trunk-telecom-0000002a", "13700000000", False),
    ],
)
def test_a_call_is_given_back_to_whom_it_was_paid_by_and_to_nobody_else(channel: str, payer: str, theirs: bool) -> None:
    """It may have been handed on: not to an extension whose number ends alike, nor where the payer showed no number."""
    clock = FakeClock()
    board = Switchboard(cast(Any, None), cast(Any, None), clock)
    pair = Pair(Leg("a", channel), Leg("c-out-1", "PJSIP/trunk-telecom-0000002b"), "c-bridge-1", board)

    async def rejoin(call: str) -> Pair:
        return pair

    past = cast(Any, SimpleNamespace(rejoin=rejoin))
    nobody = cast(Any, None)
    dialer = Dialer(board, nobody, nobody, past, clock, nobody)
    caller = now(dialer.regain("c", payer))
    assert (caller is not None) is theirs
