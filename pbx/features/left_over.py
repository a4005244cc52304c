"""Whom a life before left waiting for somebody who made a second call, or talking in threes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.ari.messages import Channel
from pbx.leg import Leg
from pbx.switchboard import Switchboard

HOLD, THREE = "hold-", "three-"
"""How the bridges are called in which one waits, or three talk."""
_MARK = "WAITS_FOR"


@dataclass(frozen=True)
class LeftWaiting:
    """waits: in the bridge `hold`, out of `call`, for the leg `by` of the extension `own`, None where that has gone.

    talks: the bridge of the second call and who `by` talks with there; None where nobody had answered yet.
    """

    call: str
    hold: str
    waits: Leg
    own: str
    by: Leg | None
    talks: tuple[str, Leg] | None


async def mark(board: Switchboard, waits: Leg, call: str, by: Leg) -> None:
    """Write on who waits what a next life must know of them. Raises AriError."""
    await board.set(waits.id, _MARK, f"{call}/{by.endpoint}/{by.id}")


async def left_waiting(board: Switchboard) -> list[LeftWaiting]:
    """Everybody whom nobody of this life knows. Their legs are ours now. Raises AriError."""
    there = {found.id: found for found in await board.channels()}
    bridges = await board.bridges()
    found = []
    for bridge, members in bridges.items():
        for member in members if bridge.startswith(HOLD) else ():
            if member in there and member not in board.legs and (said := await board.get(member, _MARK)):
                call, own, by = said.split("/", 2)
                found.append(_left(board, bridge, there[member], call, own, there.get(by), bridges, there))
    return found


async def left_in_threes(board: Switchboard) -> list[tuple[str, tuple[Leg, ...]]]:
    """The same of three who talk: their bridge and their legs. Raises AriError."""
    there = {found.id: found for found in await board.channels()}
    return [
        (bridge, tuple(_taken(board, there[member]) for member in members if member in there))
        for bridge, members in (await board.bridges()).items()
        if bridge.startswith(THREE) and members and not any(member in board.legs for member in members)
    ]


def _left(
    board: Switchboard,
    hold: str,
    waits: Channel,
    call: str,
    own: str,
    by: Channel | None,
    bridges: Mapping[str, list[str]],
    there: Mapping[str, Channel],
) -> LeftWaiting:
    talks = None
    for bridge, members in bridges.items() if by else ():
        other = next((there[one] for one in members if by and one != by.id and one in there), None)
        if by and by.id in members and other is not None and other.state == "Up":
            talks = bridge, _taken(board, other)
    return LeftWaiting(call, hold, _taken(board, waits), own, _taken(board, by) if by else None, talks)


def _taken(board: Switchboard, channel: Channel) -> Leg:
    leg = board.leg(channel.id, channel.name)
    leg.up.set(board.now())
    return leg
