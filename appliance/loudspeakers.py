"""The plan's places as things that sound: sound cards, paging zones, phones."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock
from appliance.plan import Plan
from nursecall.plan_places import Place
from nursecall.plan_wards import Ward
from pbx.paging import Unreachable, Zone
from tts.alaw import encode
from tts.loudspeaker import Loudspeaker
from tts.places import EMERGENCY, Outlet, Placed, Unheard
from tts.wav import Sound, narrowed, write


class Phones(Protocol):
    """What a place needs of the exchange to be heard on a desk phone."""

    async def announce(self, extension: str, prompt: Path) -> None:
        """Have the phone answer by itself and play `prompt` (WAV, 8 kHz, mono, 16 bit); returns when it was played.

        Raises pbx.paging.Unreachable where it does not answer; hangs up when cancelled.
        """
        ...


class Loudspeakers:
    """Makes what `tts.places` speaks through.

    phones: returns the exchange's way to be heard on phones now. directory: for sounds on their way to one.
    """

    def __init__(self, phones: Callable[[], Phones], directory: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self._phones = phones
        self._directory = directory
        self._reactor = reactor
        self._clock = clock

    def of(self, plan: Plan) -> Iterator[Placed]:
        """Every place of the plan."""
        for place in plan.nursecall.places:
            ward = plan.nursecall.ward(place.ward)
            if ward is not None:
                yield self._placed(plan, place, ward)

    def _placed(self, plan: Plan, place: Place, ward: Ward) -> Placed:
        def volume(priority: int) -> float:
            night = ward.night.covers(self._clock.now().astimezone(plan.site.zone).time())
            return (place.night_volume if night and priority > EMERGENCY else place.volume) / 100

        return Placed(place.id, place.ward, self._outlet(place), volume, place.emergencies)

    def _outlet(self, place: Place) -> Outlet:
        if place.kind == "alsa":
            return Loudspeaker(place.device or "default", reactor=self._reactor)
        if place.kind == "multicast":
            zone = Zone(str(place.address), place.port, place.interface or "", reactor=self._reactor)
            return _Paged(zone)
        return _Phoned(self._phones, place.extension or "", self._directory)


class _Paged:
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    async def play(self, sound: Sound) -> None:
        try:
            await self._zone.page(encode(narrowed(sound)))
        except Unreachable as why:
            raise Unheard(str(why)) from why


class _Phoned:
    def __init__(self, phones: Callable[[], Phones], extension: str, directory: Path) -> None:
        self._phones = phones
        self._extension = extension
        self._directory = directory

    async def play(self, sound: Sound) -> None:
        prompt = self._directory / f"announcement-{secrets.token_hex(8)}.wav"
        try:
            prompt.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            prompt.write_bytes(write(narrowed(sound)))
            await self._phones().announce(self._extension, prompt)
        except (Unreachable, OSError) as why:
            raise Unheard(str(why)) from why
        finally:
            prompt.unlink(missing_ok=True)
