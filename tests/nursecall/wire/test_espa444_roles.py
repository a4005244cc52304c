"""Both roles: against scripts byte by byte, and against each other. Time is a number."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espa444 import (
    Call,
    Control,
    Delivered,
    Event,
    Garbled,
    Message,
    Party,
    Refused,
    Reset,
    Station,
    Status,
    StatusRequest,
)

ENQ, EOT, ACK, NAK = b"\x05", b"\x04", b"\x06", b"\x15"
PRESS = Call(address="28", text="28床 呼叫", type=3)
OTHER = Call(address="5", text="5床 呼叫", type=3)
BLOCK = PRESS.encode("gb18030")
WRONG = BLOCK[:-1] + bytes([BLOCK[-1] ^ 0x55])
SELECT = EOT + b"1" + ENQ + b"2" + ENQ


class Played:
    """A party and its answers, played byte by byte."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.now = 0.0
        self.events: list[Event] = []
        party.begin(0.0)

    def hears(self, data: bytes) -> bytes:
        """What it answers to `data`."""
        self.events += self.party.feed(data, self.now)
        return self.party.outgoing()

    def waits(self, seconds: float) -> bytes:
        """What it says within `seconds` of silence."""
        end = self.now + seconds
        while (deadline := self.party.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.events += self.party.tick(self.now)
            if said := self.party.outgoing():
                return said
        self.now = end
        return b""

    @property
    def messages(self) -> list[Message]:
        return [event for event in self.events if isinstance(event, Message)]


def station() -> Played:
    """We are polled, at address 2."""
    return Played(Station("2", "1", encoding="gb18030"))


def control() -> Played:
    """We poll station 1, from address 2, and have just asked it."""
    played = Played(Control("2", "1", encoding="gb18030"))
    assert played.waits(0) == EOT + b"1" + ENQ
    return played


class TestStation:
    """We are polled."""

    def test_a_poll_is_answered_with_nothing_to_say(self) -> None:
        """EOT to our address, silence to others."""
        host = station()
        assert host.hears(EOT + b"2" + ENQ) == EOT
        assert host.hears(EOT + b"3" + ENQ) == b""
        assert host.hears(EOT + b"2" + ENQ) == EOT

    def test_a_call_is_acknowledged_and_told(self) -> None:
        """`1 ENQ 2 ENQ`, ACK, block, ACK, EOT."""
        host = station()
        assert host.hears(SELECT) == ACK
        assert host.hears(BLOCK) == ACK
        assert host.hears(EOT) == b""
        assert host.messages == [PRESS]

    def test_several_blocks_may_follow_one_selection(self) -> None:
        """Until EOT."""
        host = station()
        host.hears(SELECT)
        assert host.hears(BLOCK) == ACK
        assert host.hears(Reset(address="28", text="28床").encode("gb18030")) == ACK
        assert host.messages == [PRESS, Reset(address="28", text="28床")]

    def test_a_wrong_check_is_refused_and_the_repetition_taken(self) -> None:
        """1 NAK, and the host says it again."""
        host = station()
        host.hears(SELECT)
        assert host.hears(WRONG) == b"1" + NAK
        assert isinstance(host.events[-1], Garbled)
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    @pytest.mark.parametrize("length", range(1, len(BLOCK)))
    def test_a_cut_block_is_asked_for_again(self, length: int) -> None:
        """Silence in mid-block for a second: 1 NAK at once, not the host's own patience."""
        host = station()
        host.hears(SELECT + BLOCK[:length])
        assert host.waits(1.5) == b"1" + NAK
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    def test_a_block_that_lost_its_first_byte_is_asked_for_again(self) -> None:
        """All of it is noise then, but we were selected."""
        host = station()
        host.hears(SELECT + b"\xff" + BLOCK[1:])
        assert host.waits(1.5) == b"1" + NAK
        assert host.hears(BLOCK) == ACK

    def test_a_repetition_after_a_lost_ack_is_acknowledged_and_not_told_again(self) -> None:
        """Said again at once, or after the host's patience, EOT and a new selection."""
        host = station()
        assert host.hears(SELECT + BLOCK) == ACK + ACK
        assert host.hears(BLOCK) == ACK
        host.waits(3)
        assert host.hears(SELECT) == ACK
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    def test_the_same_bed_pressed_again_is_told_again(self) -> None:
        """The host went on at once, so it had our ACK: this is a second press."""
        host = station()
        for _ in range(3):
            host.hears(SELECT + BLOCK)
            host.hears(EOT)
        assert host.messages == [PRESS, PRESS, PRESS]

    def test_a_repetition_after_unplugging_is_not_told_again(self) -> None:
        """The cord was pulled while our ACK was on the wire, and put back an hour later."""
        host = station()
        host.hears(SELECT + BLOCK)
        host.party.lost(host.now)
        host.waits(3600)
        host.party.begin(host.now)
        host.hears(SELECT + BLOCK)
        assert host.messages == [PRESS]
        host.hears(EOT + SELECT + BLOCK)
        assert host.messages == [PRESS, PRESS]

    def test_a_block_for_another_station_is_left_alone(self) -> None:
        """Neither told nor answered; our own turn comes after EOT."""
        host = station()
        assert host.hears(EOT + b"1" + ENQ + b"3" + ENQ + ACK + BLOCK + ACK) == b""
        assert host.messages == []
        assert host.hears(SELECT + BLOCK) == ACK + ACK
        assert host.messages == [PRESS]

    def test_a_good_block_is_taken_though_noise_ended_the_selection(self) -> None:
        """A stray EOT between our ACK and the block."""
        host = station()
        host.hears(SELECT)
        host.hears(EOT + b"\xfe\xfe")
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    def test_a_selection_that_missed_our_ack_is_acknowledged_again(self) -> None:
        """With and without EOT before it."""
        host = station()
        assert host.hears(SELECT) == ACK
        assert host.hears(b"1" + ENQ + b"2" + ENQ) == ACK
        assert host.hears(SELECT) == ACK
        assert host.hears(BLOCK) == ACK

    def test_status_requests_are_acknowledged_and_told(self) -> None:
        """As the field does; a NAK would only make the host repeat."""
        host = station()
        assert host.hears(SELECT + StatusRequest(address="28").encode()) == ACK + ACK
        assert host.messages == [StatusRequest(address="28")]

    def test_a_block_without_records_is_invalid(self) -> None:
        """3 NAK."""
        host = station()
        assert host.hears(SELECT + b"\x011\x02\x030") == ACK + b"3" + NAK

    def test_what_we_have_to_say_waits_for_our_poll(self) -> None:
        """Poll, we select the host, ACK, block, ACK, EOT; a NAK makes us say it again."""
        host = station()
        ticket = host.party.send(BLOCK, 0)
        assert host.hears(EOT + b"2" + ENQ) == b"1" + ENQ
        assert host.hears(ACK) == BLOCK
        assert host.hears(b"1" + NAK) == BLOCK
        assert host.hears(ACK) == EOT
        assert host.events == [Delivered(ticket)]
        assert host.hears(EOT + b"2" + ENQ) == EOT

    def test_an_invalid_message_is_not_said_again(self) -> None:
        """3 NAK: it would be invalid for ever."""
        host = station()
        ticket = host.party.send(BLOCK, 0)
        host.hears(EOT + b"2" + ENQ)
        host.hears(ACK)
        assert host.hears(b"3" + NAK) == EOT
        assert host.events == [Refused(ticket)]
        assert host.party.pending == 0

    def test_two_failed_attempts_end_the_turn_and_a_later_one_succeeds(self) -> None:
        """EOT after two; the block is kept."""
        host = station()
        ticket = host.party.send(BLOCK, 0)
        host.hears(EOT + b"2" + ENQ)
        assert host.hears(ACK) == BLOCK
        assert host.waits(3) == BLOCK
        assert host.waits(3) == EOT
        assert host.hears(EOT + b"2" + ENQ) == b"1" + ENQ
        host.hears(ACK)
        host.hears(ACK)
        assert host.events == [Delivered(ticket)]

    def test_valid_traffic_is_noted(self) -> None:
        """Polls count, noise does not."""
        host = station()
        host.waits(5)
        host.hears(b"\xff\x00noise" * 20)
        assert host.party.heard_at < 0
        host.hears(EOT + b"2" + ENQ)
        assert host.party.heard_at == 5


class TestControl:
    """We poll."""

    def test_an_idle_host_is_polled_again_after_the_interval(self) -> None:
        """Always after EOT."""
        host = control()
        assert host.hears(EOT) == b""
        assert host.waits(0.2) == b""
        assert host.waits(0.1) == EOT + b"1" + ENQ

    def test_a_call_is_received_in_the_hosts_turn(self) -> None:
        """It selects us, ACK, block, ACK; then we go on polling at once, for there may be more."""
        host = control()
        assert host.hears(b"2" + ENQ) == ACK
        assert host.hears(BLOCK) == ACK
        assert host.hears(EOT) == b""
        assert host.messages == [PRESS]
        assert host.waits(0) == EOT + b"1" + ENQ

    def test_a_host_that_does_not_end_its_turn_is_polled_all_the_same(self) -> None:
        """The standard leaves the EOT to the control station."""
        host = control()
        host.hears(b"2" + ENQ)
        host.hears(BLOCK)
        assert host.waits(0.5) == EOT + b"1" + ENQ

    def test_a_wrong_check_is_refused_and_the_repetition_taken(self) -> None:
        """1 NAK."""
        host = control()
        host.hears(b"2" + ENQ)
        assert host.hears(WRONG) == b"1" + NAK
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    def test_a_dead_host_is_polled_ever_less_and_at_once_when_it_answers(self) -> None:
        """Never less than every few seconds: a bed may call."""
        host = control()
        pauses = []
        for _ in range(10):
            before = host.now
            while host.waits(10) != EOT + b"1" + ENQ:
                pass
            pauses.append(host.now - before)
        assert pauses == sorted(pauses)
        assert pauses[0] < 2
        assert 5 < pauses[-1] < 7
        host.hears(EOT)
        assert host.waits(0.3) == EOT + b"1" + ENQ

    def test_a_selection_without_a_block_ends_after_a_while(self) -> None:
        """EOT, and polling goes on."""
        host = control()
        host.hears(b"2" + ENQ)
        assert host.waits(10) == EOT
        assert host.waits(10) == EOT + b"1" + ENQ

    def test_a_stray_eot_does_not_make_us_talk_over_the_block(self) -> None:
        """Noise between our ACK and the block: we wait, and do not poll into it."""
        host = control()
        host.hears(b"2" + ENQ)
        assert host.hears(EOT + b"\xff") == b""
        assert host.waits(0.5) == b""
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    def test_a_slow_block_is_not_interrupted(self) -> None:
        """300 baud: a long block takes seconds."""
        host = control()
        host.hears(b"2" + ENQ)
        for byte in BLOCK[:-1]:
            assert host.hears(bytes([byte])) == b""
            assert host.waits(0.2) == b""
        assert host.hears(BLOCK[-1:]) == ACK
        assert host.messages == [PRESS]

    def test_a_second_master_is_answered(self) -> None:
        """Both ends poll, by mistake of a plan: calls come through all the same."""
        host = control()
        host.hears(EOT)
        host.waits(0.2)
        host.now += 2
        assert host.hears(EOT + b"2" + ENQ) == EOT
        assert host.hears(SELECT) == ACK
        assert host.hears(BLOCK) == ACK
        assert host.messages == [PRESS]

    def test_to_send_we_poll_ourselves(self) -> None:
        """`2 ENQ 1 ENQ`, ACK, block, ACK, EOT."""
        host = control()
        host.hears(EOT)
        ticket = host.party.send(BLOCK, host.now)
        assert host.waits(0) == EOT + b"2" + ENQ + b"1" + ENQ
        assert host.hears(ACK) == BLOCK
        assert host.hears(ACK) == EOT
        assert host.events == [Delivered(ticket)]

    def test_what_is_not_under_way_can_be_given_up(self) -> None:
        """Once, and not after delivery."""
        host = control()
        ticket = host.party.send(BLOCK, host.now)
        assert host.party.cancel(ticket)
        assert not host.party.cancel(ticket)
        assert host.party.pending == 0


class Wire:
    """Two parties and what joins them; `spoil` may change what passes, towards the receiver only."""

    def __init__(self, sender: Party, receiver: Party, chance: random.Random, trouble: float = 0.0) -> None:
        self.sender, self.receiver = sender, receiver
        self.chance, self.trouble = chance, trouble
        self.now = 0.0
        self.received: list[Message] = []
        self.delivered: list[int] = []
        sender.begin(0)
        receiver.begin(0)

    def run(self, until: int, seconds: float = 3600) -> None:
        """Pass bytes and time until so many were delivered."""
        while len(self.delivered) < until and self.now < seconds:
            if not self._pass():
                deadlines = [d for d in (self.sender.deadline, self.receiver.deadline) if d is not None]
                self.now = max(self.now, min(deadlines))
                self._heard(self.sender.tick(self.now))
                self._heard(self.receiver.tick(self.now))

    def _pass(self) -> bool:
        there, back = self.sender.outgoing(), self.receiver.outgoing()
        self.now += 0.001
        if there:
            self._heard(self.receiver.feed(self._spoilt(there), self.now))
        if back:
            self._heard(self.sender.feed(back, self.now))
        return bool(there or back)

    def _spoilt(self, data: bytes) -> bytes:
        if self.chance.random() >= self.trouble:
            return data
        at = self.chance.randrange(len(data))
        noise = self.chance.randbytes(self.chance.randrange(1, 30))
        return self.chance.choice(
            [noise + data, data[:at], data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :], data + noise]
        )

    def _heard(self, events: list[Event]) -> None:
        self.received += [event for event in events if isinstance(event, Message)]
        self.delivered += [event.ticket for event in events if isinstance(event, Delivered)]


def joined(host_polls: bool) -> tuple[Party, Party]:
    """A host that sends, and us."""
    if host_polls:
        return Control("1", "2", encoding="gb18030"), Station("2", "1", encoding="gb18030")
    return Station("1", "2", encoding="gb18030"), Control("2", "1", encoding="gb18030")


class Asking(Wire):
    """The receiver answers what the sender asks: status 1 + bed modulo 8. told: what the sender has heard, by bed."""

    def __init__(self, sender: Party, receiver: Party, chance: random.Random, trouble: float) -> None:
        super().__init__(sender, receiver, chance, trouble)
        self.told: dict[str | None, tuple[str | None, object]] = {}

    def ask(self, requests: dict[str, StatusRequest]) -> None:
        """Each, and again when no answer has come: a status is given up after some turns in vain."""
        while missing := [request for bed, request in requests.items() if bed not in self.told]:
            assert self.now < 3600
            for request in missing:
                self.sender.send(request.encode("gb18030"), self.now)
            while self.sender.pending or self.receiver.pending:
                self.run(len(self.delivered) + 1, self.now + 1)

    def _heard(self, events: list[Event]) -> None:
        super()._heard([event for event in events if not isinstance(event, Status)])
        for event in events:
            if isinstance(event, StatusRequest):
                self.receiver.status(event, 1 + int(event.address or 0) % 8, self.now)
            elif isinstance(event, Status):
                self.told[event.address] = event.text, event.status


@pytest.mark.parametrize("host_polls", [True, False])
class TestTogether:
    """The simulated host's side and ours are the same code in two roles: what one says the other understands."""

    def test_calls_arrive_once_and_in_order(self, host_polls: bool) -> None:
        """Two hundred, queued at once."""
        host, ours = joined(host_polls)
        calls = [Call(address=str(n), text=f"{n}床 呼叫") for n in range(200)]
        wire = Wire(host, ours, random.Random(1))
        for call in calls:
            host.send(call.encode("gb18030"), 0)
        wire.run(200)
        assert wire.received == calls
        assert wire.delivered == list(range(1, 201))

    @pytest.mark.parametrize("seed", range(20))
    def test_calls_arrive_through_noise_cuts_and_flipped_bits(self, host_polls: bool, seed: int) -> None:
        """A third of all that the host says is spoilt; nothing is lost, nothing comes twice, the order stays."""
        host, ours = joined(host_polls)
        calls = [Call(address=str(n), text=f"{n}床 呼叫") for n in range(50)]
        wire = Wire(host, ours, random.Random(seed), trouble=0.33)
        for call in calls:
            host.send(call.encode("gb18030"), 0)
        wire.run(50)
        assert wire.received == calls

    @pytest.mark.parametrize("seed", range(5))
    def test_each_request_has_its_status_through_noise(self, host_polls: bool, seed: int) -> None:
        """Whatever we are asked we answer, as often as a question comes; the host hears of each call, and no other."""
        host, ours = joined(host_polls)
        wire = Asking(host, ours, random.Random(seed), trouble=0.33)
        wire.ask({str(n): StatusRequest(address=str(n), text=f"{n}床 呼叫") for n in range(30)})
        assert wire.told == {str(n): (f"{n}床 呼叫", 1 + n % 8) for n in range(30)}


@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([BLOCK, SELECT, ACK, b"1\x15", EOT])), max_size=20))
def test_no_bytes_break_a_party_and_the_next_call_comes_through(pieces: list[bytes]) -> None:
    """Whatever was said before; at the latest when the host says it a second time."""
    for played in (station(), control()):
        for piece in pieces:
            played.hears(piece)
            played.waits(0.3)
        played.waits(12)
        played.events.clear()
        call = OTHER.encode("gb18030")
        for _ in range(2):
            played.hears(SELECT + call)
            played.waits(3)
        assert OTHER in played.messages
