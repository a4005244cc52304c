"""Conference rooms as the exchange has them: a mixing bridge a room, named after it, so that a next life finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.defer import DeferredLock

from appliance.foundation.values import new_id
from pbx.ari.messages import Channel
from pbx.ari.transport import AriError
from pbx.conference.room import Member, Room
from pbx.switchboard import Switchboard

_PREFIX = "conference"
_LOCKED = "CONFERENCE_LOCKED"
_ROLE = "CONFERENCE"
_DB = ("-4", "-2", "1", "2", "4")
"""Factors of loudness, the softest first; below 0 divides."""
USUAL = _DB.index("1")
LOUDEST = len(_DB) - 1


@dataclass(frozen=True)
class Found:
    """Somebody whom a life before left in a room."""

    channel: Channel
    room: str
    number: str
    chairman: bool
    muted: bool
    waits: bool
    taped: bool


class Meeting:
    """Acts on channels and bridges. What is too late because somebody has gone is no error."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._opening = DeferredLock()

    async def join(self, room: Room, member: Member) -> None:
        """Let them hear the others and be heard. Raises AriError."""
        await self._opening.acquire()
        try:
            await self._open(room)
        finally:
            self._opening.release()
        # Keys are for us: the others need not hear them.
        way = f"bridges/{room.bridge}/addChannel"
        await self._board.ari.request("POST", way, channel=member.id, absorbDTMF="true")
        await self.mark(member)
        await self._board.set(member.id, "TALK_DETECT(set)", "")
        if member.muted:
            await self.mute(member)

    async def _open(self, room: Room) -> None:
        if not room.bridge:
            bridge = f"{_PREFIX}-{room.number}-{new_id()}"
            await self._board.ari.request("POST", f"bridges/{bridge}", type="mixing", name=room.number)
            room.bridge = bridge

    async def mark(self, member: Member, *, taped: bool = False) -> None:
        """Write on the channel what a next life must know of them. Raises AriError.

        taped: the room is recorded there.
        """
        facts = (
            "chairman" if member.chairman else "member",
            member.number,
            "muted" if member.muted else "",
            "waits" if member.waits else "",
            "taped" if taped else "",
        )
        await self._board.set(member.id, _ROLE, "/".join(facts))

    async def remember(self, member: Member, *, taped: bool = False) -> None:
        """The same, of somebody who may have gone meanwhile."""
        try:
            await self.mark(member, taped=taped)
        except AriError:
            return

    async def mute(self, member: Member) -> None:
        """Let them be heard or not, as `member.muted` says."""
        method = "POST" if member.muted else "DELETE"
        await self._board.ari.attempt(method, f"channels/{member.id}/mute", direction="in")

    async def volume(self, member: Member, step: int) -> None:
        """How loud they hear the others: 0 to LOUDEST; USUAL is as it comes. Raises AriError."""
        await self._board.set(member.id, "VOLUME(TX)", _DB[step])

    async def lock(self, room: Room) -> None:
        """Remember in the exchange whether it is locked."""
        value = "1" if room.locked else ""
        await self._board.ari.attempt("POST", f"bridges/{room.bridge}/variable", variable=_LOCKED, value=value)

    async def sound(self, room: Room, sounds: Sequence[Path]) -> None:
        """Have everybody in the room hear sound files."""
        if room.bridge and sounds:
            media = ",".join(f"sound:{sound.with_suffix('')}" for sound in sounds)
            await self._board.ari.attempt("POST", f"bridges/{room.bridge}/play", media=media, playbackId=new_id())

    async def close(self, bridge: str) -> None:
        """Nobody is in it any more."""
        await self._board.ari.attempt("DELETE", f"bridges/{bridge}")

    async def left(self, rooms: dict[str, Room]) -> list[Found]:
        """Whom a life before left in `rooms`, which are given their bridges again. Raises AriError."""
        there = {channel.id: channel for channel in await self._board.channels() if channel.name.startswith("PJSIP/")}
        found: list[Found] = []
        for bridge, members in (await self._board.bridges()).items():
            prefix, _, rest = bridge.partition("-")
            room = rooms.get(rest.partition("-")[0]) if prefix == _PREFIX else None
            inside = [there.pop(member) for member in members if member in there] if prefix == _PREFIX else []
            if prefix == _PREFIX and (room is None or not inside):
                await self.close(bridge)
            elif room is not None and not room.bridge:
                room.bridge = bridge
                room.locked = bool(await self._variable(f"bridges/{bridge}", _LOCKED))
                found += [await self._found(channel, room.number) for channel in inside]
        for channel in there.values():
            if channel.exten in rooms and channel.steered:
                at_door = await self._found(channel, channel.exten)
                found += [at_door] if at_door.waits else []
        return [one for one in found if one.channel.id not in self._board.legs]

    async def _found(self, channel: Channel, room: str) -> Found:
        said = await self._variable(f"channels/{channel.id}", _ROLE)
        role, _, more = said.partition("/")
        number, *marks = more.split("/")
        muted, waits, taped = (mark in marks for mark in ("muted", "waits", "taped"))
        return Found(channel, room, number or channel.endpoint, role == "chairman", muted, waits, taped)

    async def _variable(self, of: str, name: str) -> str:
        try:
            return str((await self._board.ari.request("GET", f"{of}/variable", variable=name))["value"])
        except AriError:
            return ""
