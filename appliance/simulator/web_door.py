"""Where a simulated service listens for HTTP, on this box only; it can be gone in the middle of an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.base import ReactorBase
from twisted.web.resource import Resource
from twisted.web.server import Site


class WebDoor:
    """At the port of `url`, every path and every method. serve: a request's answer, or NOT_DONE_YET."""

    def __init__(self, url: str, serve: Callable[[Any], object], *, reactor: ReactorBase) -> None:
        port = urlsplit(url).port
        self.port = 80 if port is None else port
        self._serve = serve
        self._reactor: Any = reactor
        self._listening: Any = None
        self._channels: set[Any] = set()

    @property
    def listening(self) -> bool:
        """Whether anybody is there."""
        return self._listening is not None

    def start(self) -> None:
        """Listen; nothing is done where it does. Raises CannotListenError."""
        if self._listening is None:
            site = Site(_Everything(self))  # type: ignore[no-untyped-call]
            site.noisy = False
            self._listening = self._reactor.listenTCP(self.port, site, interface="127.0.0.1")
            self.port = self._listening.getHost().port

    def stop(self) -> None:
        """Be gone; who waits for an answer sees the connection end."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stopListening()
        for channel in list(self._channels):
            channel.forceAbortClient()

    def answer(self, request: Any) -> object:
        """What the web server asks for: an answer now, or later, or never."""
        channel = request.channel
        self._channels.add(channel)
        request.notifyFinish().addBoth(lambda _: self._channels.discard(channel))
        return self._serve(request)


class _Everything(Resource):
    """Every path, every method."""

    isLeaf = True

    def __init__(self, door: WebDoor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._door = door

    def render(self, request: Any) -> Any:
        return self._door.answer(request)
