"""Who dials in the seconds after a start of ours, on real Asterisk: before any trunk is known to be up."""

from __future__ import annotations

from pathlib import Path

from pbx.plan import PbxPlan
from pbx.plan_trunks import SipTrunk
from tests.integration.asterisk import Telephony
from tests.real_reactor import run

SELDOM = 600
"""Seconds between two probes: Asterisk asked its carriers before they were there, and asks again when all is over."""


def seldom_probed(plan: PbxPlan) -> PbxPlan:
    """`plan` with trunks of which nobody can know for a while, and telephones that may dial out."""
    trunks = [SipTrunk.model_validate({**one.model_dump(), "probe": SELDOM}) for one in plan.trunks]
    phones = [one.model_copy(update={"may_dial": ("internal", "mobile")}) for one in plan.extensions]
    return plan.model_copy(update={"trunks": tuple(trunks), "extensions": tuple(phones)})


def test_a_caller_is_connected_before_any_trunk_is_known_to_be_up(tmp_path: Path) -> None:
    """Both are as they are after a start; the call goes out, and only then something is known of them."""
    with Telephony(tmp_path, shape=seldom_probed) as pair:
        exchange = pair.exchange(found={"telecom": "starting", "unicom": "starting"})
        run(exchange.sweep())
        told = run(pair.simulator.dial({"extension": "8001", "digits": "13800138000", "talk": 1}))
        assert told["outcome"] == "answered"


def test_a_carrier_that_is_silent_then_costs_a_moment_and_no_call(tmp_path: Path) -> None:
    """The first of the two that nobody knows of does not answer: the second is tried."""
    with Telephony(tmp_path, shape=seldom_probed) as pair:
        run(pair.simulator.carrier({"mode": "silent", "trunk": "telecom"}))
        exchange = pair.exchange(found={"telecom": "starting", "unicom": "starting"})
        run(exchange.sweep())
        told = run(pair.simulator.dial({"extension": "8001", "digits": "13800138000", "talk": 1}))
        over = {call["endpoint"] for call in run(pair.simulator.calls({}))["calls"]}
        assert (told["outcome"], over <= {"trunk-unicom", "8001"}) == ("answered", True)
