"""A process that accepts and sends messages, to be killed: `python -m tests.pbx.sms.sender DIRECTORY [TEXT …]`.

It prints `accepted` after each text that was accepted, and goes on sending until it is ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.database import Database, metadata
from pbx import plan
from pbx.sms.modem import Modem
from pbx.sms.outbox import Outbox
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import reactor


def main(directory: Path, texts: list[str]) -> None:
    """Run until killed."""
    database = Database(f"sqlite:///{directory / 'records.sqlite'}", reactor)  # type: ignore[arg-type]
    metadata.create_all(database.engine)
    clock, bus = HurriedClock(reactor), Bus()
    outbox = Outbox(database, clock, bus)
    modem = Modem(plan.Modem(id="sms1", device="sms1"), directory, reactor, clock, bus)

    async def accept() -> None:
        for text in texts:
            await outbox.accept("13800138000", text)
            sys.stdout.write("accepted\n")
            sys.stdout.flush()
        outbox.attach(modem)
        outbox.start()
        modem.start()

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(accept()))
    reactor.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
