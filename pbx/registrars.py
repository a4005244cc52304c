"""Our registrations at carriers, looked at every ten seconds while the exchange answers."""

from __future__ import annotations

from datetime import timedelta

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.logger import Logger

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.tasks import Tasks
from pbx.engine.console import LOOK, Console, registrations
from pbx.trunks import Trunks

EVERY = timedelta(seconds=10)
SILENT = (OSError, ConnectError, ConnectionLost)


class Registrars:
    """Tells `trunks` what became of them. Asks nothing where no trunk logs in."""

    log = Logger()

    def __init__(self, console: Console, trunks: Trunks, clock: Clock) -> None:
        self._console = console
        self._trunks = trunks
        self._clock = clock
        self._tasks = Tasks()

    def start(self) -> None:
        """Look from now on."""
        self._tasks.stop()
        if self._trunks.log_in():
            self._tasks.start(self._look(), "looking at registrations")

    def stop(self) -> None:
        """Look no more."""
        self._tasks.stop()

    async def reload(self) -> None:
        """Have Asterisk open, or close, the door for browsers: its REST interface cannot ask for that."""
        try:
            await self._console.ask("module reload http")
        except SILENT as why:
            self.log.warn("Asterisk's console does not answer: {why}", why=why)

    async def _look(self) -> None:
        while True:
            try:
                self._trunks.registered(registrations(await self._console.ask(LOOK)))
            except CancelledError:
                raise
            except SILENT as why:
                self.log.warn("Asterisk's console does not answer: {why}", why=why)
            await sleep(self._clock, EVERY)
