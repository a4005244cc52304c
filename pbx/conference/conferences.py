"""The conference rooms of the house: people come in by telephone, are called, or were there before we were started."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, Language
from pbx.ari.transport import AriError
from pbx.behalf import Behalf
from pbx.callout import Callout, NotReached
from pbx.conference.conduct import Conduct, NoConference
from pbx.conference.entrance import WAIT, Entrance, TurnedAway
from pbx.conference.events import ConferenceEntered, ConferenceLeft, ConferenceRefused
from pbx.conference.meeting import Found, Meeting
from pbx.conference.pins import RoomPins
from pbx.conference.room import Member, Room
from pbx.conference.stay import Stay
from pbx.conference.taping import Taping
from pbx.incoming import IncomingCall
from pbx.leg import Latch, first
from pbx.party import Party
from pbx.plan import PbxPlan
from pbx.ports import Prompts
from pbx.switchboard import Switchboard
from pbx.tones import Tones

RINGS = timedelta(seconds=40)
LONGEST = timedelta(hours=8)
ANSWERS = timedelta(seconds=15)
BREATH = timedelta(seconds=1)
WHILE_IT_PLAYS = timedelta(seconds=20)

NONE_FREE = "Every ad hoc room is taken. Please try again later."
YOUR_ROOM = "You are in room {digits}. Others dial this number."
ALONE = "You are the first."
RECORDED = "This conference is recorded."
COMES = "has come in."
GOES = "has gone."
INVITED = "You are invited to a conference. To take part, press 1."


class Conferences:
    """conduct: what may be done to rooms and members. pins: of the rooms.

    language: what is spoken. recordings: where the exchange puts what it records. sounds: a directory for tones.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        board: Switchboard,
        callout: Callout,
        behalf: Behalf,
        prompts: Prompts,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        *,
        language: Language,
        recordings: Path,
        sounds: Path,
    ) -> None:
        self._plan = plan.conference
        self._rooms = {number: Room(number, group) for group in self._plan.rooms for number in group.rooms()}
        self._board, self._callout, self._behalf = board, callout, behalf
        self._clock, self._language = clock, language
        self._tones = Tones(sounds)
        self.pins = RoomPins(database, clock, bus)
        self._entrance = Entrance(self.pins, prompts, self._tones, language, recordings)
        self._meeting = Meeting(board)
        self.conduct = Conduct(self._rooms, self._meeting, database, clock, bus)
        self._inside = Stay(self.conduct, self._meeting, self._entrance, self._tones, clock)
        self.taping = Taping()
        self._chaired: dict[str, Latch[bool]] = {}
        self._tasks = Tasks()

    def numbers(self) -> tuple[str, ...]:
        """What is dialled for it."""
        return (*self._rooms, *([self._plan.ad_hoc] if self._plan.ad_hoc else []))

    async def serve(self, caller: IncomingCall) -> None:
        """Somebody of the house dialled one of `numbers`; returns when they have gone. Raises HungUp."""
        await caller.answer()
        room = self._rooms.get(caller.dialled)
        if room is None and caller.dialled == self._plan.ad_hoc:
            empty = [room for room in self._rooms.values() if room.rules.ad_hoc and not room.everybody]
            if not empty:
                return await caller.play(await self._entrance.words(NONE_FREE))
            room = empty[0]
            await caller.play(await self._entrance.words(YOUR_ROOM, digits=" ".join(room.number)))
        if room is not None:
            await self.enter(caller, room.number)
        return None

    async def receive(self, caller: IncomingCall, number: str) -> None:
        """The plan's rules send somebody from outside to a room; returns when they have gone. Raises HungUp."""
        await caller.answer()
        await self.enter(caller, number, outside=True)

    async def enter(self, caller: Party, number: str, *, outside: bool = False) -> None:
        """Somebody who is on the line wants to come in; returns when they have left. Raises HungUp.

        outside: sent by a rule of the plan, so that it does not matter which telephones may enter. Their number proves
        nothing: they chair by the PIN only.
        """
        room = self._rooms[number]
        rules, proven = room.rules, "" if outside else caller.extension
        try:
            may_prove_it = rules.asks_pin and (outside or rules.lets_in(proven))
            self._admit(room, proven, chairman=rules.chairs(proven), outside=outside, may_prove_it=may_prove_it)
            chairman = await self._entrance.role(caller, room, proven) == "chairman"
            self._admit(room, proven, chairman=chairman, outside=outside)
            spoken = await self._entrance.name(caller) if room.rules.announce == "name" else None
            # Meanwhile somebody may have locked it, or taken the last chair.
            self._admit(room, proven, chairman=chairman, outside=outside)
        except TurnedAway as why:
            refused = ConferenceRefused(at=self._clock.now(), room=number, number=caller.extension, why=str(why))
            await self.conduct.record(refused)
            await caller.play([self._tones.refused(), *await self._entrance.words(str(why))])
            return
        member = Member(caller.leg.id, caller.extension, chairman, self._clock.now(), spoken=spoken)
        await self._bring(caller, room, replace(member, waits=room.must_wait(chairman=chairman)))

    async def invite(self, number: str, whom: str, by: str, *, outside: bool = False) -> None:
        """Ring an extension, or E.164 `whom` outside, and let them in when they press 1. Raises NoConference."""
        room = self.conduct.room(number)
        if outside and not room.rules.outside:
            raise NoConference("Nobody outside may be invited to this room.")
        if room.calling.get(whom) == "ringing" or any(member.number == whom for member in room.everybody):
            raise NoConference("This number is already called, or in the room.")
        room.calling[whom] = "ringing"
        await self.conduct.acted(room, "invite", by, whom)
        self._tasks.start(self._call(room, whom, outside=outside), "inviting somebody to a conference")

    async def invite_all(self, number: str, by: str) -> int:
        """Ring everybody of the room's list who is not there; how many. Raises NoConference."""
        room = self.conduct.room(number)
        there = {member.number for member in room.everybody}
        missing = [
            extension
            for extension in room.rules.everybody()
            if extension not in there and room.calling.get(extension) != "ringing"
        ]
        for extension in missing:
            await self.invite(number, extension, by)
        return len(missing)

    async def adopt(self) -> None:
        """Take up again whoever a life before left in a room. Raises AriError."""
        await self._board.in_step()
        self._entrance.forget_names()
        for found in await self._meeting.left(self._rooms):
            self._take_up(found)

    def stop(self) -> None:
        """Let go; people talk on in the exchange."""
        self._tasks.stop()

    @staticmethod
    def _admit(
        room: Room, extension: str, *, chairman: bool, outside: bool = False, may_prove_it: bool = False
    ) -> None:
        why = room.refuses(extension, chairman=chairman, outside=outside)
        # Whoever may still prove to be the chairman is asked for the PIN before a locked door.
        if why and not may_prove_it:
            raise TurnedAway(why)

    async def _bring(self, party: Party, room: Room, member: Member, *, joined: bool = False) -> None:
        """Let somebody take part; returns when they have gone. joined: they are in the bridge already."""
        member = room.put(member)
        self.conduct.parties[member.id] = party
        party.leg.talks = lambda begins: self.conduct.talks(room, member.id, begins)
        self.conduct.changed(room)
        try:
            if member.waits:
                await self._wait(party, room, member)
            if not joined:
                await self._join(party, room, member.id)
            await self._inside.until_gone(party, room, member.id)
        except CancelledError:
            raise  # we are being stopped: they talk on, and the next life finds them
        except HungUp:
            pass
        except AriError as why:
            self.log.info("somebody was lost to room {room}: {why}", room=room.number, why=why)
        await self._gone(room, member.id)

    async def _wait(self, party: Party, room: Room, member: Member) -> None:
        chaired = self._chaired.setdefault(room.number, Latch())
        await self._meeting.mark(member)
        music = self._tasks.start(self._music(party), "music for who waits")
        try:
            await first(chaired, party.leg.gone)
        finally:
            music.cancel()
        if not party.leg.alive:
            raise HungUp
        room.change(member.id, waits=False, since=self._clock.now())

    async def _music(self, party: Party) -> None:
        with suppress(HungUp):
            await party.play(await self._entrance.words(WAIT))
            while party.leg.alive:
                await party.play([self._tones.music()])
                await sleep(self._clock, BREATH)

    async def _join(self, party: Party, room: Room, identity: str) -> None:
        member = room.member(identity)
        if member is None or not party.leg.alive:
            raise HungUp
        await self._meeting.join(room, member)
        if member.chairman and (waiting := self._chaired.pop(room.number, None)):
            waiting.set(True)
        self.conduct.changed(room)
        now, chairman = self._clock.now(), member.chairman
        entered = ConferenceEntered(at=now, room=room.number, number=member.number, chairman=chairman)
        await self.conduct.record(entered)
        if room.rules.record:
            await party.play(await self._entrance.words(RECORDED))
            await self._tape(room, member.id)
        if len(room.members) == 1:
            await party.play(await self._entrance.words(ALONE))
        else:
            await self._announce(room, member, self._tones.comes(), COMES)

    async def _tape(self, room: Room, identity: str) -> None:
        member, party = room.member(identity), self.conduct.parties.get(identity)
        if member is not None and party is not None and self.taping.begin(room, member, party.leg):
            await self._meeting.remember(member, taped=True)

    async def _gone(self, room: Room, identity: str) -> None:
        bridge, was_taped = room.bridge, self.taping.end(room, identity)
        member = room.take_out(identity)
        self.conduct.parties.pop(identity, None)
        if member is None:
            return
        self.conduct.changed(room)
        if bridge and not room.bridge:
            await self._meeting.close(bridge)
        elif not member.waits:
            await self._announce(room, member, self._tones.goes(), GOES)
        if was_taped and room.members:
            await self._tape(room, room.members[0].id)
        if member.spoken is not None:
            self._clock.later(WHILE_IT_PLAYS, _removal(member.spoken))
        if not member.waits:
            left = ConferenceLeft(at=self._clock.now(), room=room.number, number=member.number)
            await self.conduct.record(left)

    async def _announce(self, room: Room, member: Member, tone: Path, words: str) -> None:
        if room.rules.announce == "name":
            await self._meeting.sound(room, [*await self._inside.name(member), *await self._entrance.words(words)])
        elif room.rules.announce == "tone":
            await self._meeting.sound(room, [tone])

    async def _call(self, room: Room, whom: str, *, outside: bool) -> None:
        try:
            if outside:
                party = await self._behalf.for_house(room.number, whom, RINGS, LONGEST)
            else:
                party = await self._callout.desk(whom, RINGS, LONGEST, shown=room.rules.name[self._language])
        except NotReached as why:
            return self._called(room, whom, why.outcome)
        try:
            question = await self._entrance.words(INVITED) or [self._tones.beep()]
            agreed = await party.collect(question * 2, 1, ANSWERS) == "1"
        except HungUp:
            agreed = False
        if agreed:
            room.calling.pop(whom, None)
            await self._bring(party, room, Member(party.leg.id, whom, False, self._clock.now()))
        else:
            self._called(room, whom, "declined")
        return await party.hang_up()

    def _called(self, room: Room, whom: str, outcome: str) -> None:
        room.calling[whom] = outcome
        self.conduct.changed(room)

    def _take_up(self, found: Found) -> None:
        leg = self._board.leg(found.channel.id, found.channel.name)
        leg.up.set(self._clock.now())
        party, room = Party(leg, found.number, self._board, self._clock), self._rooms[found.room]
        member = Member(leg.id, found.number, found.chairman, self._clock.now(), muted=found.muted, waits=found.waits)
        if found.taped:
            # What records there goes on, and is followed by the recorder itself.
            room.taped = leg.id
        self._tasks.start(self._stay_on(party, room, member), "somebody in a conference")

    async def _stay_on(self, party: Party, room: Room, member: Member) -> None:
        await self._bring(party, room, member, joined=not member.waits)
        await party.hang_up()


def _removal(file: Path) -> Callable[[], None]:
    return lambda: file.unlink(missing_ok=True)
