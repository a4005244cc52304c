"""Paging: RTP packets as RFC 3550 has them, when they are due."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some
from twisted.internet.task import Clock

from pbx.paging import FRAME, TOO_LATE, Stream, Talkspurt, Unreachable, Zone, address_of
from tests import real_reactor

SPEECH = bytes(range(256)) * 5  # eight packets of 160 bytes


class Receiver:
    """What came, and when."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.came: list[tuple[float, bytes]] = []

    def __call__(self, packet: bytes) -> None:
        self.came.append((round(self.clock.seconds(), 4), packet))


def heads(packets: list[bytes]) -> list[tuple[int, int, int, int, int]]:
    return [struct.unpack("!BBHII", packet[:12]) for packet in packets]


def test_packets_are_as_the_standard_says() -> None:
    """Version 2, A-law, the marker on the first alone, sequence and timestamp counting over their ends."""
    clock = Clock()
    heard = Receiver(clock)
    Talkspurt(Stream(ssrc=7, sequence=65_534, timestamp=2**32 - 160), SPEECH, heard, clock)
    clock.pump([0.02] * 8)
    assert heads([packet for _, packet in heard.came])[:4] == [
        (0x80, 0x88, 65_534, 2**32 - 160, 7),
        (0x80, 0x08, 65_535, 0, 7),
        (0x80, 0x08, 0, 160, 7),
        (0x80, 0x08, 1, 320, 7),
    ]
    assert b"".join(packet[12:] for _, packet in heard.came) == SPEECH


def test_each_packet_comes_when_it_is_due_since_the_beginning() -> None:
    """A clock that wakes late each time: no packet is later than the clock, and lateness does not add up."""
    clock = Clock()
    heard = Receiver(clock)
    talk = Talkspurt(Stream(), b"x" * FRAME * 100, heard, clock)
    ended: list[float] = []
    talk.done.addCallback(lambda _: ended.append(clock.seconds()))
    while not ended:
        clock.advance(0.0137)
    late = [when - number * 0.02 for number, (when, _) in enumerate(heard.came)]
    assert len(late) == 100
    assert all(-1e-6 <= each <= 0.0138 for each in late)
    assert ended[0] == pytest.approx(2.0, abs=0.0138)


def test_after_a_long_halt_it_talks_on_instead_of_bursting() -> None:
    """A receiver would drop a hundred packets at once."""
    clock = Clock()
    heard = Receiver(clock)
    Talkspurt(Stream(), b"x" * FRAME * 20, heard, clock)
    clock.advance(0.02)
    clock.advance(TOO_LATE + 1)
    assert len(heard.came) == 3
    clock.pump([0.02] * 20)
    assert len(heard.came) == 20


@given(some.binary(min_size=1, max_size=3000))
def test_whatever_is_said_arrives_in_whole_packets(speech: bytes) -> None:
    """The last is filled up with silence."""
    clock = Clock()
    heard = Receiver(clock)
    talk = Talkspurt(Stream(), speech, heard, clock)
    clock.pump([0.02] * (len(speech) // FRAME + 2))
    said = b"".join(packet[12:] for _, packet in heard.came)
    assert all(len(packet) == 12 + FRAME for _, packet in heard.came)
    assert said == speech + b"\xd5" * (len(said) - len(speech))
    assert talk.done.called


def test_a_talk_that_is_stopped_is_silent_at_once() -> None:
    """No timer is left."""
    clock = Clock()
    heard = Receiver(clock)
    talk = Talkspurt(Stream(), SPEECH, heard, clock)
    talk.done.addErrback(lambda _: None)
    talk.done.cancel()
    assert clock.getDelayedCalls() == []
    assert len(heard.came) == 1


def test_a_network_that_refuses_is_told() -> None:
    """Once, without a timer left."""
    clock = Clock()

    def refuse(_packet: bytes) -> None:
        raise OSError(101, "Network is unreachable")

    why: list[object] = []
    Talkspurt(Stream(), SPEECH, refuse, clock).done.addErrback(lambda failure: why.append(failure.value))
    assert [str(each) for each in why] == ["Network is unreachable"]
    assert clock.getDelayedCalls() == []


def test_two_talks_are_one_stream() -> None:
    """The sequence goes on; the timestamp also counts the silence between; each begins with a marker."""
    stream, clock = Stream(ssrc=1, sequence=1, timestamp=0), Clock()
    heard = Receiver(clock)
    for _ in range(2):
        Talkspurt(stream, b"x" * FRAME, heard, clock)
        clock.advance(0.02)
        stream.silent(5)
    assert heads([packet for _, packet in heard.came]) == [(0x80, 0x88, 1, 0, 1), (0x80, 0x88, 2, 160 + 40_000, 1)]


def test_a_zone_is_heard_by_a_real_receiver() -> None:
    """Multicast over the loopback interface: every packet, in order, twice."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.bind(("", 0))
        group = socket.inet_aton("239.255.77.1") + socket.inet_aton("127.0.0.1")
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        receiver.settimeout(30)
        zone = Zone("239.255.77.1", receiver.getsockname()[1], "lo", reactor=real_reactor.start())
        real_reactor.run(zone.page(SPEECH))
        real_reactor.run(zone.page(SPEECH))
        came = [receiver.recv(2000) for _ in range(16)]
    assert b"".join(packet[12:] for packet in came) == SPEECH * 2
    found = heads(came)
    assert [head[1] >> 7 for head in found] == [1, *[0] * 7] * 2
    assert [(head[2] - found[0][2]) & 0xFFFF for head in found] == list(range(16))
    assert len({head[4] for head in found}) == 1


def test_a_network_card_that_is_gone_is_named() -> None:
    """Unplugged since the plan was made."""
    assert address_of("lo") == address_of("127.0.0.1") == "127.0.0.1"
    with pytest.raises(Unreachable, match="eth77"):
        real_reactor.run(Zone("239.255.77.1", 4000, "eth77", reactor=real_reactor.start()).page(SPEECH))
