"""Calls that talk are looked after, and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from appliance.foundation.bus import Bus
from billing.bill import Lease
from billing.care import Care
from billing.last_minute import LastMinute
from billing.lease import Leases
from tests.billing.exchange import SHANGHAI, House
from tests.fakes.clock import START
from tests.support import now


class Nurse:
    """Care of one lease of five minutes."""

    def __init__(self) -> None:
        self.house = House()
        account = self.house.account()
        self.house.dial("c1", self.house.string(account))
        self.house.kill()
        self.leases = Leases(self.house.database, self.house.tariffs, SHANGHAI, self.house.clock, Bus())
        house = self.house
        last = LastMinute(timedelta(seconds=60), house.accounts, house.exchange, house.prompts)
        self.care = Care(self.leases, house.exchange, 300, house.clock, last)
        found = now(self.leases.find("c1"))
        assert found is not None
        self.lease: Lease = now(self.leases.answered(found, START))

    def granted(self) -> int:
        """Seconds granted by now."""
        return int(self.house.lease("c1").granted_seconds)


def test_an_expected_call_is_extended_and_noted() -> None:
    """Every ten seconds, and at two fifths of its lease."""
    nurse = Nurse()
    nurse.care.expect("c1")
    nurse.care.begin(nurse.lease)
    nurse.house.wait(125)
    assert nurse.granted() == 420
    assert nurse.house.lease("c1").last_seen_at == START + timedelta(seconds=120)


@pytest.mark.parametrize("hours", [-2, 2])
def test_setting_the_clock_takes_no_credit(hours: int) -> None:
    """The same is granted, and the exchange told the same, as had nobody touched it."""
    grants = []
    for by in (0, hours):
        nurse = Nurse()
        nurse.care.expect("c1")
        nurse.care.begin(nurse.lease)
        nurse.house.wait(60)
        nurse.house.clock.set(timedelta(hours=by))
        nurse.house.wait(400)
        cut = nurse.house.exchange.legs["c1"].cut
        assert cut is not None
        grants.append((nurse.granted(), cast(Any, cut).getTime()))
    assert grants[0] == grants[1]


def test_a_call_whose_answer_is_written_down_after_its_end_is_left_alone() -> None:
    """The database was slow; the call is over by now."""
    nurse = Nurse()
    nurse.care.expect("c1")
    nurse.care.end("c1")
    nurse.care.begin(nurse.lease)
    nurse.house.wait(600)
    assert nurse.granted() == 300
    assert nurse.house.clock.twisted.calls == []


def test_a_call_told_twice_is_looked_after_once() -> None:
    """No second timer."""
    nurse = Nurse()
    nurse.care.expect("c1")
    for _ in range(2):
        nurse.care.begin(replace(nurse.lease))
    assert len(nurse.house.clock.twisted.calls) == 2


def test_when_it_is_stopped_no_timer_is_left() -> None:
    """Neither heartbeat nor extension."""
    nurse = Nurse()
    nurse.care.expect("c1")
    nurse.care.begin(nurse.lease)
    nurse.care.stop()
    assert nurse.house.clock.twisted.calls == []
    assert not nurse.care.expects("c1")


def test_an_extension_the_exchange_did_not_take_is_told_again() -> None:
    """The credit is held already; ten seconds later the exchange hears of it."""
    nurse = Nurse()
    nurse.care.expect("c1")
    nurse.care.begin(nurse.lease)
    legs = dict(nurse.house.exchange.legs)
    nurse.house.exchange.legs.clear()
    nurse.house.wait(125)
    assert nurse.granted() == 420
    nurse.house.exchange.legs.update(legs)
    nurse.house.wait(10)
    cut = nurse.house.exchange.legs["c1"].cut
    assert cut is not None
    assert nurse.granted() > 420
