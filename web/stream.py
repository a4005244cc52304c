"""One browser that listens: server-sent events over one response, dropped when it cannot keep up."""

from __future__ import annotations

import json
from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from web.http import Request

BACKLOG = 256 * 1024
"""Bytes written after the transport said it is full, before the browser is dropped. It comes back by itself."""


def encode(event: str, data: Mapping[str, object], number: int | None = None) -> bytes:
    """An event as it stands on the wire; JSON holds no bare line break."""
    name = f"id: {number}\n" if number is not None else ""
    return f"{name}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Stream:
    """The response of `/live`, a push producer to its transport. `gone` fires when the browser is no longer there."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._full = False
        self._backlog = 0
        self._over = False
        self.gone: Deferred[None] = Deferred()
        request.setHeader("content-type", "text/event-stream; charset=utf-8")
        request.setHeader("cache-control", "no-store")
        request.setHeader("x-accel-buffering", "no")
        request.notifyFinish().addBoth(self._ended)
        request.registerProducer(self, True)
        request.write(b"retry: 1000\n\n")

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over

    def send(self, message: bytes) -> None:
        """Write an encoded event, or drop the browser that has not read the last ones."""
        if self._over:
            return
        if self._full:
            self._backlog += len(message)
            if self._backlog > BACKLOG:
                self.drop()
                return
        self._request.write(message)

    def drop(self) -> None:
        """Cut the connection at once."""
        if not self._over:
            self._request.channel.forceAbortClient()

    def close(self) -> None:
        """End it in good order: whoever waits for `gone` returns, and with that the response is finished."""
        if not self._over:
            self._request.unregisterProducer()
            self._ended(None)

    def pauseProducing(self) -> None:
        """The transport's buffer is full."""
        self._full = True

    def resumeProducing(self) -> None:
        """The transport's buffer is empty again."""
        self._full, self._backlog = False, 0

    def stopProducing(self) -> None:
        """The connection is going."""

    def _ended(self, _why: Failure | None) -> None:
        if not self._over:
            self._over = True
            self.gone.callback(None)
