"""Calls that real carriers carry badly: the cheapest line is passed over, by the results of calls that were made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.values import Money
from pbx.calls.views import CallRow, Wanted, search, story
from pbx.number_plan import Here
from pbx.plan import PbxPlan
from pbx.reason import Reason
from pbx.traffic.quality import Quality
from pbx.traffic.traffic import Traffic
from pbx.trunk_lines import LineCall
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.test_exchange import until_nobody_calls
from tests.real_reactor import Heard, call, reactor, run

MOBILE = "13800138000"
ENOUGH = 3
"""Calls make a verdict."""


def cost(trunk: str, number: str, at: datetime) -> Money:
    """Telecom is the cheapest."""
    return Money({"telecom": 1000, "unicom": 2000}[trunk])


def planned(plan: PbxPlan, floor: dict[str, int]) -> PbxPlan:
    """Everybody may call mobiles, over the cheapest line that is good enough."""
    name = {"zh": "线路", "en": "Lines"}
    routes = [{"name": name, "trunks": ["telecom", "unicom"], "order": "cheapest"}]
    outgoing = {"routes": routes, "quality": {"calls": ENOUGH, **floor}}
    groups = [{"numbers": "8001-8010", "name": name, "may_dial": ["internal", "mobile"]}]
    whole = plan.model_dump(mode="json", exclude={"extensions", "outgoing"})
    return PbxPlan.model_validate(whole | {"extensions": groups, "outgoing": outgoing})


class House:
    """An exchange that counts its calls and goes by what was counted. One life of it."""

    def __init__(self, telephony: Telephony, database: InlineDatabase) -> None:
        self.telephony, clock = telephony, ReactorClock(reactor)
        self.quality, self.traffic = Quality(lambda: telephony.plan, clock), Traffic(database, clock)
        run(self.quality.load(self.traffic))
        self.over: Heard[LineCall] = Heard()
        here = Here("CN", "571", below=self.quality.below)
        self.exchange = telephony.exchange(here=here, cost=cost)
        self.exchange.trunks.told = self._told
        run(self.exchange.sweep())

    def _told(self, over: LineCall) -> None:
        self.quality.over(over)
        self.traffic.over(over)
        self.over.append(over)

    def stop(self) -> None:
        call(self.exchange.stop)
        run(self.traffic.finish())

    def first(self) -> str:
        """The line that a call would take now."""
        return self.exchange.numbers.decide("8003", MOBILE).routes[0].trunk

    async def fails(self) -> None:
        """A call rings for a while, and is given up by who called."""
        so_far = len(self.over)
        asked = {"extension": "8003", "digits": MOBILE, "talk": 60, "until": "dialled"}
        phone = await self.telephony.simulator.dial(asked)
        while not any(leg.rang for leg in self.exchange.board.legs.values() if "-line-" in leg.id):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await self.telephony.simulator.hang_up({"call": phone["call"]})
        await self.over.until(lambda over: len(over) > so_far)
        await until_nobody_calls(self.telephony)

    async def talks(self) -> tuple[CallRow, list[str]]:
        """A call that is answered; it and its story."""
        began, so_far = ReactorClock(reactor).now(), len(self.over)
        phone = await self.telephony.simulator.dial(
            {"extension": "8003", "digits": MOBILE, "talk": 60, "until": "answered"}
        )
        assert phone["outcome"] == "answered", phone
        await self.telephony.simulator.hang_up({"call": phone["call"]})
        await self.over.until(lambda over: len(over) > so_far)
        await until_nobody_calls(self.telephony)
        await self.telephony.book.written()
        (row,) = await search(self.telephony.database, Wanted(began, ReactorClock(reactor).now()), 1)
        told = await story(self.telephony.database, row.id)
        assert told is not None
        steps = [Reason.read(one.body["reason"]).text("en") for one in told.entries if one.kind == "pbx.CallStep"]
        return row, steps


@pytest.fixture(params=[{"answered": 50}, {"ringing_seconds": 1}], ids=["answers", "ringing"])
def telephony(request: Any, tmp_path: Path) -> Iterator[Telephony]:
    with Telephony(tmp_path, shape=lambda plan: planned(plan, request.param)) as pair:
        yield pair


def test_the_cheapest_line_is_passed_over_where_calls_fare_badly(telephony: Telephony) -> None:
    """Telecom's calls are not answered, or ring too late; Unicom's are dearer and good. Another life remembers."""
    late, database = bool(telephony.plan.outgoing.quality.ringing_seconds), InlineDatabase()
    house = House(telephony, database)

    async def fare_badly() -> tuple[CallRow, list[str]]:
        good, _ = await house.talks()
        assert good.trunk == "telecom"
        await telephony.simulator.carrier({"trunk": "telecom", "mode": "late" if late else "no-answer"})
        for _ in range(ENOUGH - 1):
            assert house.first() == "telecom"
            await (house.talks() if late else house.fails())
        return await house.talks()

    passed, steps = run(fare_badly(), 120)
    assert passed.trunk == "unicom"
    why = "s to ring on average in" if late else f"% of its {ENOUGH} calls in 4 h were answered, the plan asks 50 %"
    assert any("comes last: " in step and why in step for step in steps), steps
    house.stop()

    after = House(telephony, database)
    assert [line.trunk for line in after.exchange.numbers.decide("8003", MOBILE).routes] == ["unicom", "telecom"]
    again, _ = run(after.talks(), 60)
    assert again.trunk == "unicom"
    after.stop()
