"""Simulated nurse-call hosts: the other end of each host line of the plan, with faults on demand."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.pty import Pty
from appliance.simulator.ward_faults import Faults
from appliance.simulator.ward_text import as_written, press, reset
from nursecall.dialogue import Dialogue
from nursecall.lines import byte_time
from nursecall.plan_lines import EspaLine
from nursecall.wire.espa444 import Call, Control, Delivered, Event, Message, Party, Station
from nursecall.wire.espa444 import Refused as NotTaken

PATIENCE = 20.0
"""Seconds until who waits for an ACK is told that there is none yet."""

POLL = 0.5
"""Seconds between two polls of a simulated control station."""

UNPLUGGED = "Line {line} is unplugged; the host keeps the message until it is restored."
NO_ANSWER = "Line {line}: nobody acknowledged the message within {seconds} seconds; the host keeps trying."
INVALID = "Line {line}: the message was refused as invalid."


@dataclass
class _Sent:
    """A message that somebody waits for."""

    acknowledged: Deferred[float]
    pressed_at: float
    bytes_before: int


def far_party(line: EspaLine) -> Party:
    """The other role than ours."""
    if line.role == "station":
        return Control(
            line.peer,
            line.own,
            encoding=line.encoding,
            seven_bit=line.data_bits == 7,
            byte_time=byte_time(line),
            interval=POLL,
        )
    return Station(
        line.peer, line.own, encoding=line.encoding, seven_bit=line.data_bits == 7, byte_time=byte_time(line)
    )


class WardHost:
    """The host at the far end of one line."""

    def __init__(
        self,
        line: EspaLine,
        devices: Path,
        *,
        reactor: ReactorBase,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.line = line
        self._clock = clock
        self._monotonic = monotonic
        self.pty = Pty(devices / line.device, reactor=reactor, received=self._received)
        self.faults = Faults(self.pty.write, clock)
        self.party = far_party(line)
        self._dialogue = Dialogue(self.party, clock=clock, write=self._write, happened=self._happened)
        self._sent: dict[int, _Sent] = {}
        self._bytes = 0

    def plug(self) -> None:
        """Plug the line in, if it is not, and speak."""
        self.pty.open()
        self._dialogue.opened()

    def unplug(self) -> None:
        """The line is gone for the near end; whoever waits for an ACK is told."""
        self._dialogue.closed()
        self.pty.close()
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

    async def send(self, message: Message, *, wait: bool = True, patience: float = PATIENCE) -> Answer:
        """Put `message` on the line. With `wait`, returns when it was acknowledged; raises Refused when it is not.

        pressed_at, acked_at: seconds of the system's monotonic clock. bytes: on the wire in between, both directions.
        """
        pressed_at, before = self._monotonic(), self._bytes
        block = as_written(self.line, message)
        ticket = self._dialogue.send(block)
        answer: Answer = {"line": self.line.id, "text": message.text, "block_bytes": len(block)}
        if not wait:
            return {**answer, "pending": self.party.pending}
        sent = self._sent[ticket] = _Sent(Deferred(), pressed_at, before)
        if not self.pty.is_open:
            self._sent.pop(ticket)
            raise Refused(UNPLUGGED, line=self.line.id)
        timer = self._clock.later(timedelta(seconds=patience), lambda: self._gave_up(sent, patience))
        try:
            acked_at = await sent.acknowledged
        finally:
            self._sent.pop(ticket, None)
            if timer.active():
                timer.cancel()
        return {**answer, "pressed_at": pressed_at, "acked_at": acked_at, "bytes": self._bytes - before}

    def state(self) -> Answer:
        """One row of the list of lines."""
        return {
            "line": self.line.id,
            "ward": self.line.ward,
            "device": str(self.pty.link),
            "pending": self.party.pending,
            "state": "unplugged" if not self.pty.is_open else self.faults.named(),
        }

    def _gave_up(self, sent: _Sent, patience: float) -> None:
        if not sent.acknowledged.called:
            sent.acknowledged.errback(Refused(NO_ANSWER, line=self.line.id, seconds=f"{patience:g}"))

    def _received(self, data: bytes) -> None:
        self._bytes += len(data)
        self._dialogue.received(data)

    def _write(self, data: bytes) -> None:
        self._bytes += self.faults.write(data)

    def _happened(self, event: Event) -> None:
        if not isinstance(event, Delivered | NotTaken):
            return
        sent = self._sent.get(event.ticket)
        if sent is None or sent.acknowledged.called:
            return
        if isinstance(event, Delivered):
            sent.acknowledged.callback(self._monotonic())
        else:
            sent.acknowledged.errback(Refused(INVALID, line=self.line.id))


class WardHosts:
    """The hosts of every line of the plan whose device is relative: an absolute one is real, and stays untouched."""

    def __init__(self, lines: Sequence[EspaLine], devices: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self._hosts = {
            line.id: WardHost(line, devices, reactor=reactor, clock=clock)
            for line in lines
            if not Path(line.device).is_absolute()
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
        """Answer `press`, `reset`, `line` and `lines`."""
        simulator.register("press", self.press)
        simulator.register("reset", self.reset)
        simulator.register("line", self.trouble)
        simulator.register("lines", self.lines)

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
        kind = word(request, "type", host.line.default_type)
        if "text" in request:
            return await self._send(host, Call(address=bed[:16] or None, text=word(request, "text")), request, {})
        call = press(host.line, word(request, "bed"), kind)
        return await self._send(host, call, request, {"bed": bed, "type": kind})

    async def reset(self, request: Request) -> Answer:
        """`line`, `bed`, `type` (default: whatever is open), `wait` (true), `timeout` seconds."""
        host = self.host(word(request, "line"))
        bed, kind = word(request, "bed"), request.get("type")
        ended = reset(host.line, bed, None if kind is None else word(request, "type"))
        return await self._send(host, ended, request, {"bed": bed, "type": kind})

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
            "silent": host.faults.fall_silent,
        }
        if action not in actions:
            known = ", ".join(actions)
            raise Refused("A line can do no {action}. It can: {known}.", action=action, known=known)
        actions[action]()
        return host.state()

    def lines(self, _request: Request) -> Answer:
        """Every line, as in `WardHost.state`."""
        return {"lines": [host.state() for host in self._hosts.values()]}

    def _send(self, host: WardHost, message: Message, request: Request, more: dict[str, Any]) -> Awaitable[Answer]:
        patience = number(request, "timeout", PATIENCE, least=0.1, most=3600)

        async def sent() -> Answer:
            answer = await host.send(message, wait=request.get("wait", True) is not False, patience=patience)
            return {**answer, **more}

        return sent()
