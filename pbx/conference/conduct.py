"""What is done to a room and to who is in it, by a chairman's telephone or at a screen; each act is on record."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.conference.events import ConferenceActed, ConferenceChanged
from pbx.conference.meeting import Meeting
from pbx.conference.room import Member, Room
from pbx.party import Party


class NoConference(Exception):
    """It cannot be done; the text is an English message id."""


class Conduct:
    """rooms: by number. parties: who is on the line, by the ids of their channels."""

    log = Logger()

    def __init__(
        self, rooms: dict[str, Room], meeting: Meeting, database: Transactions, clock: Clock, bus: Bus
    ) -> None:
        self._rooms = rooms
        self._meeting = meeting
        self._database, self._clock, self._bus = database, clock, bus
        self.parties: dict[str, Party] = {}

    def rooms(self) -> tuple[Room, ...]:
        """As they stand now."""
        return tuple(self._rooms.values())

    def room(self, number: str) -> Room:
        """One room. Raises NoConference."""
        room = self._rooms.get(number)
        if room is None:
            raise NoConference("There is no such room.")
        return room

    async def mute(self, number: str, member: str, *, muted: bool, by: str) -> None:
        """Let a member be heard or not. Raises NoConference."""
        room = self.room(number)
        known = self._there(room, member)
        await self._mute(room, known, muted=muted)
        await self.acted(room, "mute" if muted else "unmute", by, known.number)

    async def mute_all(self, number: str, *, muted: bool, by: str) -> None:
        """All but the chairmen; who comes later too. Raises NoConference."""
        room = self.room(number)
        room.quiet = muted and bool(room.everybody)
        for member in room.everybody:
            if not member.chairman:
                await self._mute(room, member, muted=muted)
        await self.acted(room, "mute-all" if muted else "unmute-all", by)

    async def lock(self, number: str, *, locked: bool, by: str) -> None:
        """Let nobody else in, chairmen and who is invited apart. Raises NoConference."""
        room = self.room(number)
        if locked and not room.members:
            raise NoConference("Nobody is in the room.")
        room.locked = locked
        await self._meeting.lock(room)
        await self.acted(room, "lock" if locked else "unlock", by)

    async def remove(self, number: str, member: str, by: str) -> None:
        """Hang up on a member. Raises NoConference."""
        room = self.room(number)
        known = self._there(room, member)
        await self.acted(room, "remove", by, known.number)
        await self.parties[known.id].hang_up()

    async def end(self, number: str, by: str) -> None:
        """Hang up on everybody. Raises NoConference."""
        room = self.room(number)
        await self.acted(room, "end", by)
        for member in room.everybody:
            if party := self.parties.get(member.id):
                await party.hang_up()

    def talks(self, room: Room, identity: str, begins: bool) -> None:
        """Somebody begins to talk, or stops. Who is muted is not heard, whatever they say."""
        member = room.member(identity)
        if member is not None and member.talking != (begins and not member.muted):
            room.change(identity, talking=begins and not member.muted)
            self.changed(room)

    async def acted(self, room: Room, what: str, by: str, member: str = "") -> None:
        """Write down what somebody did."""
        self.changed(room)
        await self.record(ConferenceActed(at=self._clock.now(), room=room.number, act=what, member=member, by=by))

    async def record(self, event: Event) -> None:
        """Into the journal, where it can be; a conference goes on in any case."""
        try:
            await self._database.transact(lambda connection: journal.append(connection, event))
        except CancelledError:
            raise
        except Exception:
            self.log.failure("{event} was not recorded", event=type(event).__name__)
        self._bus.publish(event)

    def changed(self, room: Room) -> None:
        """Tell the screens."""
        self._bus.publish(ConferenceChanged(at=self._clock.now(), room=room.number))

    async def _mute(self, room: Room, member: Member, *, muted: bool) -> None:
        changed = room.change(member.id, muted=muted, talking=member.talking and not muted)
        if changed is not None and not changed.waits:
            await self._meeting.mute(changed)
            await self._meeting.remember(changed, taped=room.taped == changed.id)
        self.changed(room)

    def _there(self, room: Room, identity: str) -> Member:
        member = room.member(identity)
        if member is None or identity not in self.parties:
            raise NoConference("They have already gone.")
        return member
