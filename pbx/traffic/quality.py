"""How well each trunk has carried calls out lately, and which are below what the plan asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from appliance.foundation.clock import Clock
from pbx.plan import PbxPlan
from pbx.plan_outgoing import QualityFloor
from pbx.plan_trunks import Trunk
from pbx.reason import Fact, Reason
from pbx.traffic.hours import HOUR, NOTHING, Amount, Key, amounts, hour_of
from pbx.traffic.traffic import Traffic
from pbx.trunk_lines import LineCall

LONGEST = timedelta(hours=168)
TOO_FEW = "“{trunk}” comes last: {ratio} % of its {calls} calls in {hours} h were answered, the plan asks {least} %."
TOO_SLOW = "“{trunk}” comes last: it took {delay} s to ring on average in {hours} h, the plan allows {most} s."


class Quality:
    """Calls out are counted as they end; `load` brings those from before the start. plan: the one in force."""

    def __init__(self, plan: Callable[[], PbxPlan], clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._hours: defaultdict[Key, Amount] = defaultdict(lambda: NOTHING)

    def over(self, call: LineCall) -> None:
        """A call over a trunk is over."""
        if call.incoming:
            return
        oldest = hour_of(self._clock.now() - LONGEST)
        for key in [key for key in self._hours if key.hour < oldest]:
            del self._hours[key]
        for key, amount in amounts(call):
            self._hours[key] += amount

    async def load(self, traffic: Traffic) -> None:
        """What was counted in the records, in place of what we know."""
        now = self._clock.now()
        found = await traffic.read(hour_of(now - LONGEST), now + HOUR)
        self._hours.clear()
        self._hours.update({key: amount for key, amount in found.items() if not key.incoming})

    def of(self, trunk: str, hours: int) -> Amount:
        """What went out over a trunk in the hours that began at most so long ago."""
        oldest = self._clock.now() - timedelta(hours=hours)
        found = (amount for key, amount in self._hours.items() if key.trunk == trunk and key.hour >= oldest)
        return sum(found, NOTHING)

    def below(self, trunk: str) -> Reason | None:
        """Why a trunk comes last where the cheapest goes first; None where it does not."""
        plan = self._plan()
        floor = plan.outgoing.quality
        if not floor.judges:
            return None
        known = next((one for one in plan.trunks if one.id == trunk), None)
        return shortfall(floor, known, self.of(trunk, floor.hours)) if known is not None else None


def shortfall(floor: QualityFloor, trunk: Trunk, amount: Amount) -> Reason | None:
    """What is wrong with a trunk that carried so much, by the plan; None where nothing is, or too few calls tell."""
    facts: dict[str, Fact] = {"trunk": trunk.name, "hours": floor.hours}
    ratio, delay = amount.ratio, amount.delay
    if floor.answered and ratio is not None and amount.seizures >= floor.calls and ratio < floor.answered:
        return Reason(TOO_FEW, facts | {"calls": amount.seizures, "ratio": f"{ratio:.0f}", "least": floor.answered})
    most = floor.ringing_seconds
    if most and delay is not None and amount.rung >= floor.calls and delay > most:
        return Reason(TOO_SLOW, facts | {"delay": f"{delay:.1f}", "most": most})
    return None
