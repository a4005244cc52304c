"""The conversation with Asterisk, as bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Pong, RejectConnection, Request, TextMessage

from pbx.ari.messages import Changed, Channel, Destroyed, Entered, Event, Keyed, Played, Recorded, Reply, Talking
from pbx.ari.session import EVERYTHING, Closed, Garbled, Occupied, Ready, Session

AT = "2026-03-02T09:00:00.125+0800"
MOMENT = datetime(2026, 3, 2, 1, 0, 0, 125000, UTC)
CHANNEL = {
    "id": "1.1",
    "name": "PJSIP/8001-00000007",
    "state": "Ring",
    "dialplan": {"context": "phones", "exten": "60012345613800138000", "app_name": "Stasis"},
}
STORY: list[dict[str, Any]] = [
    {"type": "StasisStart", "timestamp": AT, "args": [], "channel": CHANNEL},
    {"type": "DeviceStateChanged", "timestamp": AT, "device_state": {}},
    {"type": "ChannelStateChange", "timestamp": AT, "channel": {**CHANNEL, "state": "Up"}},
    {"type": "ChannelDtmfReceived", "timestamp": AT, "channel": CHANNEL, "digit": "7"},
    {"type": "PlaybackFinished", "timestamp": AT, "playback": {"id": "p", "state": "failed"}},
    {"type": "RecordingFinished", "timestamp": AT, "recording": {"name": "r", "state": "done", "duration": 4}},
    {"type": "RecordingFailed", "timestamp": AT, "recording": {"name": "r", "state": "failed", "cause": "disk"}},
    {"type": "ChannelTalkingStarted", "timestamp": AT, "channel": CHANNEL},
    {"type": "ChannelTalkingFinished", "timestamp": AT, "channel": CHANNEL, "duration": 700},
    {"type": "ChannelDestroyed", "timestamp": AT, "channel": CHANNEL, "cause": 17},
    {"type": "RESTResponse", "request_id": "1", "status_code": 200, "reason_phrase": "OK", "message_body": "[1]"},
]
CALLER = Channel("1.1", "PJSIP/8001-00000007", "Ring", "phones", "60012345613800138000", True)


def http(status: str, body: str) -> bytes:
    """As Asterisk answers."""
    return f"HTTP/1.1 {status}\r\nContent-type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


NOBODYS = http("404 Not Found", '{"message":"Application not found"}')
LET_GO = http("200 OK", json.dumps({"name": "nightbell", **{key: [] for key in EVERYTHING}}))
SOMEBODYS = http("200 OK", json.dumps({"name": "nightbell", **{key: [mark] for key, mark in EVERYTHING.items()}}))


class Exchange:
    """The other end: nobody has the application; a WebSocket server."""

    def __init__(self) -> None:
        self.session = Session("127.0.0.1:8088", "nightbell", "secret")
        self.server = WSConnection(ConnectionType.SERVER)
        self.session.opening()
        assert list(self.session.feed(NOBODYS)) == []
        self.server.receive_data(self.session.pending())
        self.request = next(iter(self.server.events()))

    def accept(self) -> bytes:
        return self.server.send(AcceptConnection())

    def says(self, message: object) -> bytes:
        return self.server.send(TextMessage(json.dumps(message)))


@given(st.lists(st.integers(1, 60), max_size=30))
def test_it_comes_in_once_the_application_is_nobodys(sizes: list[int]) -> None:
    """The end of the connection before would take it away; the password is in no address."""
    session, data, heard = Session("127.0.0.1:8088", "nightbell", "secret"), SOMEBODYS, list[object]()
    first = session.opening()
    assert first.startswith(b"GET /ari/applications/nightbell HTTP/1.1\r\n")
    assert b"Basic bmlnaHRiZWxsOnNlY3JldA==" in first
    for size in [*sizes, len(data)]:
        piece, data = data[:size], data[size:]
        heard += session.feed(piece)
    assert (heard, session.pending()) == ([Occupied()], b"")
    assert session.opening() == first
    assert list(session.feed(LET_GO)) == []
    assert session.pending().startswith(b"GET /ari/events?app=nightbell")


def test_it_comes_in_whatever_it_costs() -> None:
    """Somebody does not let go."""
    session = Session("127.0.0.1:8088", "nightbell", "secret")
    session.opening()
    assert list(session.feed(SOMEBODYS)) == [Occupied()]
    server = WSConnection(ConnectionType.SERVER)
    server.receive_data(session.entering())
    assert isinstance(next(iter(server.events())), Request)
    assert list(session.feed(server.send(AcceptConnection()))) == [Ready()]


@given(st.binary(max_size=200))
def test_whatever_it_is_told_before_it_is_no_exception(data: bytes) -> None:
    """It is not always Asterisk that listens there."""
    session = Session("127.0.0.1:8088", "nightbell", "secret")
    session.opening()
    assert all(isinstance(said, Closed) for said in session.feed(data))


def test_it_shows_who_it_is_and_wants_to_hear_everything() -> None:
    """The password goes in a header, not in the address, which may be logged."""
    request = Exchange().request
    assert isinstance(request, Request)
    assert request.target == "/ari/events?app=nightbell&subscribeAll=true"
    assert (b"authorization", b"Basic bmlnaHRiZWxsOnNlY3JldA==") in [(k.lower(), v) for k, v in request.extra_headers]


@given(st.lists(st.integers(1, 400), max_size=30))
def test_however_the_bytes_are_chopped_the_same_is_heard(sizes: list[int]) -> None:
    """A story of every kind of message, cut anywhere."""
    exchange = Exchange()
    data = exchange.accept() + b"".join(map(exchange.says, STORY))
    heard: list[object] = []
    for size in [*sizes, len(data)]:
        piece, data = data[:size], data[size:]
        heard += exchange.session.feed(piece)
    assert heard == [
        Ready(),
        Entered(MOMENT, CALLER, ()),
        Changed(MOMENT, Channel("1.1", "PJSIP/8001-00000007", "Up", "phones", "60012345613800138000", True)),
        Keyed(MOMENT, CALLER, "7"),
        Played(MOMENT, "p", False),
        Recorded(MOMENT, "r", 4.0),
        Recorded(MOMENT, "r", None),
        Talking(MOMENT, CALLER, True),
        Talking(MOMENT, CALLER, False),
        Destroyed(MOMENT, CALLER, 17),
        Reply("1", 200, "OK", [1]),
    ]


def test_a_request_bears_its_query_and_body() -> None:
    """REST over the WebSocket, as Asterisk 22 has it."""
    exchange = Exchange()
    list(exchange.session.feed(exchange.accept()))
    query, body = {"endpoint": "PJSIP/8002"}, {"variables": {"A": "1"}}
    name, data = exchange.session.request("POST", "channels/create", query, body)
    exchange.server.receive_data(data)
    said = next(iter(exchange.server.events()))
    assert isinstance(said, TextMessage)
    assert json.loads(said.data) == {
        "type": "RESTRequest",
        "request_id": name,
        "method": "POST",
        "uri": "channels/create",
        "query_strings": [{"name": "endpoint", "value": "PJSIP/8002"}],
        "content_type": "application/json",
        "message_body": '{"variables": {"A": "1"}}',
    }


def test_a_ping_is_answered() -> None:
    """Silence would be taken for death."""
    exchange = Exchange()
    list(exchange.session.feed(exchange.accept()))
    assert list(exchange.session.feed(exchange.server.send(Ping(b"x")))) == []
    exchange.server.receive_data(exchange.session.pending())
    assert list(exchange.server.events()) == [Pong(b"x")]


def test_nonsense_is_passed_over_without_being_repeated() -> None:
    """What could not be understood may hold a PIN: only its length is said."""
    exchange = Exchange()
    nonsense = {"type": "ChannelDtmfReceived", "timestamp": AT, "digit": "7", "exten": "60012349999"}
    heard = list(exchange.session.feed(exchange.accept() + exchange.says(nonsense) + exchange.says(STORY[-1])))
    assert isinstance(heard[1], Garbled)
    assert "9999" not in heard[1].why
    assert isinstance(heard[2], Reply)


@pytest.mark.parametrize("end", ["refused", "closed", "garbage"])
def test_every_end_is_told_once(end: str) -> None:
    """A clean close is a failure too."""
    exchange = Exchange()
    if end == "refused":
        data = exchange.server.send(RejectConnection(status_code=401))
    else:
        data = exchange.accept()
        data += exchange.server.send(CloseConnection(1000)) if end == "closed" else b"\xff" * 64
    heard = [said for said in exchange.session.feed(data) if isinstance(said, Closed)]
    assert len(heard) == 1
    assert list(exchange.session.feed(b"more")) == []


def test_what_was_dialled_is_not_shown() -> None:
    """Neither a channel nor a key shows itself in a log by accident."""
    events: list[Event] = [Entered(MOMENT, CALLER, ()), Keyed(MOMENT, CALLER, "7")]
    assert "600123" not in repr(events)
    assert "digit" not in repr(events)
    assert CALLER.endpoint == "8001"
