"""One page: who speaks, the channels and telephones it is heard by, and the silence an emergency asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.callout import Callout, NotReached
from pbx.incoming import IncomingCall
from pbx.leg import Latch, first
from pbx.paging import Unreachable, address_of
from pbx.plan_paging import PagingZone
from pbx.switchboard import Switchboard
from pbx.tones import Tones

ANSWERING = timedelta(seconds=4)
"""So long telephones may take to answer by themselves before the page begins without them; they may still join."""
RINGS = timedelta(seconds=10)
SLACK = timedelta(seconds=20)
NOBODY = "Nobody can hear the page now."
PAUSED = "An emergency is announced. You are heard again after it."
GOES_ON = "You are heard again."


@dataclass(frozen=True)
class Spot:
    """Somewhere a page is heard. place: of a ward, empty for none. By multicast, or by an extension."""

    place: str = ""
    address: str = ""
    port: int = 0
    interface: str = ""
    extension: str = ""

    @property
    def name(self) -> str:
        """Two pages cannot be heard in one at a time."""
        return self.extension or f"{self.address}:{self.port}"


Tell = Callable[[IncomingCall, str], Awaitable[None]]


class Page:
    """One page. heard: in how many places it was, at most."""

    log = Logger()

    def __init__(
        self,
        caller: IncomingCall,
        zone: PagingZone,
        board: Switchboard,
        callout: Callout,
        tones: Tones,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._caller, self._zone = caller, zone
        self._board, self._callout, self._tones, self._clock = board, callout, tones, clock
        self._tell = tell
        self._bridge = f"{caller.call}-bridge-page"
        self._at: dict[str, str] = {}
        """Channels, by the names of their spots."""
        self._spots: dict[str, Spot] = {}
        self._silent: set[str] = set()
        self.heard = 0
        self._settled: Latch[bool] = Latch()
        self._open = True
        self._tasks = Tasks()

    async def hold(self, spots: list[Spot]) -> None:
        """From picking up to the end. Raises HungUp."""
        self._spots = {spot.place: spot for spot in spots if spot.place}
        longest = timedelta(seconds=self._zone.longest)
        try:
            await self._caller.answer()
            await self._ask("POST", f"bridges/{self._bridge}", type="mixing")
            await self._reach(spots)
            if not self._at:
                await self._tell(self._caller, NOBODY)
                return
            await self._board.set(self._caller.leg.id, "TIMEOUT(absolute)", f"{longest.total_seconds():.0f}")
            way = f"bridges/{self._bridge}"
            await self._ask("POST", f"{way}/addChannel", channel=self._caller.leg.id, absorbDTMF="true")
            # All of them hear it, and who speaks knows that it is their turn.
            await self._ask("POST", f"{way}/play", media=f"sound:{self._tones.comes().with_suffix('')}")
            await first(self._caller.leg.gone)
        except AriError as why:
            self.log.warn("a page to {zone} failed: {why}", zone=self._zone.code, why=why)
        finally:
            self._open = False
            await self._end()

    async def pause(self, place: str) -> None:
        """Be silent at a place of a ward."""
        spot = self._spots.get(place)
        self._silent.add(place)
        channel = self._at.get(spot.name) if spot else None
        if spot is None or channel is None:
            return
        if spot.extension:
            # It is to be rung by whoever announces.
            await self._board.hang_up(channel)
            self._at.pop(spot.name, None)
        else:
            await self._board.ari.attempt("POST", f"bridges/{self._bridge}/removeChannel", channel=channel)
        self._tasks.start(self._say(PAUSED), "telling who pages")

    async def resume(self, place: str) -> None:
        """Be heard there again; a telephone that was hung up stays away."""
        self._silent.discard(place)
        spot = self._spots.get(place)
        channel = self._at.get(spot.name) if spot else None
        if channel is not None and self._open:
            await self._board.ari.attempt("POST", f"bridges/{self._bridge}/addChannel", channel=channel)
            self._tasks.start(self._say(GOES_ON), "telling who pages")

    async def _say(self, message: str) -> None:
        with suppress(HungUp):
            await self._tell(self._caller, message)

    async def _reach(self, spots: list[Spot]) -> None:
        phones = [spot for spot in spots if spot.extension]
        for spot in spots:
            if not spot.extension:
                await self._speaker(spot)
        left = len(phones)

        async def ring(spot: Spot) -> None:
            nonlocal left
            try:
                await self._phone(spot)
            finally:
                left -= 1
                if not left:
                    self._settled.set(True)

        for spot in phones:
            self._tasks.start(ring(spot), "a telephone that is paged")
        if phones:
            timer = self._clock.later(ANSWERING, lambda: self._settled.set(True))
            await first(self._settled, self._caller.leg.gone)
            if timer.active():
                timer.cancel()

    async def _speaker(self, spot: Spot) -> None:
        leg = self._board.leg(f"{new_id()}-out-page")
        try:
            options = f"c(alaw)t(1)i({address_of(spot.interface)})"
            made = await self._board.ari.request(
                "POST",
                "channels/create",
                body={"variables": {"TIMEOUT(absolute)": self._limit()}},
                endpoint=f"MulticastRTP/basic/{spot.address}:{spot.port}//{options}",
                app="nightbell",
                appArgs="dialled",
                formats="alaw",
                channelId=leg.id,
            )
            leg.name = made["name"]
            await first(leg.entered, leg.gone)
            await self._ask("POST", f"channels/{leg.id}/dial", timeout="5")
            await self._join(spot, leg.id)
        except (AriError, Unreachable) as why:
            self.log.warn("{spot} cannot be paged: {why}", spot=spot.name, why=why)
            await self._board.hang_up(leg.id)
            self._board.forget(leg)

    async def _phone(self, spot: Spot) -> None:
        try:
            party = await self._callout.desk(
                spot.extension, RINGS, timedelta(seconds=self._zone.longest) + SLACK, auto_answer=True
            )
        except NotReached as why:
            self.log.info("{extension} is not paged: {why}", extension=spot.extension, why=why)
            return
        try:
            if not self._open:
                raise AriError("the page is over")
            await self._ask("POST", f"channels/{party.leg.id}/mute", direction="in")
            await self._join(spot, party.leg.id)
        except AriError:
            await party.hang_up()

    async def _join(self, spot: Spot, channel: str) -> None:
        self._at[spot.name] = channel
        self.heard += 1
        if spot.place not in self._silent:
            await self._ask("POST", f"bridges/{self._bridge}/addChannel", channel=channel)

    async def _end(self) -> None:
        self._tasks.stop()
        for channel in self._at.values():
            await self._board.hang_up(channel)
        await self._board.ari.attempt("DELETE", f"bridges/{self._bridge}")

    def _limit(self) -> str:
        return f"{(timedelta(seconds=self._zone.longest) + SLACK).total_seconds():.0f}"

    async def _ask(self, method: str, path: str, **query: str) -> None:
        await self._board.ari.request(method, path, body=None, **query)
