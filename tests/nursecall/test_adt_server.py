"""The MLLP server: one sender, many, and what goes wrong on the way."""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactor, StringTransport

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged
from nursecall.adt_connection import MOST_CONNECTIONS, MOST_NOISE, MOST_WAITING
from nursecall.adt_server import AdtServer
from nursecall.wire.hl7_answer import Answer
from nursecall.wire.mllp import LARGEST, envelope
from tests.fakes.clock import FakeClock
from tests.nursecall.adt_feed import feed
from tests.support import now


class Wire(StringTransport):
    """Notices when it is cut."""

    aborted = False

    @property
    def sent(self) -> bytes:
        """All that was written."""
        return bytes(self.value())  # type: ignore[no-untyped-call]

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.kept_alive = enabled

    def abortConnection(self) -> None:
        self.aborted = True


class SlowDesk:
    """Answers when it is told to; what is asked is kept."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.refused: list[Answer] = []
        self._due: list[Deferred[Answer]] = []
        self.at_once: Answer | None = Answer("AA")

    async def take(self, data: bytes) -> tuple[Answer, bytes]:
        self.asked.append(data)
        answer = self.at_once
        if answer is None:
            due: Deferred[Answer] = Deferred()
            self._due.append(due)
            answer = await due
        return answer, b"answer to " + data

    async def refuse(self, data: bytes, answer: Answer) -> tuple[Answer, bytes]:
        self.refused.append(answer)
        return answer, b"no"

    def answer(self, answer: Answer) -> None:
        """The message that has waited longest is answered."""
        self._due.pop(0).callback(answer)


class AServer:
    """A server without a network."""

    def __init__(self, **changes: Any) -> None:
        self.clock, self.bus, self.desk = FakeClock(), Bus(), SlowDesk()
        self.reactor: Any = cast(Any, MemoryReactor)()
        self.health: list[tuple[str, str]] = []
        self.bus.subscribe(HealthChanged, lambda event: self.health.append((event.state.value, event.detail)))
        self.server = AdtServer(feed(**changes), self.desk, reactor=self.reactor, clock=self.clock, bus=self.bus)
        self.server.start()

    def connect(self) -> tuple[Any, Wire]:
        """A sender connects: its protocol and what is written to it."""
        factory = self.reactor.tcpServers[0][1]
        protocol, wire = factory.buildProtocol(None), cast(Any, Wire)()
        protocol.makeConnection(wire)
        return protocol, wire


def test_messages_are_answered_in_their_order() -> None:
    """Each before the next is looked at, however they are chopped."""
    there = AServer()
    there.desk.at_once = None
    protocol, wire = there.connect()
    data = envelope(b"one") + envelope(b"two")
    for cut in range(0, len(data), 3):
        protocol.dataReceived(data[cut : cut + 3])
    assert there.desk.asked == [b"one"]
    there.desk.answer(Answer("AA"))
    assert there.desk.asked == [b"one", b"two"]
    there.desk.answer(Answer("AA"))
    assert wire.sent == envelope(b"answer to one") + envelope(b"answer to two")


def test_it_listens_where_the_plan_says() -> None:
    """On this machine only, as it ships."""
    assert [(port, host) for port, _, _, host in AServer().reactor.tcpServers] == [(2575, "127.0.0.1")]


def test_health_follows_the_answers() -> None:
    """An open connection proves nothing; a refusal and missing records are seen until a message is taken."""
    there = AServer()
    protocol, _ = there.connect()
    for answer in (Answer("AA"), Answer("AR"), Answer("AR"), Answer("AE"), Answer("AA")):
        there.desk.at_once = answer
        protocol.dataReceived(envelope(b"m"))
    protocol.dataReceived(b"\x0bcut\x0b")
    assert there.health == [
        ("starting", "The hospital system has not sent anything yet."),
        ("up", ""),
        ("degraded", "The last message was refused; the page of the patients says why."),
        ("degraded", "Records cannot be written; the hospital system keeps its messages and sends them again."),
        ("up", ""),
        ("degraded", "What came was no whole HL7 message; whole ones are taken."),
    ]


def test_silence_is_noticed_and_ends() -> None:
    """Beds may be out of date then."""
    there = AServer(silence=3600)
    protocol, _ = there.connect()
    there.clock.advance(3000)
    protocol.dataReceived(envelope(b"m"))
    there.clock.advance(3599)
    assert there.health[-1][0] == "up"
    there.clock.advance(1)
    assert there.health[-1] == (
        "degraded",
        "The hospital system has said nothing for {hours} hours: beds may be out of date.",
    )
    protocol.dataReceived(envelope(b"m"))
    assert there.health[-1][0] == "up"


def test_a_message_that_is_too_large_is_refused_without_being_kept() -> None:
    """And the next one is taken."""
    there = AServer()
    protocol, wire = there.connect()
    protocol.dataReceived(b"\x0bMSH" + b"x" * LARGEST)
    protocol.dataReceived(b"\x1c\r" + envelope(b"m"))
    assert [answer.text for answer in there.desk.refused] == [
        f"The message has {LARGEST + 3} bytes; at most {LARGEST} are taken."
    ]
    assert wire.sent == envelope(b"no") + envelope(b"answer to m")


def test_who_sends_only_noise_is_cut_off() -> None:
    """A port scanner, a browser."""
    there = AServer()
    protocol, wire = there.connect()
    protocol.dataReceived(b"x" * (MOST_NOISE + 1))
    assert wire.aborted
    assert there.health[-1][0] == "degraded"


def test_a_message_that_never_ends_is_not_waited_for() -> None:
    """After a minute without a byte the line is cut, so that its sender connects anew."""
    there = AServer()
    protocol, wire = there.connect()
    protocol.dataReceived(b"\x0bMSH|")
    there.clock.advance(59)
    protocol.dataReceived(b"x")
    there.clock.advance(59)
    assert not wire.aborted
    there.clock.advance(1)
    assert wire.aborted


def test_who_sends_faster_than_it_is_written_down_has_to_wait() -> None:
    """And goes on when the answers are out."""
    there = AServer()
    there.desk.at_once = None
    protocol, wire = there.connect()
    protocol.dataReceived(envelope(b"m") * (MOST_WAITING + 2))
    assert wire.producerState == "paused"
    there.desk.at_once = Answer("AA")
    there.desk.answer(Answer("AA"))
    assert wire.producerState == "producing"
    assert wire.sent.count(b"answer") == MOST_WAITING + 2


def test_a_message_is_written_down_also_when_its_sender_hangs_up() -> None:
    """What the records have, the wards know; nothing is written to a closed line."""
    there = AServer()
    there.desk.at_once = None
    protocol, wire = there.connect()
    protocol.dataReceived(envelope(b"one") + envelope(b"two"))
    protocol.connectionLost()
    there.desk.answer(Answer("AA"))
    assert (there.health[-1][0], there.desk.asked, wire.sent) == ("up", [b"one"], b"")


def test_there_are_never_too_many_connections() -> None:
    """One that is over makes room."""
    there = AServer()
    protocols = [there.connect()[0] for _ in range(MOST_CONNECTIONS)]
    assert there.connect()[1].aborted
    protocols[0].connectionLost()
    assert not there.connect()[1].aborted


def test_stopping_hangs_up_and_leaves_no_timer() -> None:
    """As when a new plan comes."""
    there = AServer()
    protocol, wire = there.connect()
    protocol.dataReceived(b"\x0bhalf")
    now(there.server.stop())
    assert wire.aborted
    assert there.clock.twisted.getDelayedCalls() == []


@pytest.mark.parametrize("address", ["127.0.0.1:2575", "[::1]:2575"])
def test_the_address_is_given_to_the_system_as_it_wants_it(address: str) -> None:
    """Both families."""
    assert AServer(listen=address).reactor.tcpServers[0][3] == address.rpartition(":")[0].strip("[]")
