"""One conference room as it stands: who is in it, who waits, and what its rules say to who comes. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pbx.plan_conference import RoomGroup

LOCKED = "The conference is locked. Nobody else is let in."
FULL = "The conference is full."
NOT_YOU = "This telephone may not enter the conference."


@dataclass(frozen=True)
class Member:
    """Somebody in a room, or at its door.

    id: of their channel. number: the extension, or the number outside. waits: for a chairman, and hears music.
    spoken: the sound file with the name they said; None where they said none.
    """

    id: str
    number: str
    chairman: bool
    since: datetime
    muted: bool = False
    talking: bool = False
    waits: bool = False
    spoken: Path | None = None


class Room:
    """number: what is dialled. bridge: the name of the bridge where they meet, empty while nobody talks."""

    def __init__(self, number: str, rules: RoomGroup) -> None:
        self.number = number
        self.rules = rules
        self.bridge = ""
        self.locked = False
        self.quiet = False
        self.taped = self.tape = ""
        """The channel at which the room is recorded, and the call's name under which it is; empty for not."""
        self.calling: dict[str, str] = {}
        """Numbers that are invited → `ringing`, or how it ended: busy, no-answer, congestion, unreachable, declined."""
        self._members: dict[str, Member] = {}

    @property
    def everybody(self) -> tuple[Member, ...]:
        """Who talks and who waits, in the order of their coming."""
        return tuple(self._members.values())

    @property
    def members(self) -> tuple[Member, ...]:
        """Who takes part."""
        return tuple(member for member in self._members.values() if not member.waits)

    @property
    def chaired(self) -> bool:
        """Whether a chairman is there."""
        return any(member.chairman for member in self.members)

    def refuses(self, extension: str, *, chairman: bool, outside: bool = False) -> str:
        """Why somebody is not let in, a message id; empty for who is. outside: sent here by a rule of the plan."""
        if chairman:
            return ""
        if not outside and not self.rules.lets_in(extension):
            return NOT_YOU
        if self.locked:
            return LOCKED
        if sum(not member.chairman for member in self._members.values()) >= self.rules.most:
            return FULL
        return ""

    def must_wait(self, *, chairman: bool) -> bool:
        """Whether who comes to the door now hears music first."""
        return self.rules.wait and not chairman and not self.chaired

    def put(self, member: Member) -> Member:
        """Somebody is there, or different. Who comes into a quiet room is muted."""
        fresh = member.id not in self._members
        if fresh and self.quiet and not member.chairman:
            member = replace(member, muted=True)
        self._members[member.id] = member
        return member

    def change(self, identity: str, **facts: object) -> Member | None:
        """Somebody who is there is different; None where they have gone."""
        known = self._members.get(identity)
        if known is None:
            return None
        changed = replace(known, **facts)  # type: ignore[arg-type]
        self._members[identity] = changed
        return changed

    def member(self, identity: str) -> Member | None:
        """Who is on that channel."""
        return self._members.get(identity)

    def take_out(self, identity: str) -> Member | None:
        """Somebody has gone. An empty room is as if nobody had ever met in it."""
        gone = self._members.pop(identity, None)
        if not self._members:
            self.bridge, self.locked, self.quiet = "", False, False
            self.taped = self.tape = ""
        return gone
