"""Staying in touch with Asterisk."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.protocol import connectionDone
from twisted.internet.testing import StringTransport
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, TextMessage

from pbx.ari.messages import Event, Keyed
from pbx.ari.session import EVERY_SOURCE, EVERYTHING
from pbx.ari.transport import DEADLINE, LETTING_GO, LOOK, PULSE_DEADLINE, Ari, Refused, Unreachable
from tests.fakes.clock import FakeClock
from tests.pbx.test_session import NOBODYS, SOMEBODYS

APPLICATION = "applications/nightbell"


class Transport(StringTransport):
    """Remembers that it was cut."""

    cut = False

    def abortConnection(self) -> None:
        self.cut = True


class Exchange:
    """Asterisk as an endpoint: refuses, or accepts and answers what `replies` says; the rest it leaves unanswered."""

    def __init__(self) -> None:
        self.there = True
        self.mute = False
        self.replies: dict[str, int] = {APPLICATION: 200}
        self.everything = True
        self.occupied = 0
        self.asked: list[tuple[str, str]] = []
        self.tries = 0
        self.said: list[str] = []
        self.clock = FakeClock()
        self.ari = Ari(self, "127.0.0.1:8088", "nightbell", "secret", self.clock)
        self.ari.start(self)

    def connect(self, factory: Any) -> Deferred[Any]:
        self.tries += 1
        if not self.there:
            return fail(ConnectionError())
        self.socket = WSConnection(ConnectionType.SERVER)
        make: Any = Transport
        self.transport = make()
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        if not self.mute:
            self.let_in()
        return succeed(self.protocol)

    def let_in(self) -> None:
        """Say whose the application is; nobody's, and whoever asks may come in."""
        self.transport.clear()
        somebodys = self.occupied > 0
        self.occupied -= 1
        self.protocol.dataReceived(SOMEBODYS if somebodys else NOBODYS)
        if not somebodys:
            self.turn()
            self.tell(self.socket.send(AcceptConnection()))

    def turn(self) -> None:
        """Read what was sent, answer what is to be answered."""
        self.socket.receive_data(self.transport.value())
        self.transport.clear()
        for event in list(self.socket.events()):
            if isinstance(event, TextMessage):
                self.answer(json.loads(event.data))

    def answer(self, request: dict[str, Any]) -> None:
        status = self.replies.get(request["uri"])
        if request["method"] != "GET":
            self.asked.append((request["method"], request["query_strings"][0]["value"]))
            self.everything = self.everything or request["method"] == "POST"
        if status is not None:
            reply = {"type": "RESTResponse", "request_id": request["request_id"], "status_code": status}
            body = self.application() if request["uri"].startswith(APPLICATION) else {"a": 1}
            self.tell(self.socket.send(TextMessage(json.dumps({**reply, "message_body": json.dumps(body)}))))

    def application(self) -> dict[str, Any]:
        """As the exchange describes it."""
        marks = {key: [mark] for key, mark in EVERYTHING.items()}
        return marks if self.everything else {key: [] for key in EVERYTHING} | {"channel_ids": ["1.1"]}

    def tell(self, data: bytes) -> None:
        self.protocol.dataReceived(data)
        if self.transport.value():
            self.turn()

    def hang_up(self) -> None:
        self.protocol.connectionLost(connectionDone)

    def received(self, event: Event) -> None:
        self.said.append(type(event).__name__)

    def connected(self) -> None:
        self.said.append("connected")

    def lost(self, why: str) -> None:
        self.said.append("lost")

    def ask(self, path: str) -> list[Any]:
        """A request's outcome: empty while it is not answered."""
        outcome: list[Any] = []
        Deferred.fromCoroutine(self.ari.request("GET", path)).addBoth(outcome.append)
        if self.transport.value():
            self.turn()
        return outcome


def test_it_says_so_once_it_is_heard() -> None:
    """An open connection alone proves nothing: the application must be there."""
    exchange = Exchange()
    exchange.clock.advance(0)
    exchange.turn()
    assert exchange.said == ["connected"]


def test_a_request_is_answered_or_refused() -> None:
    """JSON comes back; a refusal bears the status."""
    exchange = Exchange()
    exchange.replies |= {"channels": 200, "channels/none": 404}
    assert exchange.ask("channels") == [{"a": 1}]
    refused = exchange.ask("channels/none")[0].value
    assert isinstance(refused, Refused)
    assert refused.status == 404


def test_it_comes_back_by_itself_ever_more_slowly() -> None:
    """Refused connections are tried again, after 0.1, 0.2, 0.4 … s, two at most."""
    exchange = Exchange()
    exchange.clock.advance(0)
    exchange.turn()
    exchange.there = False
    exchange.hang_up()
    exchange.clock.advance(0.1)
    exchange.clock.advance(0.2)
    assert exchange.tries == 3
    exchange.there = True
    exchange.clock.advance(2)
    exchange.clock.advance(0)
    exchange.turn()
    assert (exchange.said[0], exchange.said[1], exchange.said[-1]) == ("connected", "lost", "connected")


def test_what_was_asked_when_it_was_lost_fails() -> None:
    """Nobody waits for an answer that cannot come; nor can be asked what is not there."""
    exchange = Exchange()
    outcome = exchange.ask("slow")
    exchange.hang_up()
    assert isinstance(outcome[0].value, Unreachable)
    assert isinstance(exchange.ask("channels")[0].value, Unreachable)


@pytest.mark.parametrize("deadline", [DEADLINE])
def test_silence_is_taken_for_death(deadline: Any) -> None:
    """An exchange that is wedged keeps its connection open."""
    exchange = Exchange()
    exchange.ask("slow")
    exchange.clock.advance(deadline)
    assert exchange.transport.cut


@pytest.mark.parametrize("fate", [None, 404])
def test_an_application_that_was_taken_away_is_noticed(fate: int | None) -> None:
    """The end of our connection before may take it along: connect anew, whether that is said or not."""
    exchange = Exchange()
    exchange.clock.advance(0)
    exchange.turn()
    if fate is None:
        del exchange.replies[APPLICATION]
    else:
        exchange.replies[APPLICATION] = fate
    exchange.clock.advance(0.2)
    exchange.turn()
    exchange.clock.advance(PULSE_DEADLINE)
    assert exchange.transport.cut


def test_an_application_that_is_told_nothing_any_more_is_noticed() -> None:
    """The end before took only what it is told: it seems to be there, and events would be missed for ever."""
    exchange = Exchange()
    exchange.clock.advance(0)
    exchange.turn()
    exchange.everything = False
    exchange.clock.advance(0.2)
    exchange.turn()
    assert exchange.transport.cut
    assert exchange.asked == []


def test_who_comes_into_an_application_that_is_told_little_asks_for_all() -> None:
    """A channel keeps it from before: entering changes nothing of what it is told; nothing is told twice."""
    exchange = Exchange()
    exchange.replies[f"{APPLICATION}/subscription"] = 200
    exchange.everything = False
    exchange.clock.advance(0)
    exchange.turn()
    assert exchange.asked == [("DELETE", "channel:1.1"), ("POST", EVERY_SOURCE)]
    assert exchange.said == ["connected"]
    assert not exchange.transport.cut


def test_it_waits_until_the_connection_before_has_ended() -> None:
    """Which would else take the application along."""
    exchange = Exchange()
    exchange.occupied = 2
    exchange.hang_up()
    exchange.clock.advance(0.1)
    for _ in range(2):
        assert exchange.said == ["lost"]
        exchange.clock.advance(LOOK.total_seconds())
        exchange.let_in()
    exchange.clock.advance(0)
    exchange.turn()
    assert exchange.said == ["lost", "connected"]


def test_it_does_not_wait_for_ever_for_the_one_before() -> None:
    """It is replaced then."""
    exchange = Exchange()
    exchange.occupied = 1000
    exchange.hang_up()
    exchange.clock.advance(0.1)
    for _ in range(LETTING_GO // LOOK - 1):
        exchange.clock.advance(LOOK.total_seconds())
        exchange.let_in()
    exchange.clock.advance(LOOK.total_seconds())
    exchange.turn()
    exchange.tell(exchange.socket.send(AcceptConnection()))
    exchange.clock.advance(0)
    exchange.turn()
    assert exchange.said == ["lost", "connected"]


def test_what_is_asked_behind_something_slow_may_be_slow_too() -> None:
    """Answers come in order: a reading that takes its time is no silence."""
    exchange = Exchange()
    exchange.clock.advance(0)
    exchange.turn()
    Deferred.fromCoroutine(exchange.ari.request_within(6 * DEADLINE, "PUT", "slow"))
    del exchange.replies[APPLICATION]
    for _ in range(5):
        exchange.clock.advance(DEADLINE.total_seconds())
    assert not exchange.transport.cut
    exchange.clock.advance(DEADLINE.total_seconds())
    assert exchange.transport.cut


def test_a_connection_that_is_taken_and_not_answered_is_given_up() -> None:
    """A wedged exchange lets nobody in; that is told, and tried again."""
    exchange = Exchange()
    exchange.hang_up()
    exchange.mute = True
    exchange.clock.advance(0.1)
    exchange.clock.advance(DEADLINE)
    assert exchange.transport.cut
    exchange.hang_up()
    assert exchange.said[-1] == "lost"
    exchange.mute = False
    exchange.clock.advance(2)
    exchange.clock.advance(0)
    exchange.turn()
    assert exchange.said[-1] == "connected"


def test_events_are_passed_on() -> None:
    """As values."""
    exchange = Exchange()
    key = {"type": "ChannelDtmfReceived", "timestamp": "2026-03-02T09:00:00.125+0800", "digit": "7"}
    channel = {"id": "1", "name": "PJSIP/8001-1", "state": "Up"}
    exchange.tell(exchange.socket.send(TextMessage(json.dumps({**key, "channel": channel}))))
    assert exchange.said[-1] == Keyed.__name__


def test_it_leaves_politely() -> None:
    """A close is said; nothing is tried again."""
    exchange = Exchange()
    exchange.ari.stop()
    assert exchange.transport.disconnecting
    assert exchange.transport.value()
    exchange.hang_up()
    exchange.clock.advance(10)
    assert exchange.tries == 1
