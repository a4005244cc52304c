"""The window over HTTP, on a port of its own: nothing of the panel can be reached there."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError
from twisted.internet.error import CannotListenError
from twisted.internet.tcp import Port
from twisted.logger import Logger
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from appliance.foundation.tasks import Tasks
from pbx.provisioning.window import Window

NOTHING = b"There is nothing here for you.\n"


class PhoneServer:
    """Listens for telephones. One answer for all that is not given, so that nobody learns which MACs there are."""

    def __init__(self, window: Window, address: str, port: int, reactor: ReactorBase) -> None:
        self._window = window
        self._address, self._port = address, port
        self._reactor: Any = reactor
        self._tasks = Tasks()
        self._listening: Port | None = None

    def start(self) -> None:
        """Listen. Raises CannotListenError."""
        site = _Quiet(_Files(self._window, self._tasks), self._reactor)
        try:
            self._listening = self._reactor.listenTCP(self._port, site, interface=self._address)
        except CannotListenError:
            self._window.unheard(self._port)
            raise
        self._window.report()

    @property
    def number(self) -> int:
        """The port it listens at."""
        return int(cast(Any, self._listening).getHost().port) if self._listening else self._port

    async def stop(self) -> None:
        """Listen no more."""
        self._tasks.stop()
        self._window.stop()
        if self._listening is not None:
            port, self._listening = self._listening, None
            stopped = port.stopListening()  # type: ignore[no-untyped-call]
            if stopped is not None:
                await stopped


class _Quiet(Site):
    displayTracebacks = False
    noisy = False

    def __init__(self, root: Resource, reactor: ReactorBase) -> None:
        super().__init__(root, requestFactory=_Bodiless, timeout=30, reactor=reactor)  # type: ignore[no-untyped-call]

    def log(self, request: object) -> None:
        """Nothing: a path holds a token."""


class _Bodiless(Request):
    """A telephone sends no body: whoever does is cut off before it is read."""

    def gotLength(self, length: int | None) -> None:
        if length is None or length > 0:
            channel: Any = self.channel
            channel.transport.write(b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\n\r\n")
            channel.loseConnection()
            length = 0
        super().gotLength(length)  # type: ignore[no-untyped-call]


class _Files(Resource):
    isLeaf = True
    log = Logger()

    def __init__(self, window: Window, tasks: Tasks) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._window = window
        self._tasks = tasks

    def render(self, request: IRequest) -> bytes | int:
        asking: Any = request
        if asking.method not in (b"GET", b"HEAD"):
            asking.setResponseCode(405)
            return NOTHING
        self._tasks.start(self._answer(asking), "answering a telephone")
        return NOT_DONE_YET

    async def _answer(self, request: Any) -> None:
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        path = request.path.decode("ascii", "replace")
        agent = (request.getHeader("user-agent") or "")[:300]
        address = str(getattr(request.getClientAddress(), "host", ""))
        try:
            file = await self._window.ask(path, agent, address)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("a telephone at {address} could not be answered", address=address)
            file = None
            request.setResponseCode(503)
        else:
            request.setResponseCode(404 if file is None else 200)
        if gone:
            return
        body = NOTHING if file is None else file.text.encode()
        request.setHeader("cache-control", "no-store")
        request.setHeader("x-content-type-options", "nosniff")
        request.setHeader("content-type", "text/plain; charset=utf-8" if file is None else file.kind)
        request.setHeader("content-length", str(len(body)))
        if request.method != b"HEAD":
            request.write(body)
        request.finish()
