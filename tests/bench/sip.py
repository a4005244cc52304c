"""Just enough SIP over UDP to be a phone and a carrier in one loop, so that one clock sees both ends of a call."""

from __future__ import annotations

import hashlib
import heapq
import re
import secrets
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

HOST = "127.0.0.1"
PATIENCE = 20.0

Address = tuple[str, int]
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Message:
    """A request or a response. first: its first line; at: when it came, seconds of the monotonic clock."""

    first: str
    headers: Headers
    at: float = 0.0

    @classmethod
    def read(cls, data: bytes, at: float) -> Message:
        """From the wire; the body is left out."""
        first, *lines = data.decode("utf-8", "replace").partition("\r\n\r\n")[0].split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), at)

    @property
    def method(self) -> str:
        """Of a request; `SIP/2.0` of a response."""
        return self.first.partition(" ")[0]

    @property
    def status(self) -> int:
        """Of a response; 0 of a request."""
        return int(self.first.split(" ")[1]) if self.method == "SIP/2.0" else 0

    def get(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    def every(self, name: str) -> list[str]:
        """All headers of that name."""
        return [value for key, value in self.headers if key == name]


def write(first: str, headers: Headers, body: str = "") -> bytes:
    """A message for the wire."""
    if body:
        headers = [*headers, ("Content-Type", "application/sdp")]
    lines = [first, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def speech(port: int) -> str:
    """What a side offers or takes: A-law at `port`."""
    lines = ("v=0", f"o=- 1 1 IN IP4 {HOST}", "s=-", f"c=IN IP4 {HOST}", "t=0 0", f"m=audio {port} RTP/AVP 8")
    return "\r\n".join([*lines, "a=rtpmap:8 PCMA/8000", ""])


def proof(challenge: str, user: str, secret: str, method: str, uri: str) -> str:
    """The answer to a digest challenge (RFC 7616, MD5 with qop=auth)."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    cnonce = secrets.token_hex(8)
    first = _md5(f"{user}:{asked['realm']}:{secret}")
    response = _md5(f"{first}:{asked['nonce']}:00000001:{cnonce}:auth:{_md5(f'{method}:{uri}')}")
    opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
    return (
        f'Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{cnonce}"{opaque}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Loop:
    """Sockets and timers of this process, in one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], object]]] = []
        self._serial = count()

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        """Call once after `seconds`."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._serial), call))

    def add(self, wire: Wire) -> None:
        """Let `wire` hear what comes."""
        self._selector.register(wire.socket, selectors.EVENT_READ, wire.hear)

    def until(self, done: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Go on until `done()`. Raises AssertionError when `what` did not happen in time."""
        end = time.monotonic() + patience
        while not done():
            assert time.monotonic() < end, f"waited {patience:g} s for {what}"
            for key, _ in self._selector.select(self._pause()):
                key.data()
            while self._timers and self._timers[0][0] <= time.monotonic():
                heapq.heappop(self._timers)[2]()

    def rest(self, seconds: float) -> None:
        """Do nothing else for a while."""
        rested: list[bool] = []
        self.later(seconds, lambda: rested.append(True))
        self.until(lambda: rested, "a rest")

    def close(self) -> None:
        """Close every socket."""
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            key.data.__self__.socket.close()
        self._selector.close()

    def _pause(self) -> float:
        return max(0.0, min(0.1, self._timers[0][0] - time.monotonic())) if self._timers else 0.1


class Wire:
    """A UDP socket on a free port of 127.0.0.1. heard: told of each message, and where from."""

    def __init__(self, loop: Loop, heard: Callable[[Message, Address], object]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.port = int(self.socket.getsockname()[1])
        self._heard = heard
        loop.add(self)

    def hear(self) -> None:
        """Take one message off the socket."""
        data, source = self.socket.recvfrom(65536)
        if data.strip():
            self._heard(Message.read(data, time.monotonic()), source)

    def send(self, data: bytes, to: Address) -> float:
        """Put a message on the wire; when that was."""
        at = time.monotonic()
        self.socket.sendto(data, to)
        return at
