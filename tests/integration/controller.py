"""Our program in small, to be killed: connects `600<number>` over the first trunk, and says what happens."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from pbx.engine.records import Records
from pbx.exchange import Exchange
from pbx.incoming import IncomingCall
from pbx.plan import PbxPlan


def say(what: str, **facts: str) -> None:
    """One line for the test."""
    print(json.dumps({"what": what, **facts}), flush=True)


def main(facts: dict[str, Any]) -> None:
    """Run until killed."""
    reactor: Any = _reactor
    plan = PbxPlan.model_validate(facts["plan"])
    trunk = plan.trunks[0].id
    bus, up = Bus(), Deferred[None]()

    def heard(event: HealthChanged) -> None:
        if event.part == f"trunk:{trunk}" and event.state is State.UP and not up.called:
            up.callback(None)

    bus.subscribe(HealthChanged, heard)
    exchange = Exchange(
        plan,
        port=facts["port"],
        password=facts["password"],
        records=Records(Path(facts["records"])),
        country="CN",
        reactor=reactor,
        clock=ReactorClock(reactor),
        bus=bus,
    )

    async def serve(caller: IncomingCall) -> None:
        async def answered(at: datetime) -> None:
            say("answered", call=caller.call, at=at.isoformat())

        number = caller.dialled.removeprefix("600")
        ended = await exchange.dialer.connect(caller, number, trunk, timedelta(seconds=facts["limit"]), answered)
        say("ended", call=caller.call, outcome=ended.outcome)

    async def begin() -> None:
        exchange.register("600", serve)
        exchange.start()
        await exchange.in_touch()
        await exchange.sweep()
        await up
        say("ready")

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(begin()))
    reactor.run()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
