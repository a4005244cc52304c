"""ESPA-X over real TCP: several hosts on one line, restarts, hangs, and addresses that cannot be had."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from nursecall.dialogue import Dialogue
from nursecall.lines import Lines
from nursecall.listening import MOST, NO_ADDRESS, NOBODY
from nursecall.plan_lines import AnyLine, EspaxLine
from nursecall.reading import Ended, Press, Reading
from nursecall.traces import Traces
from nursecall.wire.espax import Client, Delivered, Started
from nursecall.wire.espax_client import Event
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.real_reactor import Heard, reactor, run


class Host(Protocol):
    """A nurse-call host that is connected."""

    def __init__(self) -> None:
        self.client = Client(user="u", password="p")
        self.events: Heard[Event] = Heard()
        self.gone: Deferred[None] = Deferred()
        self.dialogue: Dialogue[Any] = Dialogue(
            self.client, clock=ReactorClock(reactor), write=self._write, happened=self._happened
        )

    def connectionMade(self) -> None:
        self.dialogue.opened()

    def dataReceived(self, data: bytes) -> None:
        self.dialogue.received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.dialogue.closed()
        self.gone.callback(None)

    def _write(self, data: bytes) -> None:
        wire: Any = self.transport
        wire.write(data)

    def _happened(self, event: Event) -> None:
        self.events.append(event)

    async def done(self, ask: Callable[[float], int]) -> None:
        """Ask, and wait until the server has done it."""
        ticket = self.dialogue.do(ask)
        await self.events.until(lambda events: any(isinstance(e, Delivered) and e.ticket == ticket for e in events))


class Ward:
    """A line, all that was heard on it, and the way to connect."""

    def __init__(self, port: int, keep: Path, **more: Any) -> None:
        said = {
            "id": "x",
            "ward": "a",
            "protocol": "espax",
            "listen": f"127.0.0.1:{port}",
            "user": "u",
            "password": "p",
        }
        self.port, self.clock, bus = port, FakeClock(), Bus()
        self.heard: Heard[Reading] = Heard()
        self.health: Heard[HealthChanged] = Heard()
        self.promise: Deferred[None] | None = None
        bus.subscribe(HealthChanged, self.health.append)
        self.lines = Lines(
            [EspaxLine.model_validate(said | more)],
            Path("/nowhere"),
            keep=keep,
            reactor=reactor,
            clock=self.clock,
            bus=bus,
            heard=self._heard,
            stands=lambda _asked: None,
            becomes=lambda _asked: None,
            traces=Traces(self.clock, bus),
        )

    def _heard(self, line: AnyLine, reading: Reading) -> Deferred[None] | None:
        self.heard.append(reading)
        return self.promise

    async def connect(self) -> Host:
        """A host connects and logs in."""
        endpoint = HostnameEndpoint(cast(Any, reactor), "127.0.0.1", self.port)
        host: Host = await endpoint.connect(cast(Any, Factory.forProtocol(Host)))
        return host

    def pass_time(self, seconds: int) -> None:
        """Second by second."""
        for _ in range(seconds):
            self.clock.advance(1)

    @property
    def state(self) -> tuple[State, str]:
        """What was said last."""
        return self.health[-1].state, self.health[-1].detail


def story(tell: Callable[[Ward], Awaitable[None]], **more: Any) -> None:
    """Run `tell` in the reactor."""

    async def whole(keep: Path) -> None:
        ward = Ward(more.pop("port", 0) or free_port(), keep, **more)
        ward.lines.start()
        try:
            await tell(ward)
        finally:
            ward.lines.stop()
            assert ward.clock.twisted.getDelayedCalls() == []

    with TemporaryDirectory() as directory:
        run(whole(Path(directory) if "keep" not in more else more.pop("keep")))


CALL = Started("r1", ward="One", bed="28", text="call")


def test_a_process_is_a_press_and_its_stop_ends_it() -> None:
    """Answered only when it is on record."""

    async def tell(ward: Ward) -> None:
        host = await ward.connect()
        ward.promise = Deferred()
        asked = Deferred.fromCoroutine(host.done(lambda now: host.client.start(CALL, now)))
        await ward.heard.until(lambda heard: len(heard) == 1)
        assert not any(isinstance(event, Delivered) for event in host.events)
        ward.promise.callback(None)
        ward.promise = None
        await asked
        await host.done(lambda now: host.client.stop("r1", now))
        assert ward.heard == [Press("a", "28", "call"), Ended("a", "28", "call")]
        assert ward.state[0] is State.UP

    story(tell)


def test_a_host_that_connects_anew_ends_what_it_began_before() -> None:
    """Two connections at a time, and one after the other."""

    async def tell(ward: Ward) -> None:
        first, second = await ward.connect(), await ward.connect()
        await first.done(lambda now: first.client.start(CALL, now))
        other = Started("r2", bed="3", text="call")
        await second.done(lambda now: second.client.start(other, now))
        wire: Any = first.transport
        wire.abortConnection()
        await first.gone
        third = await ward.connect()
        await third.done(lambda now: third.client.stop("r1", now))
        assert ward.heard == [Press("a", "28", "call"), Press("a", "3", "call"), Ended("a", "28", "call")]

    story(tell)


def test_a_reset_is_heard_although_we_were_started_anew_in_between(tmp_path: Path) -> None:
    """A stop names the process only: what it was stands in a file. One that cannot be read harms nobody."""

    async def before(ward: Ward) -> None:
        host = await ward.connect()
        await host.done(lambda now: host.client.start(CALL, now))
        await host.done(lambda now: host.client.start(Started("r2", bed="3", text="call"), now))
        await host.done(lambda now: host.client.stop("r2", now))

    async def after(ward: Ward) -> None:
        host = await ward.connect()
        await host.done(lambda now: host.client.stop("r2", now))
        await host.done(lambda now: host.client.stop("r1", now))
        assert ward.heard == [Ended("a", "28", "call")]

    async def at_last(ward: Ward) -> None:
        host = await ward.connect()
        await host.done(lambda now: host.client.start(CALL, now))
        assert ward.heard == [Press("a", "28", "call")]

    story(before, keep=tmp_path)
    story(after, keep=tmp_path)
    (tmp_path / "x.json").write_text("rubbish")
    story(at_last, keep=tmp_path)


def test_a_host_that_hangs_is_cut_off() -> None:
    """Silent for too long: the connection ends, and the line is in trouble until a host is back."""

    async def tell(ward: Ward) -> None:
        host = await ward.connect()
        await host.done(lambda now: host.client.start(CALL, now))
        ward.pass_time(21)
        assert ward.state[0] is State.DOWN
        ward.clock.advance(1)
        await host.gone
        again = await ward.connect()
        await again.done(lambda now: again.client.start(Started("r9", bed="9"), now))
        states = [event.state for event in ward.health]
        assert states == [State.STARTING, State.UP, State.DOWN, State.UP]

    story(tell, silence=20)


def test_a_line_without_a_host_is_in_trouble_soon() -> None:
    """Long before its silence is over; and no longer once a host is there."""

    async def tell(ward: Ward) -> None:
        ward.pass_time(12)
        assert ward.state == (State.DOWN, NOBODY)
        host = await ward.connect()
        await host.done(lambda now: host.client.start(CALL, now))
        assert ward.state[0] is State.UP

    story(tell, silence=300)


def test_an_address_that_is_taken_is_told_and_had_when_it_is_free() -> None:
    """Once, with a reason."""
    taken = socket.create_server(("127.0.0.1", 0))

    async def tell(ward: Ward) -> None:
        ward.pass_time(3)
        assert [(event.state, event.detail) for event in ward.health] == [
            (State.STARTING, ""),
            (State.DOWN, NO_ADDRESS),
        ]
        taken.close()
        ward.clock.advance(1)
        host = await ward.connect()
        await host.done(lambda now: host.client.start(CALL, now))
        assert ward.state[0] is State.UP

    story(tell, port=taken.getsockname()[1])


def test_who_may_not_in_is_shown_the_door() -> None:
    """And more connections than a hospital has are refused."""

    async def tell(ward: Ward) -> None:
        hosts = [await ward.connect() for _ in range(MOST)]
        for host in hosts:
            await host.events.until(lambda events: len(events) > 0)
        crowd = await ward.connect()
        await crowd.gone
        assert crowd.events == []
        hosts[0].dialogue.do(hosts[0].client.log_out)
        await hosts[0].events.until(lambda events: len(events) > 1)
        ward.pass_time(1)
        await hosts[0].gone

    story(tell)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n" * 200, b"EX\xff\xff\xff\xff" + b"x" * 100_000])
def test_rubbish_degrades_the_line_and_harms_nobody(garbage: bytes) -> None:
    """A port scanner, a length that never ends: the real host is heard all the same."""

    async def tell(ward: Ward) -> None:
        host, other = await ward.connect(), await ward.connect()
        other._write(garbage)
        await ward.health.until(lambda told: any(event.state is State.DEGRADED for event in told))
        await host.done(lambda now: host.client.start(CALL, now))
        assert ward.heard == [Press("a", "28", "call")]

    story(tell)
