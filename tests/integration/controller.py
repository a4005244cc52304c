"""Our program in small, to be killed: connects `600<number>` over the first trunk, and says what happens.

It records what is said where the test wants that.
"""

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
from pbx.calls.book import CallBook
from pbx.engine.records import Records
from pbx.exchange import Exchange
from pbx.incoming import IncomingCall
from pbx.number_plan import Here
from pbx.plan import PbxPlan
from pbx.plan_recording import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import way
from tests.integration.recorded import record


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
        directory=Path(facts["records"]).parent.parent,
        records=Records(Path(facts["records"])),
        here=Here("CN", "571"),
        reactor=reactor,
        clock=ReactorClock(reactor),
        bus=bus,
        book=CallBook(InlineDatabase(), ReactorClock(reactor), bus),
    )

    async def serve(caller: IncomingCall) -> None:
        async def answered(at: datetime) -> None:
            say("answered", call=caller.call, at=at.isoformat())

        number = caller.dialled.removeprefix("600")
        ended = await exchange.dialer.connect(
            caller, number, way(trunk, number), timedelta(seconds=facts["limit"]), answered
        )
        say("ended", call=caller.call, outcome=ended.outcome)

    if kept := facts.get("record"):
        directory, sound = Path(kept["directory"]), Path(kept["sound"])
        record(
            exchange,
            Recording.model_validate(kept["plan"]),
            directory,
            sound,
            asterisk=Path(kept["asterisk"]),
            records=Records(Path(facts["records"])),
            reactor=reactor,
            clock=ReactorClock(reactor),
        )

    async def begin() -> None:
        exchange.numbers.register("600", serve)
        exchange.start()
        await exchange.in_touch()
        await exchange.sweep()
        await up
        say("ready")

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(begin()))
    reactor.run()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
