"""A wall clock that is set while somebody waits: nobody is called early or late, waiting times stay what they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.foundation.clock import UnbrokenClock
from nursecall.events import CallAcknowledged, CallEscalated
from nursecall.store import CallStore
from nursecall.ward import Wards
from tests.nursecall.a_ward import ZONE, AWard
from tests.support import now


class SteadyWard(AWard):
    """As the box is put together: the wards count by a clock that is unbroken while anybody waits."""

    def _build(self) -> None:
        super()._build()
        self.wards.stop()
        clock = UnbrokenClock(self.clock, lambda: not self.wards.open())
        self.wards = Wards(self.plan, ZONE, CallStore(self.database), self.patients, clock, self.bus)


def story(by: timedelta) -> list[tuple[str, float]]:
    """A press; the clock is set by so much a little later; nobody comes for long, then somebody does.

    What was told, and how many seconds after the press by the times that were written.
    """
    ward = SteadyWard()
    ward.press("28")
    [call] = ward.wards.open()
    ward.wait(10)
    ward.clock.set(by)
    ward.wait(300)
    now(ward.wards.acknowledge(call.id, "nurse", "screen"))
    told = [event for event in ward.told if isinstance(event, CallEscalated | CallAcknowledged)]
    ward.wards.stop()
    return [(type(event).__name__, (event.at - call.raised_at).total_seconds()) for event in told]


@pytest.mark.parametrize("hours", [-26, -1, 1, 26])
def test_setting_the_clock_changes_no_waiting_time(hours: int) -> None:
    """Forward nobody is called at once, back nobody waits another hour."""
    untouched = story(timedelta())
    assert len(untouched) > 1
    assert story(timedelta(hours=hours)) == untouched
