"""The finer rules of ESPA 4.4.4: statuses, busy receivers, several stations, wrong addresses. Time is a number."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from nursecall.wire.espa444 import (
    Call,
    Control,
    Delivered,
    Event,
    Message,
    Misaddressed,
    Refused,
    Station,
    StationAlive,
    StationDead,
    Status,
    StatusRequest,
)
from nursecall.wire.espa444_blocks import ABSENT, ACKNOWLEDGED, QUEUED, SPEECH_OPEN, TERMINATED
from nursecall.wire.espa444_outbox import MOST_STATUSES, STATUS_TURNS
from tests.nursecall.wire.test_espa444_roles import ACK, BLOCK, ENQ, EOT, NAK, PRESS, SELECT, Played

POLL = EOT + b"2" + ENQ
"""The host asks us, at address 2."""

BUSY = b"2" + NAK


def station(**more: Any) -> Played:
    """We are polled, at address 2."""
    return Played(Station("2", "1", encoding="gb18030", **more))


def told(code: int, **more: Any) -> bytes:
    """The status of `PRESS` as it goes over the wire."""
    return Status(address="28", text="28床 呼叫", type=3, status=code, **more).encode("gb18030")


class TestStatus:
    """The host is told what became of its call."""

    def test_the_host_is_told_in_our_next_turn(self) -> None:
        """Poll, we select it, ACK, status, ACK."""
        host = station()
        host.hears(SELECT + BLOCK + EOT)
        ticket = host.party.status(host.messages[0], ACKNOWLEDGED, host.now)
        assert host.hears(POLL) == b"1" + ENQ
        assert host.hears(ACK) == told(ACKNOWLEDGED)
        assert host.hears(ACK) == EOT
        assert host.events[-1] == Delivered(ticket)
        assert host.hears(POLL) == EOT

    def test_an_asked_for_status_repeats_the_call(self) -> None:
        """As it stands in the request."""
        host = station()
        host.hears(SELECT + StatusRequest(address="28", text="28床 呼叫", type=3).encode("gb18030") + EOT)
        request = host.messages[0]
        assert isinstance(request, StatusRequest)
        host.party.status(request, SPEECH_OPEN, host.now)
        host.hears(POLL)
        assert host.hears(ACK) == told(SPEECH_OPEN)

    def test_as_control_station_we_poll_ourselves_to_tell_it(self) -> None:
        """`2 ENQ 1 ENQ`, ACK, status, ACK, EOT; then the next poll."""
        host = Played(Control("2", "1", encoding="gb18030"))
        host.waits(0)
        assert host.hears(b"2" + ENQ) == ACK
        assert host.hears(StatusRequest(address="28", text="28床 呼叫", type=3).encode("gb18030")) == ACK
        ticket = host.party.status(host.messages[0], SPEECH_OPEN, host.now)
        assert host.hears(EOT) == b""
        assert host.waits(0) == EOT + b"2" + ENQ + b"1" + ENQ
        assert host.hears(ACK) == told(SPEECH_OPEN)
        assert host.hears(ACK) == EOT
        assert host.events[-1] == Delivered(ticket)
        assert host.waits(0) == EOT + b"1" + ENQ

    @pytest.mark.parametrize("polled", [True, False])
    def test_a_request_said_twice_is_told_twice(self, polled: bool) -> None:
        """Whoever asks again wants to hear; a call said again because our ACK was lost is told once."""
        host = station() if polled else Played(Control("2", "1", encoding="gb18030"))
        host.waits(0)
        request = StatusRequest(address="28").encode()
        for block in (request, request, BLOCK, BLOCK):
            host.hears(SELECT if polled else b"2" + ENQ)
            assert host.hears(block) == ACK
            host.waits(2)
            host.waits(2)
        assert host.messages == [StatusRequest(address="28")] * 2 + [PRESS]

    def test_a_newer_status_replaces_one_that_waits(self) -> None:
        """Each call has one; the host hears the last."""
        host = station()
        for code in (QUEUED, ACKNOWLEDGED, TERMINATED):
            host.party.status(PRESS, code, host.now)
        host.party.status(Call(address="5"), QUEUED, host.now)
        assert host.party.pending == 2
        host.hears(POLL)
        assert host.hears(ACK) == told(TERMINATED)

    def test_a_host_that_never_asks_costs_no_memory(self) -> None:
        """The oldest go."""
        host = station()
        for number in range(3 * MOST_STATUSES):
            host.party.status(Call(address=str(number)), QUEUED, host.now)
        assert host.party.pending == MOST_STATUSES

    @pytest.mark.parametrize("answer", [EOT, b""])
    def test_a_host_that_takes_no_statuses_is_spared_them(self, answer: bytes) -> None:
        """It ends our turn, or does not answer: after a few the status is dropped, and its polls are answered again."""
        host = station()
        ticket = host.party.status(PRESS, QUEUED, host.now)
        for _ in range(STATUS_TURNS):
            assert host.hears(POLL) == b"1" + ENQ
            host.hears(answer)
            host.waits(3)
        assert host.events == [Refused(ticket)]
        assert host.hears(POLL) == EOT
        assert host.hears(SELECT + BLOCK) == ACK + ACK

    def test_a_call_that_we_send_is_not_given_up(self) -> None:
        """However often nobody answers."""
        host = station()
        host.party.send(BLOCK, 0)
        for _ in range(10):
            assert host.hears(POLL) == b"1" + ENQ
            host.waits(3)
        assert host.party.pending == 1

    def test_a_pager_system_tells_us_its_status(self) -> None:
        """The other way round: header 2 in, a status out, with who said so."""
        host = station()
        host.hears(SELECT + told(ABSENT))
        (message,) = host.messages
        assert isinstance(message, Status)
        assert (message.status, message.address, message.source) == (ABSENT, "28", "1")


class TestBusy:
    """2 NAK."""

    def test_a_busy_receiver_is_left_alone_for_a_while(self) -> None:
        """At its selection; the block is kept."""
        host = station()
        ticket = host.party.send(BLOCK, 0)
        assert host.hears(POLL) == b"1" + ENQ
        assert host.hears(BUSY) == EOT
        assert host.hears(POLL) == EOT
        host.waits(2)
        assert host.hears(POLL) == b"1" + ENQ
        host.hears(ACK)
        host.hears(ACK)
        assert host.events == [Delivered(ticket)]

    def test_a_receiver_busy_after_the_block_hears_it_later_and_not_at_once(self) -> None:
        """Unlike 1 NAK, which has it said again."""
        host = station()
        host.party.send(BLOCK, 0)
        host.hears(POLL)
        assert host.hears(ACK) == BLOCK
        assert host.hears(BUSY) == EOT
        assert host.hears(POLL) == EOT
        assert host.party.pending == 1

    def test_a_control_station_goes_on_polling_a_busy_receiver(self) -> None:
        """It cannot listen; perhaps it wants to speak."""
        host = Played(Control("2", "1"))
        host.party.send(BLOCK, 0)
        assert host.waits(0) == EOT + b"2" + ENQ + b"1" + ENQ
        assert host.hears(BUSY) == EOT
        assert host.waits(0) == EOT + b"1" + ENQ
        assert host.hears(EOT) == b""
        assert host.waits(0.3) == EOT + b"1" + ENQ

    def test_we_can_be_busy_ourselves(self) -> None:
        """Then nothing is taken, and the host says it later."""
        host = station()
        host.party.busy = True
        assert host.hears(SELECT) == BUSY
        host.hears(EOT)
        host.party.busy = False
        assert host.hears(SELECT + BLOCK) == ACK + ACK
        assert host.messages == [PRESS]


class TestMisaddressed:
    """The host calls address 3, the plan says 2."""

    @pytest.mark.parametrize(
        ("said", "answered"),
        [(EOT + b"3" + ENQ, b""), (EOT + b"1" + ENQ + b"3" + ENQ, b""), (EOT + b"1" + ENQ + b"3" + ENQ + BLOCK, b"")],
    )
    def test_a_host_that_calls_only_another_address_is_told(self, said: bytes, answered: bytes) -> None:
        """By poll or by selection; again every few seconds, and nothing of it is answered."""
        host = station()
        for _ in range(60):
            assert host.hears(said) == answered
            host.waits(0.5)
        assert set(host.events) == {Misaddressed("3")}
        assert 3 <= len(host.events) <= 5

    def test_other_stations_on_our_line_are_no_trouble(self) -> None:
        """The host calls us too."""
        host = station()
        for _ in range(60):
            host.hears(EOT + b"3" + ENQ)
            host.waits(0.25)
            assert host.hears(POLL) == EOT
            host.waits(0.25)
        assert host.events == []

    def test_the_hosts_own_poll_is_no_trouble(self) -> None:
        """It polls itself to send, and gives up."""
        host = station()
        for _ in range(60):
            host.hears(EOT + b"1" + ENQ)
            host.waits(0.5)
        assert host.events == []

    def test_a_host_that_is_polled_and_selects_another_address_is_told(self) -> None:
        """In the control role."""
        host = Played(Control("2", "1"))
        while host.now < 30:
            host.waits(1)
            host.hears(b"3" + ENQ)
            host.waits(0.1)
            host.hears(EOT)
        assert set(host.events) == {Misaddressed("3")}


class Many:
    """We poll several stations; each says what it was told to when its poll comes."""

    def __init__(self, stations: str) -> None:
        self.played = Played(Control("2", stations, encoding="gb18030"))
        self.live = set(stations)
        self.polled: list[tuple[float, str]] = []

    @property
    def events(self) -> list[Event]:
        """All that was told."""
        return self.played.events

    def run(self, seconds: float) -> None:
        """Answer polls by EOT for so long."""
        end = self.played.now + seconds
        while self.played.now < end:
            said = self.played.waits(end - self.played.now)
            if len(said) == 3:
                address = said[1:2].decode()
                self.polled.append((self.played.now, address))
                if address in self.live:
                    self.played.now += 0.01
                    self.played.hears(EOT)

    def pauses(self, address: str) -> list[float]:
        """Seconds between the polls of one."""
        times = [at for at, polled in self.polled if polled == address]
        return [later - sooner for sooner, later in itertools.pairwise(times)]


class TestSeveralStations:
    """One line, one control station: us."""

    def test_each_is_polled_in_turn(self) -> None:
        """As often as if it were alone."""
        many = Many("134")
        many.run(10)
        for address in "134":
            assert max(many.pauses(address)) < 0.35

    def test_a_dead_one_is_left_alone_for_a_minute_and_costs_the_others_one_time_out(self) -> None:
        """Told once, and told again when it is back."""
        many = Many("134")
        many.run(5)
        many.live.discard("4")
        many.run(300)
        assert many.events == [StationDead("4")]
        assert max(many.pauses("1")) < 1.5
        assert many.pauses("4")[-1] == pytest.approx(61, abs=1)
        many.live.add("4")
        many.run(70)
        assert many.events == [StationDead("4"), StationAlive("4")]
        assert many.pauses("4")[-1] < 0.35

    def test_a_call_says_from_whom_it_came_and_its_status_goes_there(self) -> None:
        """Though what we send goes to the first."""
        many = Many("13")
        played = many.played
        while played.waits(1) != EOT + b"3" + ENQ:
            played.hears(EOT)
        assert played.hears(b"2" + ENQ) == ACK
        assert played.hears(BLOCK) == ACK
        played.hears(EOT)
        (call,) = played.messages
        assert call.source == "3"
        played.party.status(call, ACKNOWLEDGED, played.now)
        while (said := played.waits(1)) != EOT + b"2" + ENQ + b"3" + ENQ:
            assert len(said) == 3
            played.hears(EOT)
        assert played.hears(ACK) == told(ACKNOWLEDGED)

    def test_stations_may_call_one_another(self) -> None:
        """Their block is not ours, and no trouble."""
        many = Many("13")
        for _ in range(40):
            many.played.waits(1)
            many.played.hears(b"3" + ENQ + ACK + BLOCK + ACK + EOT)
        assert many.events == []


class TestSilence:
    """Ten seconds, and a dead line."""

    def test_a_block_that_never_ends_is_ended_by_the_control_station_after_ten_seconds(self) -> None:
        """EOT, and the next poll."""
        host = Played(Control("2", "1"))
        host.waits(0)
        assert host.hears(b"2" + ENQ) == ACK
        began, said = host.now, host.hears(b"\x011\x022\x1f")
        while not said:
            assert host.now - began < 13
            said = host.waits(0.5) or host.hears(b"x")
        assert said == EOT
        assert host.now - began >= 10
        assert host.waits(1) == EOT + b"1" + ENQ

    def test_a_lone_station_is_told_dead_and_alive(self) -> None:
        """And never left alone for long: a bed may call."""
        host = Played(Control("2", "1"))
        while host.now < 60:
            host.waits(60 - host.now)
        assert host.events == [StationDead("1")]
        while host.waits(10) != EOT + b"1" + ENQ:
            pass
        host.hears(EOT)
        assert host.events == [StationDead("1"), StationAlive("1")]


def test_a_station_that_ends_everything_by_its_own_eot_is_understood() -> None:
    """After its block, after its ACK, and once more for good measure."""
    host = Played(Control("2", "1", encoding="gb18030"))
    host.waits(0)
    host.hears(b"2" + ENQ)
    assert host.hears(BLOCK) == ACK
    assert host.hears(EOT) == b""
    assert host.waits(0) == EOT + b"1" + ENQ
    assert host.hears(EOT + EOT) == b""
    ticket = host.party.send(BLOCK, host.now)
    assert host.waits(1) == EOT + b"2" + ENQ + b"1" + ENQ
    assert host.hears(ACK) == BLOCK
    assert host.hears(ACK + EOT) == EOT
    assert host.events[-1] == Delivered(ticket)
    assert host.waits(1) == EOT + b"1" + ENQ
    assert host.hears(b"2" + ENQ + BLOCK) == ACK + ACK


def test_a_source_is_no_part_of_what_was_said() -> None:
    """The same call from another station is the same call."""
    assert Call(address="28", source="1") == Call(address="28", source="3")
    assert isinstance(Call(address="28", source="1"), Message)
    assert "source" not in Call(address="28", source="1").records()
