"""The recording of conferences: on one member's channel, which hears all others, then on the next when they leave."""

from __future__ import annotations

from typing import Protocol

from appliance.foundation.values import new_id
from pbx.conference.room import Member, Room
from pbx.leg import Leg
from pbx.recording.rule import Ends
from pbx.recording.talk import Talk
from pbx.terms import Keep

ABOUT = "conference:{number}"


class Recorder(Protocol):
    """`pbx.recording.recorder.Recorder`."""

    def began(self, talk: Talk) -> None: ...
    def parted(self, call: str) -> None: ...


class Taping:
    """recorder: None until somebody records."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None

    def begin(self, room: Room, member: Member, leg: Leg) -> bool:
        """Record the room at this member's leg, unless it is recorded already; whether it is from now on."""
        if self.recorder is None or not room.rules.record or room.taped:
            return False
        room.taped, room.tape = member.id, new_id()
        extensions = tuple(dict.fromkeys(one.number for one in room.members))
        keep = Keep("conference", ABOUT.format(number=room.number), room.rules.keep_days)
        ends = Ends("internal", extensions)
        self.recorder.began(Talk(room.tape, leg, leg, room.bridge, member.number, room.number, ends, keep=keep))
        return True

    def end(self, room: Room, identity: str) -> bool:
        """Somebody has left; whether it was they at whose leg the room was recorded."""
        if room.taped != identity:
            return False
        if self.recorder is not None and room.tape:
            self.recorder.parted(room.tape)
        room.taped = room.tape = ""
        return True
