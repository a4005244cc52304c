"""The host's side, alone and against our server over connections that break and spoil."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espax import (
    Client,
    Delivered,
    Gone,
    Indicated,
    LoggedIn,
    Message,
    Outcome,
    Processes,
    Refused,
    Server,
    Started,
    Stopped,
)
from nursecall.wire.espax_client import Event
from nursecall.wire.espax_messages import encode_message
from nursecall.wire.espax_reader import Reader

CALL = Started("r7", "3A", "28", "28床 呼叫", "High")


class Played:
    """A client that has just connected, and what it says."""

    def __init__(self) -> None:
        self.client = Client(user="ward", password="secret")
        self.now = 0.0
        self.events: list[Event] = []
        self._reader = Reader()
        self.client.begin(0)

    def says(self) -> list[Message]:
        """What it has said since."""
        return [found for found in self._reader.feed(self.client.outgoing()) if isinstance(found, Message)]

    def hears(self, name: str, code: int = 200, invoke: str = "1", **fields: str) -> list[Message]:
        """What it says to this."""
        message = Message(name, {"RSP-CODE": str(code), **fields}, invoke, "s")
        self.events += self.client.feed(encode_message(message), self.now)
        return self.says()

    def waits(self, seconds: float) -> list[Message]:
        """What it says within `seconds`."""
        end, said = self.now + seconds, list[Message]()
        while (deadline := self.client.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.events += self.client.tick(self.now)
            said += self.says()
        self.now = end
        return said


def logged_in() -> Played:
    """After LOGIN."""
    host = Played()
    assert [message["LI-USER"] for message in host.says()] == ["ward"]
    host.hears("RSP.LOGIN")
    host.events.clear()
    return host


def test_what_was_asked_waits_for_the_login() -> None:
    """Then goes out with the session in it."""
    host = Played()
    ticket = host.client.start(CALL, 0)
    assert [message.name for message in host.says()] == ["REQ.LOGIN"]
    (start,) = host.hears("RSP.LOGIN")
    assert (start.name, start.session, dict(start.fields)) == ("REQ.P-START", "s", CALL.fields())
    assert host.hears("RSP.P-START", 200, "2", **{"SP-PR-TAN": "5"}) == []
    assert host.events == [LoggedIn("", ""), Delivered(ticket, "5")]


def test_a_wrong_login_ends_it() -> None:
    """Whoever connects for it may try again."""
    host = Played()
    host.hears("RSP.LOGIN", 401, **{"RSP-INFO": "Wrong password"})
    assert host.events == [Gone("Wrong password")]
    assert host.client.deadline is None


@pytest.mark.parametrize(
    ("code", "event"),
    [(200, Delivered(1)), (450, Delivered(1)), (400, Refused(1, 400, "")), (500, Refused(1, 500, ""))],
)
def test_answers(code: int, event: Event) -> None:
    """Done, done already, will not do."""
    host = logged_in()
    host.client.start(CALL, 0)
    host.hears("RSP.P-START", code, "2")
    assert host.events == [event]
    assert host.client.pending == 0


def test_what_cannot_be_done_now_is_asked_again() -> None:
    """503."""
    host = logged_in()
    host.client.start(CALL, 0)
    host.says()
    host.hears("RSP.P-START", 503, "2")
    assert [message.name for message in host.waits(11)] == ["REQ.P-START"]
    host.hears("RSP.P-START", 200, "3")
    assert host.events == [Delivered(1)]


def test_its_heart_beats_and_a_server_that_does_not_answer_is_gone() -> None:
    """Every 50 seconds; ten to answer."""
    host = logged_in()
    assert [message.name for message in host.waits(51)] == ["REQ.HEARTBEAT"]
    host.hears("RSP.HEARTBEAT", 200, "2")
    assert [message.name for message in host.waits(61)] == ["REQ.HEARTBEAT"]
    assert host.events == [Gone("no answer")]


def test_what_was_not_answered_is_asked_again_in_the_next_connection() -> None:
    """The server may have done it: the reference tells."""
    host = logged_in()
    host.client.start(CALL, 0)
    host.says()
    host.waits(11)
    assert host.events == [Gone("no answer")]
    host.client.begin(host.now)
    host.says()
    assert [message["CP-PR-REF"] for message in host.hears("RSP.LOGIN", 200, "3")] == ["r7"]


def test_a_forgotten_login_and_a_shutdown_end_the_connection() -> None:
    """And keep what was asked."""
    host = logged_in()
    host.client.start(CALL, 0)
    host.hears("RSP.P-START", 407, "2")
    assert host.events == [Gone("it does not know our login")]
    assert host.client.pending == 1
    host = logged_in()
    host.hears("CMD.SHUTDOWN")
    assert host.events == [Gone("the server shuts down")]


def test_it_says_goodbye() -> None:
    """LOGOUT."""
    host = logged_in()
    host.client.log_out(0)
    assert [message.name for message in host.says()] == ["REQ.LOGOUT"]
    host.hears("RSP.LOGOUT", 200, "2", **{"RSP-INFO": "Goodbye"})
    assert host.events == [Gone("Goodbye")]


class Wire:
    """A client, our server, and connections that break (`cuts`) and spoil (`trouble`) what passes."""

    def __init__(self, seed: int, cuts: float = 0.0, trouble: float = 0.0) -> None:
        self.chance, self.cuts, self.trouble = random.Random(seed), cuts, trouble
        self.processes = Processes(first=1)
        self.client = Client()
        self.now = 0.0
        self.came: list[Started | Stopped] = []
        self.settled: dict[int, Event] = {}
        self.indicated: list[Message] = []
        self.connect()

    def connect(self) -> None:
        """Anew."""
        self.client.lost(self.now)
        self.server = Server(processes=self.processes)
        self.server.begin(self.now)
        self.client.begin(self.now)

    def run(self) -> None:
        """Until all was answered."""
        while self.client.pending:
            assert self.now < 1e6
            if not self._pass():
                deadlines = [d for d in (self.client.deadline, self.server.deadline) if d is not None]
                self.now = max(self.now, min(deadlines, default=self.now + 1))
                self._answered(self.client.tick(self.now))
                self._told(self.server.tick(self.now))

    def _pass(self) -> bool:
        there, back = self.client.outgoing(), self.server.outgoing()
        self.now += 0.01
        if (there or back) and self.chance.random() < self.cuts:
            self._told(self.server.feed(there[: self.chance.randrange(len(there) + 1)], self.now))
            self.connect()
            return True
        self._told(self.server.feed(self._spoilt(there), self.now))
        self._answered(self.client.feed(self._spoilt(back), self.now))
        return bool(there or back)

    def _spoilt(self, data: bytes) -> bytes:
        if not data or self.chance.random() >= self.trouble:
            return data
        at = self.chance.randrange(len(data))
        return self.chance.choice([data[:at], data[at + 1 :], data[:at] + b"\xff<" + data[at:], b"EXnoise" + data])

    def _told(self, events: Sequence[object]) -> None:
        self.came += [event for event in events if isinstance(event, Started | Stopped)]
        if any(isinstance(event, Gone) for event in events):
            self.connect()

    def _answered(self, events: Sequence[Event]) -> None:
        self.settled |= {event.ticket: event for event in events if isinstance(event, Delivered | Refused)}
        self.indicated += [event.message for event in events if isinstance(event, Indicated)]
        if any(isinstance(event, Gone) for event in events):
            self.connect()


CALLS = [Started(f"r{n}", "3A", str(n), f"{n}床 呼叫", "High") for n in range(40)]


class TestTogether:
    """What our client says our server understands, and the other way round."""

    def test_calls_arrive_once_and_in_order_and_their_ends_come_back(self) -> None:
        """Forty started, half stopped, the others ended by us."""
        wire = Wire(1)
        for call in CALLS:
            wire.client.start(call, 0)
        wire.run()
        assert wire.came == CALLS
        for call in CALLS[::2]:
            wire.client.stop(call.reference, wire.now)
        wire.run()
        assert wire.came[40:] == [Stopped(call.reference, call) for call in CALLS[::2]]
        wire.indicated.clear()
        for call in CALLS[1::2]:
            process = wire.server.processes.find(call.reference)
            assert process is not None
            wire.server.event(process, Outcome.ACCEPTED)
            process.over = True
            wire.server.ended(process, "Positive confirmed")
        wire.client.ask("REQ.P-GETSTAT", {"CP-PR-MASK": "All"}, wire.now)
        wire.run()
        ended = [message["CP-PR-REF"] for message in wire.indicated if message.name == "IND.P-ENDED"]
        assert ended == [call.reference for call in CALLS[1::2]]
        assert wire.indicated[-1].name == "IND.P-SYNC"

    @pytest.mark.parametrize("seed", range(20))
    def test_calls_arrive_once_though_connections_break_and_spoil(self, seed: int) -> None:
        """A third of what passes breaks the connection or is spoilt: none comes twice, all are answered."""
        wire = Wire(seed, cuts=0.2, trouble=0.15)
        for call in CALLS:
            wire.client.start(call, 0)
            wire.run()
        assert sorted(wire.came, key=lambda event: int(event.reference[1:])) == CALLS
        assert all(isinstance(event, Delivered) for event in wire.settled.values())


@given(st.lists(st.one_of(st.binary(max_size=60), st.tuples(st.sampled_from(["1", "2", ""]), st.text(max_size=5)))))
def test_no_bytes_break_it(said: list[bytes | tuple[str, str]]) -> None:
    """Whatever a server says."""
    host = Played()
    host.client.start(CALL, 0)
    for piece in said:
        if isinstance(piece, bytes):
            host.client.feed(piece, host.now)
        else:
            message = Message("RSP.LOGIN", {"RSP-CODE": piece[1]}, piece[0], "s")
            host.client.feed(encode_message(message), host.now)
        host.waits(3)
