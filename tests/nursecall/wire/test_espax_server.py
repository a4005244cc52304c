"""The alarm server's side, message by message. Time is a number."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espax import Garbled, Gone, LoggedIn, Message, Outcome, Processes, Server, Started, Stopped
from nursecall.wire.espax_messages import encode_message
from nursecall.wire.espax_processes import MOST, Process
from nursecall.wire.espax_reader import Reader
from nursecall.wire.espax_server import Event

CALL = {"CP-PR-REF": "r7", "CP-WARD": "3A", "CP-BED": "28", "CP-TEXTMSG": "28床 呼叫", "CP-PRIO": "High"}
STARTED = Started("r7", "3A", "28", "28床 呼叫", "High")
NAMES = {"CP-PR-REF": "r7", "SP-PR-TAN": "100"}
OK = {"RSP-CODE": "200", "RSP-REASON": "OK"}
ALL = {"CP-PR-REF": "r7", "CP-PR-MASK": "All"}


class Host:
    """A host that has connected to `server`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.now = 0.0
        self.events: list[Event] = []
        self._invoke = 0
        self._reader = Reader()
        server.begin(0.0)

    def asks(self, name: str, fields: dict[str, str] | None = None, session: str | None = "s") -> list[Message]:
        """What the server answers to a request."""
        self._invoke += 1
        return self.says(encode_message(Message(f"REQ.{name}", fields or {}, str(self._invoke), session)))

    def says(self, data: bytes) -> list[Message]:
        """What it answers to any bytes."""
        self.events += self.server.feed(data, self.now)
        return self.hears()

    def waits(self, seconds: float) -> None:
        """Time passes; what the server says meanwhile is not listened to."""
        end = self.now + seconds
        while (deadline := self.server.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.events += self.server.tick(self.now)
        self.now = end
        self.hears()

    def process(self, reference: str = "r7") -> Process:
        """The one of that reference."""
        process = self.server.processes.find(reference)
        assert process is not None
        return process

    def ends(self, reference: str, result: str) -> None:
        """We end it, and tell."""
        self.process(reference).over = True
        self.server.ended(self.process(reference), result)

    def hears(self) -> list[Message]:
        """What the server has said."""
        found = self._reader.feed(self.server.outgoing())
        return [message for message in found if isinstance(message, Message)]

    def code(self, name: str, fields: dict[str, str] | None = None, session: str | None = "s") -> str:
        """The code of the first answer."""
        return self.asks(name, fields, session)[0]["RSP-CODE"]


def connected(processes: Processes | None = None, user: str = "", password: str = "") -> Host:
    """Before LOGIN."""
    return Host(Server(user=user, password=password, processes=processes or Processes(first=100), session="s"))


def logged_in(processes: Processes | None = None) -> Host:
    """After it."""
    host = connected(processes)
    host.asks("LOGIN", {"LI-CLIENT": "Ward host"}, None)
    host.events.clear()
    return host


class TestLogin:
    """Who may speak."""

    def test_a_login_gives_a_session(self) -> None:
        """With all that the standard wants in its answer, under the number of the request."""
        host = connected()
        answer = Message(
            "RSP.LOGIN",
            {**OK, "RSP-INFO": "Welcome", "LI-SERVER": "Nightbell", "LI-SERVERSW": "Nightbell"},
            "1",
            "s",
        )
        assert host.asks("LOGIN", {"LI-CLIENT": "Ward host", "LI-CLIENTSW": "2.1"}, None) == [answer]
        assert host.events == [LoggedIn("Ward host", "2.1")]
        assert host.server.logged_in

    def test_a_wrong_password_may_be_said_three_times(self) -> None:
        """Then we close; the right one counts before that."""
        right, wrong = {"LI-USER": "ward", "LI-PASSWORD": "secret"}, {"LI-USER": "ward", "LI-PASSWORD": "Secret"}
        host = connected(user="ward", password="secret")
        assert [host.code("LOGIN", wrong), host.code("LOGIN", right)] == ["401", "200"]
        host = connected(user="ward", password="secret")
        assert [host.code("LOGIN", wrong) for _ in range(3)] == ["401"] * 3
        assert host.events == [Gone("its logins were wrong")]
        assert host.asks("LOGIN", right) == []

    def test_nothing_is_done_before_the_login_or_in_another_session(self) -> None:
        """407; a request that names no session means this one."""
        host = connected()
        assert host.code("P-START", CALL) == "407"
        host.asks("LOGIN")
        assert host.code("P-START", CALL, "other") == "407"
        assert host.code("P-START", CALL, None) == "200"
        assert [type(event) for event in host.events] == [LoggedIn, Started]

    def test_one_who_never_logs_in_is_sent_away(self) -> None:
        """Whatever else it says."""
        host = connected()
        host.waits(20)
        host.says(b"GET / HTTP/1.1\r\n\r\n")
        host.waits(11)
        assert [type(event) for event in host.events] == [Garbled, Gone]

    def test_a_host_that_falls_silent_is_gone(self) -> None:
        """Not as long as its heart beats."""
        host = logged_in()
        for _ in range(5):
            host.waits(299)
            assert host.asks("HEARTBEAT") == [Message("RSP.HEARTBEAT", OK, str(host._invoke), "s")]
        host.waits(301)
        assert host.events == [Gone("silent")]
        assert host.server.deadline is None
        assert not host.server.logged_in

    def test_a_host_may_say_goodbye(self) -> None:
        """We close."""
        host = logged_in()
        assert host.code("LOGOUT", {"LO-REASON": "Normal"}) == "200"
        assert host.events == [Gone("logged out")]

    def test_a_condition_is_told(self) -> None:
        """Other questions are not implemented, and said to be so."""
        host = logged_in()
        (answer,) = host.asks("S-CONDITION")
        assert (answer["S-HEALTH"], answer["S-HOTSTBY"], answer["S-LOAD"]) == ("OK", "false", "Normal")
        assert host.code("S-PARAMETERS") == "501"
        assert host.code("WHAT") == "501"


class TestCalls:
    """From P-START to P-ENDED."""

    def test_a_call_starts(self) -> None:
        """Event and answer in one; the indication after the answer, which tells our number."""
        host = logged_in()
        assert host.asks("P-START", CALL) == [
            Message("RSP.P-START", {**OK, **NAMES}, "2", "s"),
            Message("IND.P-STARTED", {**NAMES, "SP-STATUS": "Queued"}, None, "s"),
        ]
        assert host.events == [STARTED]

    def test_everything_a_call_can_say_is_told(self) -> None:
        """By our names."""
        fields = {
            **CALL,
            "CP-GROUPID": "1002",
            "CP-PHONENO": "8028",
            "CP-CALLINGNO": "1900",
            "CP-CALLINGNAME": "Bed 28",
            "CP-SIGNAL": "Urgent",
            "CP-CALLBACK": "Phone",
            "CP-DELAY": "5",
            "CP-ATTEMPTS": "3",
            "CP-EVENT": "a longer story",
            "CP-PR-DETAILS": "No",
        }
        host = logged_in()
        assert len(host.asks("P-START", fields)) == 1
        (started,) = host.events
        assert isinstance(started, Started)
        assert started.fields() == fields

    def test_the_same_call_again_is_a_duplicate_while_it_runs(self) -> None:
        """Also in a new connection: our answer was lost with the old one."""
        processes = Processes(first=100)
        host, again = logged_in(processes), logged_in(processes)
        host.asks("P-START", CALL)
        assert host.code("P-START", CALL) == "450"
        answer = again.asks("P-START", CALL)[0]
        assert (answer["RSP-CODE"], answer["SP-PR-TAN"]) == ("450", "100")
        assert (host.events, again.events) == ([STARTED], [])

    def test_a_reference_used_again_is_a_new_call_after_the_end_or_for_another_bed(self) -> None:
        """There are hosts that number their beds, and some that number nothing."""
        host = logged_in()
        host.asks("P-START", CALL)
        host.asks("P-STOP", ALL)
        assert host.code("P-START", CALL) == "200"
        assert host.code("P-START", {**CALL, "CP-BED": "29"}) == "200"
        assert [event.bed for event in host.events if isinstance(event, Started)] == ["28", "28", "29"]

    def test_a_call_without_a_reference_is_known_by_our_number(self) -> None:
        """And is not given one in our answers."""
        host = logged_in()
        answer = host.asks("P-START", {"CP-TEXTMSG": "bed 28"})[0]
        assert "CP-PR-REF" not in answer.fields
        host.server.event(host.process("100"), Outcome.ACCEPTED)
        host.ends("100", "Positive confirmed")
        assert len(host.hears()) == 2
        assert host.code("P-STOP", {"SP-PR-TAN": "100", "CP-PR-MASK": "All"}) == "410"

    def test_a_reset_stops_the_call(self) -> None:
        """Told with all that we know of it."""
        host = logged_in()
        host.asks("P-START", CALL)
        assert host.asks("P-STOP", ALL) == [
            Message("RSP.P-STOP", OK, "3", "s"),
            Message("IND.P-ENDED", {**NAMES, "SP-ENDREASON": "Client", "SP-RESULT": "None"}, None, "s"),
        ]
        assert host.events == [STARTED, Stopped("r7", STARTED)]
        assert host.code("P-STOP", ALL) == "410"

    def test_a_reset_of_what_we_do_not_know_is_told_all_the_same(self) -> None:
        """We may have begun after it; the host need not ask again."""
        host = logged_in()
        assert host.code("P-STOP", ALL) == "410"
        assert host.events == [Stopped("r7", None)]

    def test_a_reset_of_nothing_in_particular_stops_nothing(self) -> None:
        """It would put out every lamp of the ward."""
        host = logged_in()
        host.asks("P-START", CALL)
        assert host.code("P-STOP", {"CP-PR-MASK": "All"}) == "400"
        assert host.code("P-STOP", {**ALL, "SP-PR-TAN": "99"}) == "410"
        host.process().status = "Active"
        assert host.code("P-STOP", {**ALL, "CP-PR-MASK": "Queued Prepared"}) == "406"
        assert host.server.processes.running()

    @pytest.mark.parametrize("status", ["Queued", "Active", "Conversation"])
    def test_a_reset_ends_whatever_goes_on(self, status: str) -> None:
        """A host that stops what is active means also what waits on the ward's screens."""
        host = logged_in()
        host.asks("P-START", CALL)
        host.process().status = status
        assert host.code("P-STOP", {**ALL, "CP-PR-MASK": "Active"}) == "200"

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_what_became_of_a_call_is_told(self, outcome: Outcome) -> None:
        """What somebody did with it, and its end."""
        host = logged_in()
        host.asks("P-START", CALL)
        host.server.event(host.process(), outcome, name="Nurse Li")
        host.ends("r7", "Negative")
        event = {"SS-NETW-NAME": "Nurse Li", "SS-DIRECTION": "Outbound", "SS-STATUS": "Completed"}
        assert host.hears() == [
            Message("IND.P-EVENT", {**NAMES, **event, "SS-RESULT": outcome.value}, None, "s"),
            Message("IND.P-ENDED", {**NAMES, "SP-ENDREASON": "Finished", "SP-RESULT": "Negative"}, None, "s"),
        ]

    def test_a_call_that_we_ended_is_still_reset_at_the_bed(self) -> None:
        """410, and told."""
        host = logged_in()
        host.asks("P-START", CALL)
        host.ends("r7", "None")
        host.hears()
        assert host.code("P-STOP", ALL) == "410"
        assert host.events[-1] == Stopped("r7", STARTED)

    def test_a_status_is_told_and_can_be_asked_for(self) -> None:
        """Of one or of all that run; a sync ends the list."""
        host = logged_in()
        host.asks("P-START", CALL)
        host.asks("P-START", {**CALL, "CP-PR-REF": "r8"})
        host.process().status = "Conversation setup"
        host.server.status(host.process())
        assert [message["SP-STATUS"] for message in host.hears()] == ["Conversation setup"]
        answers = host.asks("P-GETSTAT", {"CP-PR-MASK": "All"})
        assert [message.name for message in answers] == ["RSP.P-GETSTAT", *["IND.P-STATUS"] * 2, "IND.P-SYNC"]
        answers = host.asks("P-GETSTAT", {"CP-PR-MASK": "Conversation"})
        assert [message["CP-PR-REF"] for message in answers] == ["", "r7", ""]
        host.process().outcome, host.process().by = Outcome.ACCEPTED, "Nurse Li"
        answers = host.asks("P-GETSTAT", {"CP-PR-REF": "r7"})
        assert [message.name for message in answers[1:]] == ["IND.P-STATUS", "IND.P-EVENT", "IND.P-SYNC"]
        assert (answers[2]["SS-RESULT"], answers[2]["SS-NETW-NAME"]) == ("Accepted", "Nurse Li")
        assert host.code("P-GETSTAT", {"CP-PR-REF": "r9", "CP-PR-MASK": "All"}) == "404"

    @pytest.mark.parametrize(
        ("details", "told"),
        [
            ("No", []),
            ("Process", ["IND.P-STARTED", "IND.P-STATUS", "IND.P-ENDED"]),
            ("Results", ["IND.P-EVENT", "IND.P-ENDED"]),
            ("All", ["IND.P-STARTED", "IND.P-STATUS", "IND.P-EVENT", "IND.P-ENDED"]),
        ],
    )
    def test_a_host_is_told_what_it_wants_to_know(self, details: str, told: list[str]) -> None:
        """CP-PR-DETAILS."""
        host = logged_in()
        answers = host.asks("P-START", {**CALL, "CP-PR-DETAILS": details})[1:]
        host.server.status(host.process())
        host.server.event(host.process(), Outcome.ACCEPTED)
        host.ends("r7", "Positive confirmed")
        assert [message.name for message in [*answers, *host.hears()]] == told

    def test_a_new_connection_hears_of_what_an_old_one_started(self) -> None:
        """And nothing is said where nobody is logged in."""
        processes = Processes(first=100)
        old, new = logged_in(processes), connected(processes)
        old.asks("P-START", CALL)
        old.server.lost(old.now)
        new.server.status(new.process())
        assert new.hears() == []
        new.asks("LOGIN")
        new.server.event(new.process(), Outcome.BUSY)
        new.ends("r7", "Negative")
        assert [message.name for message in new.hears()] == ["IND.P-EVENT", "IND.P-ENDED"]

    def test_numbers_do_not_begin_where_they_began_before_a_restart(self) -> None:
        """A host may name a process by our number alone."""
        numbers = {Processes().start(Message("REQ.P-START"))[0].tan for _ in range(4)}
        assert len(numbers) > 1

    def test_very_many_calls_do_not_grow_without_end(self) -> None:
        """The oldest that are over are forgotten first."""
        processes = Processes(first=0)
        for number in range(MOST + 10):
            process, _ = processes.start(Message("REQ.P-START", {"CP-PR-REF": str(number)}))
            process.over = number >= 5
        assert len(processes._by_tan) == MOST
        assert len(processes.running()) == 5


def test_garbage_is_told_and_complained_of_once() -> None:
    """600 for a wrong header, 601 for bad XML, 602 for no message; again after something good."""
    host = logged_in()
    (error,) = host.says(b"x" * 1000)
    assert (error.name, error["RSP-CODE"], error["LI-SERVER"]) == ("IND.ERROR", "600", "Nightbell")
    assert host.says(b"y" * 1000) == []
    host.asks("HEARTBEAT")
    assert [message["RSP-CODE"] for message in host.says(b"EX\0\0\0\x50\0\0\0\0<ESPA-X><X></ESPA-X>")] == ["601"]
    host.asks("HEARTBEAT")
    assert [message["RSP-CODE"] for message in host.says(b"EX\0\0\0\x50\0\0\0\0<ESPA-X><X/></ESPA-X>")] == ["602"]
    assert {type(event) for event in host.events} == {Garbled}


def test_silence_in_mid_message_ends_it() -> None:
    """And what comes then is read."""
    host = logged_in()
    host.says(encode_message(Message("REQ.P-START", CALL, "1", "s"))[:100])
    host.waits(6)
    assert [event.why for event in host.events if isinstance(event, Garbled)] == ["cut short"]
    assert host.code("P-START", CALL) == "200"


def test_a_clock_stamps_what_we_say() -> None:
    """Local time, to the second."""
    server = Server(wall=lambda: datetime(2026, 11, 22, 8, 15, 30, 999))
    server.feed(encode_message(Message("REQ.LOGIN", {}, "1")), 0)
    assert b'timestamp="2026-11-22T08:15:30"' in server.outgoing()


def test_a_real_host_is_understood() -> None:
    """What tetronik's DAKS-IoT 1.1.0, by those who made ESPA-X, said to this server: two calls, one of them stopped."""
    server = Server(user="ward", password="secret", processes=Processes(first=7), session="2ad4cb1881141ff7")
    host = Host(server)
    capture = Path(__file__).parent / "captures" / "espax-tetronik-daks-iot-1.1.0.bin"
    answers = host.says(capture.read_bytes())
    calls = [
        Started(
            f"ref-{number}",
            ward="3A",
            bed="28",
            text="28床 呼叫 <ä>",
            priority="High",
            callback="Phone",
            group="1002",
            calling_number="1900",
            calling_name="Bed 28",
        )
        for number in (1, 2)
    ]
    assert host.events == [LoggedIn("DAKS-IoT", "DAKS-IoT_V1.1.0"), *calls, Stopped("ref-2", calls[1])]
    assert [answer.name for answer in answers if answer.name.startswith("RSP.")] == [
        "RSP.LOGIN",
        "RSP.S-CONDITION",
        "RSP.P-START",
        "RSP.P-START",
        "RSP.P-STOP",
        *["RSP.HEARTBEAT"] * (len(answers) - 8),
    ]
    assert {answer["RSP-CODE"] for answer in answers if answer.name.startswith("RSP.")} == {"200"}


NAMED = st.sampled_from(["LOGIN", "LOGOUT", "HEARTBEAT", "S-CONDITION", "P-START", "P-STOP", "P-GETSTAT", "X"])
FIELDS = st.dictionaries(
    st.sampled_from(["CP-PR-REF", "SP-PR-TAN", "CP-PR-MASK", "CP-DELAY", "CP-PR-DETAILS", "LI-USER"]),
    st.one_of(st.text(max_size=20), st.sampled_from(["r7", "100", "All", "No", "9" * 5000, "²"])),
)


@given(st.lists(st.one_of(st.tuples(NAMED, FIELDS), st.binary(max_size=60)), max_size=12))
def test_no_request_breaks_it_and_all_are_answered(said: list[tuple[str, dict[str, str]] | bytes]) -> None:
    """Until it is gone."""
    host = connected()
    for piece in said:
        gone = any(isinstance(event, Gone) for event in host.events)
        if isinstance(piece, bytes):
            host.says(piece)
            host.waits(6)
        else:
            answers = host.asks(*piece)
            assert gone or answers[0].name == f"RSP.{piece[0]}"
