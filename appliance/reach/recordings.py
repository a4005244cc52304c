"""Recorded speech with beds: where it is kept, and for how long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from nursecall.plan_wards import Ward
from nursecall.speech import TalkRecorded


class Recordings:
    """Sound files, in a directory a ward. directory: where the exchange puts its recordings."""

    log = Logger()

    def __init__(self, directory: Path, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._directory, self._database = directory, database
        self._clock, self._bus = clock, bus

    def place(self, ward: Ward) -> str:
        """A new one's name, as the exchange is told it; empty where the hospital wants no recording."""
        if not ward.phones.record:
            return ""
        try:
            # Asterisk makes no directories for it.
            (self._directory / ward.id).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as why:
            self.log.warn("no speech can be recorded: {why}", why=why)
            return ""
        return f"{ward.id}/{self._clock.now():%Y%m%dT%H%M%S%f}"

    async def made(self, ward: Ward, call: str, name: str) -> None:
        """Write down that there is one, of speech about `call`; throw away what is too old."""
        event = TalkRecorded(at=self._clock.now(), ward=ward.id, call=call, file=f"{name}.wav")
        self.throw_away(ward)
        await self._database.transact(lambda connection: journal.append(connection, event))
        self._bus.publish(event)

    def throw_away(self, ward: Ward) -> None:
        """What was kept as long as the plan says."""
        oldest = (self._clock.now() - timedelta(days=ward.phones.keep_days)).timestamp()
        for file in (self._directory / ward.id).glob("*.wav"):
            try:
                if file.stat().st_mtime < oldest:
                    file.unlink()
            except OSError as why:
                self.log.warn("an old recording could not be removed: {why}", why=why)
