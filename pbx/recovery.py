"""Calls that were under way when a life of ours ended: what became of them, and how they are taken up again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.values import Evidence
from pbx.ari.messages import Channel
from pbx.engine.records import Record, Records
from pbx.pair import Pair
from pbx.switchboard import Switchboard

PAID = re.compile(r"(?P<call>.+)-(out|bill)-[^-]+")
"""The name of a leg to outside that somebody pays for. See `pbx.terms.Leg`."""
WRITTEN_WITHIN = 20
A_MOMENT = timedelta(milliseconds=100)


class Past:
    """Reads the exchange's present (channels, bridges) and its records."""

    def __init__(self, board: Switchboard, records: Records, clock: Clock) -> None:
        self._board = board
        self._records = records
        self._clock = clock

    async def evidence(self, call: str) -> Evidence:
        """What is known of `call`. What is left of a call that is not whole is hung up first. Raises AriError."""
        await self._board.in_step()
        started = self._board.engine_started_at
        if started is None:
            raise RuntimeError("in touch with an exchange that did not say since when it runs")
        pair = await self._whole(call)
        if pair is None:
            await self._clear(call)
        answered_at, ended_at = await self._written(call, alive=pair is not None)
        return Evidence(pair is not None and answered_at is not None, answered_at, ended_at, started)

    async def rejoin(self, call: str) -> Pair | None:
        """The two legs of a call that is still whole, watched again; None when it is not. Raises AriError."""
        await self._board.in_step()
        pair = await self._whole(call)
        if pair is None:
            return None
        for record in self._records.of_call(call):
            if record.kind == "ANSWER" and record.channel == pair.called.id:
                pair.called.up.set(record.at)
        return pair

    async def sweep(self) -> list[str]:
        """Hang up every leg of ours that nobody watches, and return the calls' ids. Raises AriError."""
        await self._board.in_step()
        strays = [found for found in await self._board.channels() if _ours(found) and found.id not in self._board.legs]
        for stray in strays:
            await self._board.hang_up(stray.id)
        for bridge, members in (await self._board.bridges()).items():
            call, ours, _ = bridge.partition("-bridge-")
            if ours and not members and not any(leg.startswith(call) for leg in self._board.legs):
                await self._board.ari.attempt("DELETE", f"bridges/{bridge}")
        return [stray.id for stray in strays]

    async def unbilled(self, apart_from: Collection[str]) -> list[tuple[str, Pair]]:
        """Calls between desks, and of desks to the outside, that are still whole: nobody but us will take them up.

        Raises AriError.
        """
        there = {found.id: found for found in await self._board.channels()}
        found = []
        for bridge, members in (await self._board.bridges()).items():
            call, ours, _ = bridge.partition("-bridge-")
            talking = _talking(members, there)
            if ours and call not in apart_from and len(talking) > 1 and not _unclaimed(talking, apart_from):
                # Whoever was rung for the call is named after it.
                first, second = sorted(talking[:2], key=lambda member: member.startswith(f"{call}-"))
                caller, called = (self._board.leg(member, there[member].name) for member in (first, second))
                found.append((call, Pair(caller, called, bridge, self._board)))
        return found

    async def _whole(self, call: str) -> Pair | None:
        """The outside leg of `call`, and whoever it talks with: another than at first, where it was handed on."""
        there = {found.id: found for found in await self._board.channels()}
        for bridge, members in (await self._board.bridges()).items():
            talking = _talking(members, there)
            called = [member for member in talking if _paid_in(member) == call]
            others = [member for member in talking if member not in called]
            if called and others:
                caller, outside = (self._board.leg(member, there[member].name) for member in (others[0], called[0]))
                pair = Pair(caller, outside, bridge, self._board)
                pair.held = outside
                return pair
        return None

    async def _clear(self, call: str) -> None:
        callers = {record.linked for record in self._records.of_call(call)} - await self._gone_on(call)
        for found in await self._board.channels():
            if found.id.startswith(f"{call}-") or (found.id in callers and _ours(found)):
                leg = self._board.leg(found.id, found.name)
                await self._board.hang_up(found.id)
                await leg.gone.wait()

    async def _gone_on(self, call: str) -> set[str]:
        """Everybody who is in a bridge of another call: a caller may have had another number since."""
        bridges = await self._board.bridges()
        return {leg for bridge, legs in bridges.items() if not bridge.startswith(f"{call}-bridge-") for leg in legs}

    async def _written(self, call: str, *, alive: bool) -> tuple[datetime | None, datetime | None]:
        """When it was answered and ended. What has ended is written down a moment later: wait for that."""
        for _ in range(WRITTEN_WITHIN):
            answered_at, ended_at = _times(self._records.of_call(call), call)
            if alive or answered_at is None or ended_at is not None or self._died_since(answered_at):
                break
            await sleep(self._clock, A_MOMENT)
        return answered_at, ended_at

    def _died_since(self, moment: datetime) -> bool:
        started = self._board.engine_started_at
        return started is not None and started > moment


def _times(records: list[Record], call: str) -> tuple[datetime | None, datetime | None]:
    answers = [r.at for r in records if r.kind == "ANSWER" and _paid_in(r.channel) == call]
    if not answers:
        return None, None
    return answers[0], min((r.at for r in records if r.kind == "HANGUP" and r.at >= answers[0]), default=None)


def _talking(members: list[str], there: Mapping[str, Channel]) -> list[str]:
    """Those of a bridge who are up; last whoever we rang, who may be a supervisor with two others."""
    return sorted((member for member in members if _up(there.get(member))), key=lambda member: "-rung-" in member)


def _unclaimed(members: list[str], claimed: Collection[str]) -> bool:
    """Whether a leg that somebody pays for is among them, and nobody has taken that call up."""
    paid = filter(None, map(_paid_in, members))
    return any(call not in claimed for call in paid)


def _paid_in(leg: str) -> str | None:
    """The call in which somebody pays for this leg; None where nobody does."""
    found = PAID.fullmatch(leg)
    return found["call"] if found else None


def _up(channel: Channel | None) -> bool:
    return channel is not None and channel.state == "Up"


def _ours(channel: Channel) -> bool:
    return channel.steered or any(kind in channel.id for kind in ("-out-", "-bill-", "-desk-", "-line-", "-rung-"))
