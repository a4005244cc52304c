"""Plays the story at every bed, and keeps a count of its own of every press that was made."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.day_screens import Station
from tests.bench.day_story import Bed, Touch

PATIENCE = 600.0
"""Seconds the simulated host may take to be rid of a message."""

REST = 0.5
"""Seconds at least between two touches of one bed: a contact that opens and closes at once is no press."""

OVERTIME = 60.0
"""Seconds the last messages may be late before the rest of the story is left untold."""

LONGEST = 64 * 1024


@dataclass(frozen=True)
class Pressed:
    """A press that was made. at: seconds of the system's monotonic clock; bytes: on the wire until the ACK."""

    ward: str
    bed: str
    kind: str
    at: float
    bytes: int


@dataclass
class Count:
    """What was done. late: seconds by which presses came later than in the story. unfinished: beds whose story was not
    told to its end, since the box was too slow."""

    pressed: list[Pressed] = field(default_factory=list)
    resets: int = 0
    acknowledged: int = 0
    refused: list[str] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    unfinished: int = 0


class Simulator:
    """The control socket of the simulated hospital: many requests at once over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listening = asyncio.ensure_future(self._listen())

    @classmethod
    async def at(cls, socket: Path) -> Simulator:
        """Connect."""
        return cls(*await asyncio.open_unix_connection(str(socket), limit=LONGEST))

    async def ask(self, **request: object) -> dict[str, Any]:
        """Its answer."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({**request, "id": number}).encode() + b"\n")
        told: dict[str, Any] = await answer
        return told

    async def close(self) -> None:
        """Hang up."""
        self._listening.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            answer = json.loads(line)
            self._asked.pop(answer["id"]).set_result(answer)
        for waiting in self._asked.values():
            waiting.set_exception(ConnectionError("the simulator has ended"))


async def play(
    story: Mapping[Bed, Sequence[Touch]],
    socket: Path,
    stations: Mapping[str, Station],
    count: Count,
    progress: Callable[[float], None],
) -> None:
    """Play all of it. progress: called every minute with the seconds since the beginning."""
    simulator = await Simulator.at(socket)
    began = time.monotonic() + 1
    telling = asyncio.ensure_future(_each_minute(began, progress))
    beds = [
        asyncio.ensure_future(_bed(bed, touches, began, simulator, stations[bed[0]], count))
        for bed, touches in story.items()
    ]
    last = max(touch.at for touches in story.values() for touch in touches)
    _, unfinished = await asyncio.wait(beds, timeout=1 + last + OVERTIME)
    for bed in unfinished:
        bed.cancel()
    count.unfinished = len(unfinished)
    telling.cancel()
    await simulator.close()


async def _each_minute(began: float, progress: Callable[[float], None]) -> None:
    for minute in itertools.count(1):
        await asyncio.sleep(began + 60 * minute - time.monotonic())
        progress(60.0 * minute)


async def _bed(
    bed: Bed, touches: Sequence[Touch], began: float, simulator: Simulator, station: Station, count: Count
) -> None:
    for touch in touches:
        await asyncio.sleep(max(0.0, began + touch.at - time.monotonic()))
        if touch.verb == "press":
            count.late.append(time.monotonic() - began - touch.at)
        if touch.verb == "acknowledge":
            await _acknowledge(bed[1], station, count)
        else:
            await _say(bed, touch, simulator, count)
            await asyncio.sleep(REST)


async def _say(bed: Bed, touch: Touch, simulator: Simulator, count: Count) -> None:
    ward, label = bed
    request: dict[str, object] = {"line": ward, "bed": label, "timeout": PATIENCE}
    match touch.verb:
        case "press":
            request |= {"verb": "press", "type": touch.kind}
        case "presence" | "absence":
            request |= {"verb": "presence", "here": touch.verb == "presence"}
        case _:
            request |= {"verb": "reset"}
    told = await simulator.ask(**request)
    if not told["ok"]:
        count.refused.append(f"{touch.verb} at bed {label} of {ward}: {told['error']}")
    elif touch.verb == "press":
        count.pressed.append(Pressed(ward, label, touch.kind, told["pressed_at"], told["bytes"]))
    elif touch.verb == "reset":
        count.resets += 1


async def _acknowledge(bed: str, station: Station, count: Count) -> None:
    call = station.call_at(bed)
    if call is None:
        return
    with contextlib.suppress(OSError):
        taken = await asyncio.to_thread(station.nurse.acknowledge, station.ward, call)
        count.acknowledged += taken
