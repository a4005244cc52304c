"""Asterisk reads its changed configuration anew; calls go on."""

from __future__ import annotations

from datetime import timedelta

from appliance.foundation.clock import Clock, sleep
from pbx.ari.transport import Ari, Refused, Unreachable

READINGS, A_MOMENT, BUSY_READING = 60, timedelta(milliseconds=500), 409
DIALPLAN = "pbx_config.so"
ALL = ("res_pjsip.so", DIALPLAN, "res_musiconhold.so")


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
                await self._ari.request("PUT", f"asterisk/modules/{module}")
            except Refused as why:
                if why.status != BUSY_READING:
                    raise
                await sleep(self._clock, A_MOMENT)
            else:
                return
        raise Unreachable(f"Asterisk does not come to read {module} anew")
