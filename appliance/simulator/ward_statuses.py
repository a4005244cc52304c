"""What simulated hosts are told of their calls, asked for or not; and the verbs `status` and `statuses`."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.ward import PATIENCE, WardHost, WardHosts
from appliance.simulator.ward_ends import Espax
from appliance.simulator.ward_espa import Espa
from appliance.simulator.ward_text import Said

KEPT = 500
"""Statuses a host remembers."""

CANNOT_ASK = "A host on line {line} cannot ask what became of a call: only ESPA 4.4.4 and ESPA-X know such a question."
NO_STATUS = "Line {line}: no status came within {seconds} seconds."


class WardStatuses:
    """The statuses of every ESPA 4.4.4 and ESPA-X line among `hosts`."""

    def __init__(self, hosts: WardHosts, clock: Clock) -> None:
        self._hosts, self._clock = hosts, clock
        self._told: deque[Answer] = deque(maxlen=KEPT)
        self._waiting: list[tuple[Answer, Deferred[Answer]]] = []
        for line in hosts.simulated:
            hosts.host(line).listeners.append(self._happened)

    def register(self, simulator: Simulator) -> None:
        """Answer `status` and `statuses`."""
        simulator.register("status", self.status)
        simulator.register("statuses", self.statuses)

    def statuses(self, request: Request) -> Answer:
        """All that hosts were told of their calls, oldest first; of one line where `line` names it."""
        line = word(request, "line", "")
        if line:
            self._hosts.host(line)
        return {"statuses": [told for told in self._told if line in ("", told["line"])]}

    async def status(self, request: Request) -> Answer:
        """`line`, `bed`, `type` (default: the bed's last call): ask what became of it. `timeout` seconds."""
        host, bed = self._hosts.host(word(request, "line")), word(request, "bed")
        kind = None if request.get("type") is None else word(request, "type")
        seconds, far = number(request, "timeout", PATIENCE, least=0.1, most=3600), host.far
        if not isinstance(far, Espa | Espax):
            raise Refused(CANNOT_ASK, line=host.line.id)
        told: Deferred[Answer] = Deferred()

        def asks(now: float) -> Said:
            said, about = far.ask(bed, kind, now)
            # From now on: the answer may be there before our own block counts as delivered.
            self._waiting.append(({"line": host.line.id, **about}, told))
            return said

        try:
            await host.send(asks, patience=seconds)
            return await self._in_time(told, host, seconds)
        finally:
            self._waiting = [one for one in self._waiting if one[1] is not told]

    async def _in_time(self, told: Deferred[Answer], host: WardHost, seconds: float) -> Answer:
        def give_up() -> None:
            if not told.called:
                told.errback(Refused(NO_STATUS, line=host.line.id, seconds=f"{seconds:g}"))

        timer = self._clock.later(timedelta(seconds=seconds), give_up)
        try:
            return await told
        finally:
            if timer.active():
                timer.cancel()

    def _happened(self, host: WardHost, event: object) -> None:
        status = host.far.status(event) if isinstance(host.far, Espa | Espax) else None
        if status is None:
            return
        row = {"line": host.line.id, "at": self._clock.now().isoformat(), **status}
        self._told.append(row)
        for about, told in self._waiting:
            if about.items() <= row.items() and not told.called:
                told.callback(dict(row))
