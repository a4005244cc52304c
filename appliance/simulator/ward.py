"""Simulated nurse-call hosts: the other end of each line of the plan, with faults on demand."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.ward_cord import Cord, SerialCord, TcpCord
from appliance.simulator.ward_ends import far_end
from appliance.simulator.ward_faults import Faults
from appliance.simulator.ward_text import Said
from nursecall.dialogue import Dialogue
from nursecall.plan_lines import AnyLine, EspaxLine, Worded
from nursecall.reading import Ended, Presence, Press, Reading, Terminal

PATIENCE = 20.0
"""Seconds until who waits for an ACK is told that there is none yet."""

UNPLUGGED = "Line {line} is unplugged; the host keeps the message until it is restored."
NO_ANSWER = "Line {line}: nobody acknowledged the message within {seconds} seconds; the host keeps trying."
INVALID = "Line {line}: the message was refused as invalid."

Says = Callable[[float], Said]
"""Puts a message into the party's queue, at the party's time."""


@dataclass
class _Sent:
    """A message that somebody waits for."""

    acknowledged: Deferred[float]
    pressed_at: float
    bytes_before: int


class WardHost:
    """The host at the far end of one line."""

    def __init__(
        self,
        line: AnyLine,
        devices: Path,
        *,
        reactor: ReactorBase,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.line = line
        self.far = far_end(line)
        self._clock = clock
        self._monotonic = monotonic
        self._dialogue = Dialogue(self.far.party, clock=clock, write=self._write, happened=self._happened)
        self.cord = self._cord(devices, reactor)
        self.faults = Faults(self.cord.write, clock, self.far.block)
        self._sent: dict[int, _Sent] = {}
        self._bytes = 0
        self._last: Says | None = None
        self.listeners: list[Callable[[WardHost, object], None]] = []
        """Told all that the host's party says."""

    def _cord(self, devices: Path, reactor: ReactorBase) -> Cord:
        if not isinstance(self.line, EspaxLine):
            link = devices / self.line.device
            return SerialCord(link, reactor=reactor, received=self._received, opened=self._dialogue.opened)
        host, _, port = self.line.listen.rpartition(":")
        return TcpCord(
            host, int(port), reactor=reactor, clock=self._clock, received=self._received,
            opened=self._dialogue.opened, lost=self._dialogue.closed,
        )  # fmt: skip

    def plug(self) -> None:
        """Plug the line in, if it is not, and speak."""
        self.cord.open()

    def unplug(self) -> None:
        """The line is gone for the near end; whoever waits for an ACK is told."""
        self._dialogue.closed()
        self.cord.close()
        for sent in list(self._sent.values()):
            if not sent.acknowledged.called:
                sent.acknowledged.errback(Refused(UNPLUGGED, line=self.line.id))

    def mend(self) -> None:
        """All is well again: no fault, plugged in."""
        self.faults.end()
        self.plug()

    def stop(self) -> None:
        """Unplug, and end every fault."""
        self.faults.end()
        self.unplug()

    def repeat(self, count: int) -> None:
        """Say the last message again, so many times, without waiting. Raises Refused where there was none."""
        if self._last is None:
            raise Refused("Line {line} has said nothing yet that could be repeated.", line=self.line.id)
        for _ in range(count):
            self._dialogue.do(self._last)

    async def send(self, says: Says, *, wait: bool = True, patience: float = PATIENCE) -> Answer:
        """Have a message said. With `wait`, returns when it was acknowledged; raises Refused when it is not.

        pressed_at, acked_at: seconds of the system's monotonic clock. bytes: on the wire in between, both directions.
        """
        sent = _Sent(Deferred(), self._monotonic(), self._bytes)
        said = self._dialogue.do(lambda now: self._queued(says, now, sent))
        self._last = says
        answer: Answer = {"line": self.line.id, "text": said.text, "block_bytes": said.size}
        if not wait:
            self._sent.pop(said.ticket, None)
            return {**answer, "pending": self.far.pending}
        if not self.cord.is_open:
            self._sent.pop(said.ticket, None)
            raise Refused(UNPLUGGED, line=self.line.id)
        timer = self._clock.later(timedelta(seconds=patience), lambda: self._gave_up(sent, patience))
        try:
            acked_at = await sent.acknowledged
        finally:
            self._sent.pop(said.ticket, None)
            if timer.active():
                timer.cancel()
        return {**answer, "pressed_at": sent.pressed_at, "acked_at": acked_at, "bytes": self._bytes - sent.bytes_before}

    def _queued(self, says: Says, now: float, sent: _Sent) -> Said:
        # Known before the party speaks: what wants no answer is delivered as soon as it is said.
        said = says(now)
        self._sent[said.ticket] = sent
        return said

    def state(self) -> Answer:
        """One row of the list of lines."""
        return {
            "line": self.line.id,
            "ward": self.line.ward,
            "device": self.cord.where,
            "pending": self.far.pending,
            "state": "unplugged" if not self.cord.is_open else self.faults.named(),
        }

    def _gave_up(self, sent: _Sent, patience: float) -> None:
        if not sent.acknowledged.called:
            sent.acknowledged.errback(Refused(NO_ANSWER, line=self.line.id, seconds=f"{patience:g}"))

    def _received(self, data: bytes) -> None:
        self._bytes += len(data)
        self._dialogue.received(data)

    def _write(self, data: bytes) -> None:
        self._bytes += self.faults.write(data)

    def _happened(self, event: object) -> None:
        for listener in self.listeners:
            listener(self, event)
        outcome = self.far.outcome(event)
        sent = self._sent.get(outcome[0]) if outcome is not None else None
        if outcome is None or sent is None or sent.acknowledged.called:
            return
        if outcome[1]:
            sent.acknowledged.callback(self._monotonic())
        else:
            sent.acknowledged.errback(Refused(INVALID, line=self.line.id))


class WardHosts:
    """The hosts of every line of the plan that may be simulated: a real device, or one in the network, is let be."""

    def __init__(self, lines: Sequence[AnyLine], devices: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self._hosts = {
            line.id: WardHost(line, devices, reactor=reactor, clock=clock) for line in lines if _simulated(line)
        }

    def start(self) -> None:
        """Plug every line in."""
        for host in self._hosts.values():
            host.plug()

    def stop(self) -> None:
        """Unplug every line."""
        for host in self._hosts.values():
            host.stop()

    def register(self, simulator: Simulator) -> None:
        """Answer `press`, `reset`, `presence`, `terminal`, `line` and `lines`."""
        simulator.register("press", self.press)
        simulator.register("reset", self.reset)
        simulator.register("presence", self.presence)
        simulator.register("terminal", self.terminal)
        simulator.register("line", self.trouble)
        simulator.register("lines", self.lines)

    @property
    def simulated(self) -> Sequence[str]:
        """The ids of the lines that have a host here."""
        return tuple(self._hosts)

    def host(self, line: str) -> WardHost:
        """The host of `line`. Raises Refused."""
        if line not in self._hosts:
            known = ", ".join(self._hosts) or "none"
            raise Refused("There is no simulated line {line}. Simulated are: {known}.", line=line, known=known)
        return self._hosts[line]

    async def press(self, request: Request) -> Answer:
        """`line`, `bed`, `type` (default: the line's); or a `text` of its own. `wait` (true), `timeout` seconds."""
        host = self.host(word(request, "line"))
        bed = word(request, "bed", "")
        if "text" in request:
            text = word(request, "text")
            return await self._send(host, lambda now: host.far.say(text, bed, now), request, {})
        kind = word(request, "type", host.line.default_type if isinstance(host.line, Worded) else "call")
        return await self._tell(host, Press(_ward(host), word(request, "bed"), kind), request, {"type": kind})

    async def reset(self, request: Request) -> Answer:
        """`line`, `bed`, `type` (default: whatever is open), `wait` (true), `timeout` seconds."""
        host = self.host(word(request, "line"))
        kind = None if request.get("type") is None else word(request, "type")
        return await self._tell(host, Ended(_ward(host), word(request, "bed"), kind), request, {"type": kind})

    async def presence(self, request: Request) -> Answer:
        """`line`, `bed`, `here` (true): a nurse comes to the bed, or leaves it. `wait` (true), `timeout` seconds."""
        host, here = self.host(word(request, "line")), request.get("here", True) is not False
        return await self._tell(host, Presence(_ward(host), word(request, "bed"), here), request, {"here": here})

    async def terminal(self, request: Request) -> Answer:
        """`line`, `bed`, `well` (false): the bed's terminal is unplugged, or plugged in again. `wait`, `timeout`."""
        host, well = self.host(word(request, "line")), request.get("well", False) is not False
        return await self._tell(host, Terminal(_ward(host), word(request, "bed"), well), request, {"well": well})

    def trouble(self, request: Request) -> Answer:
        """`line`, `action`, and for some `seconds`, `count`, `rate`."""
        host = self.host(word(request, "line"))
        action = word(request, "action")
        seconds = number(request, "seconds", 5, most=86_400)
        count = int(number(request, "count", 1, most=1_000_000))
        rate = number(request, "rate", 20_000, least=1, most=1_000_000)
        actions: dict[str, Callable[[], object]] = {
            "drop": host.unplug,
            "restore": host.plug,
            "ok": host.mend,
            "garble": lambda: host.faults.garble(seconds),
            "flood": lambda: host.faults.flood(seconds, rate),
            "wrong-bcc": lambda: host.faults.spoil(count),
            "cut": lambda: host.faults.cut(count),
            "repeat": lambda: host.repeat(count),
            "silent": host.faults.fall_silent,
            "misaddress": host.faults.misaddress,
        }
        if action not in actions:
            known = ", ".join(actions)
            raise Refused("A line can do no {action}. It can: {known}.", action=action, known=known)
        actions[action]()
        return host.state()

    def lines(self, _request: Request) -> Answer:
        """Every line, as in `WardHost.state`."""
        return {"lines": [host.state() for host in self._hosts.values()]}

    def _tell(self, host: WardHost, reading: Reading, request: Request, more: dict[str, Any]) -> Awaitable[Answer]:
        return self._send(host, lambda now: host.far.tell(reading, now), request, {"bed": reading.bed, **more})

    def _send(self, host: WardHost, says: Says, request: Request, more: dict[str, Any]) -> Awaitable[Answer]:
        patience = number(request, "timeout", PATIENCE, least=0.1, most=3600)

        async def sent() -> Answer:
            answer = await host.send(says, wait=request.get("wait", True) is not False, patience=patience)
            return {**answer, **more}

        return sent()


def _ward(host: WardHost) -> str:
    return host.line.ward


def _simulated(line: AnyLine) -> bool:
    if isinstance(line, EspaxLine):
        host = line.listen.rpartition(":")[0]
        return host == "localhost" or (host.replace(".", "").isdigit() and ip_address(host).is_loopback)
    return "://" not in line.device and not Path(line.device).is_absolute()
