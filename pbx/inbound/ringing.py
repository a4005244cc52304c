"""What a caller from outside hears until somebody takes the call."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp
from pbx.inbound.call import InboundCall


class RingBack:
    """The carrier's own tone, or a sound of the hospital's over and over: before the answer, or after one for it."""

    def __init__(self, call: InboundCall, sound: Path | None, *, answered: bool) -> None:
        self._call, self._sound, self._answered = call, sound, answered
        self._tasks = Tasks()

    async def start(self) -> None:
        """Begin. Raises HungUp."""
        if self._sound is None:
            await self._call.ring()
            return
        if self._answered:
            await self._call.answer()
        self._tasks.start(self._play(self._sound), "a ring-back tone")

    def stop(self) -> None:
        """Fall silent."""
        self._tasks.stop()

    async def _play(self, sound: Path) -> None:
        with suppress(HungUp):
            while True:
                await self._call.play([sound])
