"""Who is there, by Asterisk's list of its endpoints; and trunks that show no life are looked at again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Protocol

from twisted.logger import Logger

from appliance.foundation.clock import Clock, sleep
from pbx.ari.transport import AriError, Refused
from pbx.trunks import Trunks

ENDPOINTS = "endpoints/PJSIP"
NOT_FOUND = 404
PACE = timedelta(seconds=10)


class Asks(Protocol):
    """What is asked of `Ari`."""

    async def request(self, method: str, path: str) -> Any:
        """The answer's JSON value. Raises AriError."""


async def endpoints(ari: Asks) -> dict[str, bool]:
    """By name, whether each can be reached. Raises AriError."""
    try:
        every = await ari.request("GET", ENDPOINTS)
    except Refused as why:
        if why.status != NOT_FOUND:
            raise
        return {}  # a new box has neither telephone nor trunk: no such technology, says Asterisk
    return {found["resource"]: found["state"] == "online" for found in every}


class Lookout:
    """Looks, each `PACE`, at trunks that have not shown that they live, which may have been told before we listened.

    One that shows no life in two looks is read again by Asterisk, once: it may have missed it, and one reading in
    twenty leaves out to probe a trunk that is new (seen with Asterisk 22.10.1: `pjsip show contacts` says NonQual for
    ever; the next reading mends it). A trunk that is dead, or whose password is missing, costs one reading.

    reload: has Asterisk read its files, calls go on; raises AriError.
    """

    log = Logger()

    def __init__(self, ari: Asks, trunks: Trunks, reload: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self._ari, self._trunks, self._reload, self._clock = ari, trunks, reload, clock

    async def keep(self) -> None:
        """For ever."""
        lifeless: set[str] = set()
        read: set[str] = set()
        while True:
            await sleep(self._clock, PACE)
            try:
                before, lifeless = lifeless, await self._look()
                if again := (before & lifeless) - read:
                    self.log.warn(
                        "{names} shows no life: Asterisk reads its files again", names=", ".join(sorted(again))
                    )
                    await self._reload()
                    read |= again
            except AriError as why:
                self.log.info("the endpoints cannot be looked at: {why}", why=why)

    async def _look(self) -> set[str]:
        if unseen := self._trunks.unseen():
            found = await endpoints(self._ari)
            for name in unseen & set(found):
                self._trunks.seen(name, online=found[name])
        return self._trunks.unseen()
