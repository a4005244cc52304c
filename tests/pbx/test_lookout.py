"""Trunks that show no life are looked at again, and read again once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.i18n import Text
from appliance.foundation.tasks import Tasks
from pbx.ari.transport import Refused, Unreachable
from pbx.lookout import PACE, Lookout, endpoints
from pbx.plan_trunks import SipTrunk
from pbx.trunks import Trunks
from tests.fakes.clock import FakeClock
from tests.support import now

NAME = Text(zh="名", en="name")
PLAN = [SipTrunk(id=name, name=NAME, host="192.0.2.1", tariff="t", channels=2) for name in ("a", "b")]


class Box:
    """Asterisk with its endpoints, by name whether each is online. deaf: it does not answer. readings: of files."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.trunks = Trunks(PLAN, self.clock, Bus())
        self.trunks.in_touch()
        self.endpoints: dict[str, bool] = {"trunk-a": True, "trunk-b": True, "8001": False}
        self.readings = 0
        self.deaf = False
        self.asked = 0
        self.tasks = Tasks()
        self.tasks.start(Lookout(self, self.trunks, self.reload, self.clock).keep(), "looking")

    async def request(self, method: str, path: str) -> Any:
        assert (method, path) == ("GET", "endpoints/PJSIP")
        self.asked += 1
        if self.deaf:
            raise Unreachable("no answer")
        if not self.endpoints:
            raise Refused(404, "Not Found")
        return [{"resource": name, "state": "online" if up else "offline"} for name, up in self.endpoints.items()]

    async def reload(self) -> None:
        if self.deaf:
            raise Unreachable("no answer")
        self.readings += 1

    def looks(self, times: int) -> None:
        for _ in range(times):
            self.clock.advance(PACE)


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    yield box
    box.tasks.stop()


def test_a_trunk_whose_first_sign_of_life_we_missed_is_seen(box: Box) -> None:
    """And nobody asks again once every trunk lives."""
    box.looks(1)
    assert sorted(box.trunks.healthy()) == ["a", "b"]
    box.looks(3)
    assert (box.asked, box.readings) == (1, 0)


def test_a_trunk_that_shows_no_life_twice_is_read_again_once(box: Box) -> None:
    """Asterisk may never have probed it; a dead one is not read for ever."""
    box.endpoints["trunk-b"] = False
    box.looks(1)
    assert box.readings == 0
    box.looks(5)
    assert (box.readings, box.trunks.healthy()) == (1, ["a"])
    box.endpoints["trunk-b"] = True
    box.looks(1)
    assert sorted(box.trunks.healthy()) == ["a", "b"]


def test_a_trunk_that_asterisk_does_not_know_is_read_again_once(box: Box) -> None:
    """Its files may have been read before they were whole; or its password is missing."""
    del box.endpoints["trunk-b"]
    box.looks(6)
    assert (box.readings, box.trunks.healthy()) == (1, ["a"])


def test_a_reading_that_failed_is_tried_again(box: Box) -> None:
    """Whoever cannot be asked now is asked at the next look."""
    box.endpoints["trunk-b"] = False
    box.looks(1)
    box.deaf = True
    box.looks(3)
    assert box.readings == 0
    box.deaf = False
    box.looks(1)
    assert box.readings == 1


def test_a_new_box_has_nobody(box: Box) -> None:
    """Without telephones and trunks Asterisk knows of no such endpoints at all, and says 404: that is no fault."""
    box.endpoints = {}
    assert now(endpoints(box)) == {}
