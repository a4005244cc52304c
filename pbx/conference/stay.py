"""Somebody's time in a conference: what they press, and what they alone are told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from appliance.foundation.clock import Clock
from pbx.conference.conduct import Conduct
from pbx.conference.entrance import Entrance
from pbx.conference.keys import STAR, Act, act
from pbx.conference.meeting import LOUDEST, USUAL, Meeting
from pbx.conference.room import Member, Room
from pbx.leg import Latch, first
from pbx.party import Party
from pbx.tones import Tones

AFTER_STAR = timedelta(seconds=4)

PEOPLE = "{count} people are in the conference."
MUTED, HEARD = "You are muted.", "You are heard again."
ALL_MUTED, ALL_HEARD = "Everybody else is muted.", "Everybody is heard again."
LOCKED, OPEN = "The conference is locked.", "The conference is open."


class Stay:
    """Reads the keys of everybody who is in a room."""

    def __init__(self, conduct: Conduct, meeting: Meeting, entrance: Entrance, tones: Tones, clock: Clock) -> None:
        self._conduct, self._meeting, self._entrance = conduct, meeting, entrance
        self._tones = tones
        self._clock = clock

    async def until_gone(self, party: Party, room: Room, identity: str) -> None:
        """Returns when they have left. Raises HungUp, AriError."""
        volume, starred = USUAL, False
        while party.leg.alive:
            if not await self._pressed(party, within=AFTER_STAR if starred else None):
                starred = False
                continue
            digit, member = party.leg.keys.popleft(), room.member(identity)
            if member is None:
                return
            if not starred or digit == STAR:
                starred = digit == STAR
                continue
            starred = False
            wanted = act(digit, chairman=member.chairman)
            if wanted in ("softer", "louder"):
                volume = max(0, min(LOUDEST, volume + (1 if wanted == "louder" else -1)))
                await self._meeting.volume(member, volume)
            elif wanted is not None:
                await self._do(party, room, member, wanted)
            else:
                await party.play([self._tones.refused()])

    async def name(self, member: Member) -> list[Path]:
        """How somebody is called: the name they said, else their number."""
        if member.spoken is not None and member.spoken.exists():
            return [member.spoken]
        return await self._entrance.words("{digits}", digits=" ".join(member.number))

    async def _pressed(self, party: Party, within: timedelta | None) -> bool:
        late: Latch[bool] = Latch()
        timer = self._clock.later(within, lambda: late.set(True)) if within else None
        try:
            await first(party.leg.key(), party.leg.gone, late)
        finally:
            if timer is not None and timer.active():
                timer.cancel()
        return bool(party.leg.keys)

    async def _do(self, party: Party, room: Room, member: Member, wanted: Act) -> None:
        match wanted:
            case "mute":
                await self._conduct.mute(room.number, member.id, muted=not member.muted, by=member.number)
                await self._tell(party, HEARD if member.muted else MUTED)
            case "count":
                await self._tell(party, PEOPLE, count=len(room.members))
            case "mute-all":
                await self._conduct.mute_all(room.number, muted=not room.quiet, by=member.number)
                await self._tell(party, ALL_MUTED if room.quiet else ALL_HEARD)
            case "lock":
                await self._conduct.lock(room.number, locked=not room.locked, by=member.number)
                await self._tell(party, LOCKED if room.locked else OPEN)
            case "roll-call":
                sounds = await self._entrance.words(PEOPLE, count=len(room.members))
                for one in room.members:
                    sounds += await self.name(one)
                await party.play(sounds)
            case "end":
                await self._conduct.end(room.number, member.number)

    async def _tell(self, party: Party, message: str, **facts: object) -> None:
        await party.play(await self._entrance.words(message, **facts) or [self._tones.beep()])
