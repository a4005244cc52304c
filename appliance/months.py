"""What happens to money by the month: bills for whoever pays by the month, and the closing of the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.plan import Site
from billing.closing import Closings
from billing.payers import Payers

OFTEN = timedelta(hours=1)
"""How often it is looked whether a month has ended."""


class Months:
    """The zone is the site's at the start: months do not move with a plan."""

    def __init__(self, database: Transactions, site: Callable[[], Site], clock: Clock, bus: Bus) -> None:
        here = site()
        self.payers = Payers(database, here.zone, here.language, clock, bus)
        self.closings = Closings(database, here.zone, clock, bus)
        self._clock = clock
        self._tasks = Tasks()

    def start(self) -> None:
        """Write the bills of each month when it is over; a call that comes earlier writes the one that concerns it."""
        self._tasks.start(self._watch(), "writing monthly bills")

    def stop(self) -> None:
        """Leave what is due to the next start."""
        self._tasks.stop()

    async def _watch(self) -> None:
        while True:
            await self._tasks.until_done(self._bill, "writing monthly bills", self._clock)
            await sleep(self._clock, OFTEN)

    async def _bill(self) -> None:
        await self.payers.bill()
