"""Paging by telephone: a voice goes live to loudspeakers by multicast, and to telephones that answer by themselves.

A page is a mixing bridge: who speaks, a channel of Asterisk's for each multicast address, the telephones, muted.
Asterisk ends every leg of it by itself. Where a ward's place announces an emergency, the page is silent meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import translate
from appliance.foundation.journal import Event
from appliance.foundation.values import Language
from pbx.callout import Callout
from pbx.causes import Cause
from pbx.events import PageMade, PageRefused
from pbx.incoming import IncomingCall
from pbx.live_page import Page, Spot
from pbx.plan_paging import PagingPlan, PagingZone
from pbx.ports import Prompts
from pbx.switchboard import Switchboard
from pbx.tones import Tones

NOT_YOU = "This telephone may not page this zone."
TAKEN = "Somebody speaks in this zone already."


class Live(Protocol):
    """Somebody who speaks at a place; may be asked to be silent there."""

    async def pause(self, place: str) -> None: ...
    async def resume(self, place: str) -> None: ...


class Floor(Protocol):
    """Who has the word at the wards' places; `tts.places.Places` by shape."""

    def give_way(self, place: str, live: Live) -> Callable[[], None]:
        """Let somebody speak there until what is returned is called."""
        ...


class LivePaging:
    """places: the wards' places that can be paged, by id. language: what who pages is told in."""

    def __init__(
        self,
        plan: PagingPlan,
        places: Mapping[str, Spot],
        floor: Floor,
        board: Switchboard,
        callout: Callout,
        prompts: Prompts,
        tones: Tones,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        *,
        language: Language,
    ) -> None:
        self._plan, self._places, self._floor = plan, places, floor
        self._board, self._callout = board, callout
        self._prompts, self._tones, self._language = prompts, tones, language
        self._database, self._clock, self._bus = database, clock, bus
        self._taken: set[str] = set()

    def numbers(self) -> tuple[str, ...]:
        """What is dialled before a zone's code."""
        return tuple(number for _, number in self._plan.served())

    async def serve(self, caller: IncomingCall) -> None:
        """Somebody dialled a zone; returns when they have done. Raises HungUp."""
        zone = self._plan.zone(caller.dialled.removeprefix(self._plan.number))
        if zone is None:
            return await caller.hang_up(Cause.UNALLOCATED)
        spots = [*self._spots(zone)]
        names = {spot.name for spot in spots}
        if not zone.may(caller.extension):
            await self._refuse(caller, zone, NOT_YOU)
            return await caller.hang_up(Cause.REJECTED)
        if names & self._taken:
            await self._refuse(caller, zone, TAKEN)
            return await caller.hang_up(Cause.BUSY)
        self._taken |= names
        page = Page(caller, zone, self._board, self._callout, self._tones, self._clock, self._tell)
        releases = [self._floor.give_way(spot.place, page) for spot in spots if spot.place]
        began = self._clock.now()
        try:
            await page.hold(spots)
        finally:
            self._taken -= names
            for release in releases:
                release()
        lasted = (self._clock.now() - began).total_seconds()
        made = PageMade(at=began, zone=zone.code, by=caller.extension, heard=page.heard, seconds=round(lasted))
        return await self._record(made)

    def _spots(self, zone: PagingZone) -> Iterator[Spot]:
        yield from (self._places[place] for place in zone.places if place in self._places)
        for row in zone.speakers:
            yield Spot(address=str(row.address), port=row.port, interface=row.interface)
        yield from (Spot(extension=number) for number in zone.telephones())

    async def _tell(self, caller: IncomingCall, message: str) -> None:
        sound = await self._prompts.prompt(translate(message, self._language), self._language)
        await caller.play([self._tones.refused(), *([sound] if sound else [])])

    async def _refuse(self, caller: IncomingCall, zone: PagingZone, why: str) -> None:
        await self._record(PageRefused(at=self._clock.now(), zone=zone.code, by=caller.extension, why=why))

    async def _record(self, event: Event) -> None:
        await self._database.transact(lambda connection: journal.append(connection, event))
        self._bus.publish(event)
