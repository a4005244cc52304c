"""Paging zones: speech as RTP to a multicast address, where loudspeakers of any make listen.

RFC 3550 and 3551: payload type 8 (A-law, 8000 Hz), 160 bytes every 20 ms on absolute time, the marker on the first
packet after a silence. TTL 1: it stays in its network.
"""

from __future__ import annotations

import secrets
import socket
import struct
from dataclasses import dataclass, field
from typing import Any, Protocol

import psutil
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

FRAME = 160
"""Bytes, and samples, of a packet."""
SPACING = 0.02
RATE = 8000
PAYLOAD = 8
SILENCE = b"\xd5"
TOO_LATE = 0.2
"""Seconds. A box that was busy for longer talks on from here; a burst of old packets would be dropped by receivers."""


class Unreachable(Exception):
    """A zone cannot be spoken to; the text says why."""


@dataclass
class Stream:
    """The numbering of one source's packets. `ssrc`, and where its two counters begin, are random, as RFC 3550 asks."""

    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    sequence: int = field(default_factory=lambda: secrets.randbits(16))
    timestamp: int = field(default_factory=lambda: secrets.randbits(32))

    def packet(self, payload: bytes, *, first: bool) -> bytes:
        """The next packet; `first` of a talkspurt."""
        head = struct.pack("!BBHII", 0x80, PAYLOAD | (0x80 if first else 0), self.sequence, self.timestamp, self.ssrc)
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + len(payload)) & 0xFFFFFFFF
        return head + payload

    def silent(self, seconds: float) -> None:
        """Time passed without packets: the timestamp goes on, the sequence does not."""
        self.timestamp = (self.timestamp + round(seconds * RATE)) & 0xFFFFFFFF


class Beat(Protocol):
    """The reactor's steady time."""

    def seconds(self) -> float: ...
    def callLater(self, delay: float, call: Any, /) -> Any: ...


class Talkspurt:
    """Sends a sound packet by packet, each when it is due since the beginning, so that lateness never adds up.

    done: fires at the sound's end; cancelling it stops the talk.
    """

    def __init__(self, stream: Stream, alaw: bytes, send: Any, beat: Beat) -> None:
        self.done: Deferred[None] = Deferred(lambda _: self._stop())
        self._stream = stream
        self._frames = [alaw[at : at + FRAME].ljust(FRAME, SILENCE) for at in range(0, len(alaw), FRAME)]
        self._send = send
        self._beat = beat
        self._began = beat.seconds()
        self._next = 0
        self._timer: Any = None
        self._go_on()

    def _go_on(self) -> None:
        self._timer = None
        behind = self._beat.seconds() - self._due()
        if behind > TOO_LATE:
            self._began += behind
        try:
            while self._next < len(self._frames) and self._due() <= self._beat.seconds() + 1e-6:
                self._send(self._stream.packet(self._frames[self._next], first=self._next == 0))
                self._next += 1
        except OSError as why:
            self.done.errback(Unreachable(why.strerror or str(why)))
            return
        wait = self._due() - self._beat.seconds()
        if self._next < len(self._frames) or wait > 1e-6:
            self._timer = self._beat.callLater(max(0.0, wait), self._go_on)
        else:
            self.done.callback(None)

    def _due(self) -> float:
        return self._began + self._next * SPACING

    def _stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


class Zone:
    """One multicast address and port. interface: the network card's name, or an address of it."""

    def __init__(self, address: str, port: int, interface: str, *, reactor: ReactorBase) -> None:
        self._address = address
        self._port = port
        self._interface = interface
        # Its zope.interface declarations are invisible to mypy.
        self._reactor: Any = reactor
        self._stream = Stream()
        self._ended: float | None = None

    async def page(self, alaw: bytes) -> None:
        """Speak A-law of 8000 Hz; returns at its end. Raises Unreachable; falls silent when cancelled."""
        local = address_of(self._interface)
        protocol: Any = DatagramProtocol()
        try:
            port = self._reactor.listenMulticast(0, protocol, interface=local)
        except Exception as why:
            raise Unreachable(f"no packets can be sent from {local}") from why
        try:
            protocol.transport.setTTL(1)
            await protocol.transport.setOutgoingInterface(local)
            if self._ended is not None:
                self._stream.silent(self._reactor.seconds() - self._ended)
            await Talkspurt(self._stream, alaw, lambda packet: self._send(protocol, packet), self._reactor).done
        finally:
            self._ended = self._reactor.seconds()
            await port.stopListening()

    def _send(self, protocol: Any, packet: bytes) -> None:
        protocol.transport.write(packet, (self._address, self._port))


def address_of(interface: str) -> str:
    """The IPv4 address of a network card. Raises Unreachable where there is none."""
    cards = psutil.net_if_addrs()
    for name, addresses in cards.items():
        for one in addresses:
            if one.family == socket.AF_INET and interface in (name, one.address):
                return str(one.address)
    raise Unreachable(f"there is no network card {interface} with an IPv4 address")
