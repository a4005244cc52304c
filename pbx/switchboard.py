"""All legs we steer, kept true to what the exchange has: events go to the leg they speak of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.clock import Clock, Since, sleep
from appliance.foundation.tasks import Tasks
from pbx.ari.messages import (
    Changed,
    Channel,
    Destroyed,
    Dialled,
    Entered,
    Event,
    FaxTold,
    Keyed,
    Played,
    Recorded,
    Talking,
    channel,
    moment,
)
from pbx.ari.transport import Ari, AriError, Refused, Unreachable
from pbx.causes import Cause
from pbx.leg import Gone, Latch, Leg

REMEMBERED = 4096
"""Ends of channels that are known after they were told: more than can end while a list of channels is gone through."""

AGAIN = timedelta(seconds=1)
"""Until an exchange that could not say what it has is asked again."""


class Asterisk(Protocol):
    """What the board needs to know of the exchange's past."""

    def hung_up(self, identity: str) -> datetime | None:
        """When a channel hung up, if it was recorded."""
        ...


class Switchboard:
    """Hears the exchange and tells: `arrived`, a channel came by itself; `beat`, what concerns not only a leg;
    `found` and `missed`, we are in step with it, or out of touch; `stirred`, a leg came, was answered or is gone.
    It asks: `telephone_of`, at which telephone an extension rings; `whose`, which extension is at a telephone.
    """

    log = Logger()

    def __init__(self, ari: Ari, records: Asterisk, clock: Clock) -> None:
        self.ari = ari
        self.legs: dict[str, Leg] = {}
        self._ended: dict[str, Destroyed] = {}
        self.version = ""
        self.engine_started_at: datetime | None = None
        self.stopped = False
        self.arrived: Callable[[Leg, Channel], None] = lambda leg, channel: None
        self.beat: Callable[[Event], None] = lambda event: None
        self.found: Callable[[], None] = lambda: None
        self.missed: Callable[[str], None] = lambda why: None
        self.stirred: Callable[[], None] = lambda: None
        self.telephone_of: Callable[[str], str] = lambda extension: extension
        self.whose: Callable[[str], str] = lambda telephone: telephone
        self._records = records
        self._clock = clock
        self._lost_at: datetime | None = None
        self._playing: dict[str, Latch[bool]] = {}
        self._recording: dict[str, Latch[float]] = {}
        self._in_step: Latch[bool] = Latch()
        self._catching: Deferred[Any] | None = None
        self._tasks = Tasks()

    def start(self) -> None:
        """Get in touch."""
        self.ari.start(self)

    def stop(self) -> None:
        """Fall silent. Calls go on in the exchange."""
        self.stopped = True
        self.ari.stop()
        self._tasks.stop()

    def leg(self, identity: str, name: str = "") -> Leg:
        """The leg of a channel, watched from now on until it is gone; which it is when its end was told before.

        Who goes through a list of channels and waits in between comes to some that have ended meanwhile.
        """
        leg = self.legs.get(identity)
        if leg is None:
            leg = self.legs[identity] = Leg(identity, name)
            leg.whose = self.whose(leg.telephone) if name else ""
            leg.gone.then(lambda _: self.legs.pop(identity, None))
            for latch in (leg.entered, leg.up, leg.gone):
                latch.then(lambda _: self.stirred())
            if ended := self._ended.get(identity):
                leg.hear(ended)
        return leg

    def now(self) -> datetime:
        """By our clock."""
        return self._clock.now()

    def since(self, at: datetime) -> Since:
        """A moment that was told in time of day; how long it is ago is not changed by setting the clock."""
        return Since(self._clock, at)

    def legs_of(self, extension: str) -> list[Leg]:
        """Where an extension rings, calls or talks."""
        return [leg for leg in self.legs.values() if leg.alive and leg.endpoint == extension]

    def engaged(self, extension: str) -> bool:
        """Whether an extension rings, calls or talks, or the telephone does at which it is."""
        telephone = self.telephone_of(extension)
        return any(
            leg.alive and (leg.endpoint == extension or leg.telephone == telephone) for leg in self.legs.values()
        )

    def forget(self, leg: Leg) -> None:
        """A leg that never came to be."""
        self.legs.pop(leg.id, None)

    async def in_step(self) -> None:
        """Wait until we are in touch with the exchange and know what it has."""
        await self._in_step.wait()

    def playing(self, identity: str) -> Latch[bool]:
        """The end of a playback: whether it was heard."""
        latch: Latch[bool] = Latch()
        self._playing[identity] = latch
        latch.then(lambda _: self._playing.pop(identity, None))
        return latch

    def recording(self, name: str) -> Latch[float]:
        """The end of a recording: its seconds, below 0 where it failed or nobody knows."""
        latch: Latch[float] = Latch()
        self._recording[name] = latch
        latch.then(lambda _: self._recording.pop(name, None))
        return latch

    def received(self, event: Event) -> None:
        match event:
            case Recorded(name=name, seconds=seconds):
                if taken := self._recording.get(name):
                    taken.set(-1.0 if seconds is None else seconds)
            case Played(playback=playback, done=done):
                if latch := self._playing.get(playback):
                    latch.set(done)
            case Entered(channel=entered, args=()) if entered.id not in self.legs:
                leg = self.leg(entered.id, entered.name)
                leg.hear(event)
                self.arrived(leg, entered)
            case Destroyed():
                self._remember(event)
                self._pass_on(event)
            case Changed() | Dialled():
                self._pass_on(event)
            case Entered() | Keyed() | Talking() | FaxTold():
                if known := self.legs.get(event.channel.id):
                    known.hear(event)
            case _:
                self.beat(event)

    def _pass_on(self, event: Changed | Dialled | Destroyed) -> None:
        self.beat(event)
        if known := self.legs.get(event.channel.id):
            known.hear(event)

    def _remember(self, ended: Destroyed) -> None:
        self._ended[ended.channel.id] = ended
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def connected(self) -> None:
        self._catching = self._tasks.start(self._catch_up(), "getting in step with the exchange")

    def lost(self, why: str) -> None:
        if self._catching is not None:
            self._catching.cancel()
        if self._lost_at is None:
            self._lost_at = self._clock.now()
        for latch in list(self._playing.values()):
            latch.set(False)
        for taken in list(self._recording.values()):
            taken.set(-1.0)
        if self._in_step.value:
            self._in_step = Latch()
        self.missed(why)

    async def channels(self) -> list[Channel]:
        """Every channel the exchange has now. Raises AriError."""
        return [channel(body) for body in await self.ari.request("GET", "channels")]

    async def bridges(self) -> dict[str, list[str]]:
        """Every bridge the exchange has now, and the channels in it. Raises AriError."""
        return {body["id"]: list(body["channels"]) for body in await self.ari.request("GET", "bridges")}

    async def hang_up(self, identity: str, cause: int = Cause.NORMAL) -> bool:
        """End a channel; False when it was gone already, or the exchange is out of touch."""
        return await self.ari.attempt("DELETE", f"channels/{identity}", reason_code=f"{int(cause)}")

    async def set(self, identity: str, variable: str, value: str) -> None:
        """Set a channel's variable or function. Raises AriError."""
        await self.ari.request("POST", f"channels/{identity}/variable", variable=variable, value=value)

    async def get(self, identity: str, variable: str) -> str:
        """A channel's variable or function; empty where it has none. Raises AriError."""
        try:
            said = await self.ari.request("GET", f"channels/{identity}/variable", variable=variable)
        except Refused:
            return ""
        return str(said["value"])

    async def _catch_up(self) -> None:
        """What happened while we were away is read off what is there now; told until it is told whole."""
        while True:
            try:
                info = await self.ari.request("GET", "asterisk/info")
                there = {found.id: found for found in await self.channels()}
                break
            except Unreachable as why:
                self.log.warn("the exchange was lost again: {why}", why=why)
                return
            except AriError as why:
                # It is there and cannot say what it has, as while it loads: nobody else would ask again.
                self.log.warn("the exchange does not say what it has: {why}", why=why)
            await sleep(self._clock, AGAIN)
        self.version = info["system"]["version"]
        self.engine_started_at = moment(info["status"]["startup_time"])
        lost_at, self._lost_at = self._lost_at or self._clock.now(), None
        for leg in list(self.legs.values()):
            if leg.id not in there:
                leg.gone.set(Gone(self._records.hung_up(leg.id) or lost_at, 0))
            elif there[leg.id].state == "Up":
                leg.up.set(lost_at)
        self._in_step.set(True)
        self.found()
