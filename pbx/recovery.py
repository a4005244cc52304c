"""Calls that were under way when a life of ours ended: what became of them, and how they are taken up again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.values import Evidence
from pbx.ari.messages import Channel
from pbx.engine.records import Record, Records
from pbx.pair import Pair
from pbx.switchboard import Switchboard

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

    async def desks(self, apart_from: Collection[str]) -> list[tuple[str, Pair]]:
        """Calls between desks that are still whole: nobody but us will take them up. Raises AriError."""
        calls = {bridge.partition("-bridge-")[0] for bridge in await self._board.bridges() if "-bridge-" in bridge}
        pairs = [(call, await self._whole(call, kind="desk")) for call in calls.difference(apart_from)]
        return [(call, pair) for call, pair in pairs if pair is not None]

    async def _whole(self, call: str, kind: str = "out") -> Pair | None:
        there = {found.id: found for found in await self._board.channels()}
        for bridge, members in (await self._board.bridges()).items():
            if bridge.startswith(f"{call}-bridge-"):
                called = [m for m in members if m.startswith(f"{call}-{kind}-") and _up(there.get(m))]
                callers = [m for m in members if not m.startswith(f"{call}-") and m in there]
                if called and callers:
                    legs = [self._board.leg(m, there[m].name) for m in (callers[0], called[0])]
                    return Pair(legs[0], legs[1], bridge, self._board)
        return None

    async def _clear(self, call: str) -> None:
        callers = {record.linked for record in self._records.of_call(call)}
        for found in await self._board.channels():
            if found.id.startswith(f"{call}-") or (found.id in callers and _ours(found)):
                leg = self._board.leg(found.id, found.name)
                await self._board.hang_up(found.id)
                await leg.gone.wait()

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
    answers = [r.at for r in records if r.kind == "ANSWER" and r.channel.startswith(f"{call}-out-")]
    if not answers:
        return None, None
    return answers[0], min((r.at for r in records if r.kind == "HANGUP" and r.at >= answers[0]), default=None)


def _up(channel: Channel | None) -> bool:
    return channel is not None and channel.state == "Up"


def _ours(channel: Channel) -> bool:
    return channel.steered or "-out-" in channel.id or "-desk-" in channel.id
