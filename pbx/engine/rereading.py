"""Asterisk reads its changed configuration anew; calls go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation.clock import Clock, sleep
from pbx.ari.transport import Ari, Refused, Unreachable

log = Logger()

READING = timedelta(seconds=60)
"""A box with much to do, and a long plan: it may be slow, and is not out of touch."""
READINGS, A_MOMENT, BUSY_READING = 60, timedelta(milliseconds=500), 409
DIALPLAN = "pbx_config.so"
ALL = ("res_pjsip.so", DIALPLAN, "res_musiconhold.so")


class Exchange(Protocol):
    """What has a configuration to be read."""

    async def in_touch(self) -> None:
        """Wait until it can be asked."""
        ...

    async def reload(self) -> None:
        """Have it read its configuration. Raises AriError."""
        ...


async def read_at_last(exchange: Exchange, clock: Clock) -> None:
    """Have it read its configuration, however often it is lost meanwhile. Raises Refused: it will not."""
    while True:
        await exchange.in_touch()
        try:
            return await exchange.reload()
        except Unreachable as why:
            log.warn("the exchange was lost while it read its configuration: {why}", why=why)
            await sleep(clock, A_MOMENT)


class Rereading:
    """Asterisk reads one thing at a time: while another reading goes on, ours is refused and asked for again."""

    def __init__(self, ari: Ari, clock: Clock) -> None:
        self._ari, self._clock = ari, clock

    async def read(self, *modules: str) -> None:
        """One after the other. Raises AriError."""
        for module in modules:
            await self._read(module)

    async def _read(self, module: str) -> None:
        for _ in range(READINGS):
            try:
                await self._ari.request_within(READING, "PUT", f"asterisk/modules/{module}")
            except Refused as why:
                if why.status != BUSY_READING:
                    raise
                await sleep(self._clock, A_MOMENT)
            else:
                return
        raise Unreachable(f"Asterisk does not come to read {module} anew")
