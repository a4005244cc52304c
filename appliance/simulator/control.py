"""The simulated hospital's control socket: one JSON object a line in, one out.

Ask `{"verb": "press", "line": "ward-a", "bed": "28"}`, and the answer is `{"ok": true, …}` or
`{"ok": false, "error": "a sentence", "message": "its English message id", "facts": {…}}`. An `id` in a request comes
back in its answer. Requests of one connection are answered as they finish, not in their order.
"""

from __future__ import annotations

import json
import socket as sockets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from appliance.foundation.tasks import Tasks

Request = dict[str, Any]
Answer = dict[str, Any]
Verb = Callable[[Request], Answer | Awaitable[Answer]]

LONGEST = 64 * 1024
"""Bytes of one request or answer."""


class Refused(Exception):
    """A simulated device will not: `message` is an English message id, `facts` fill its fields."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message.format(**facts))
        self.message = message
        self.facts = {name: str(fact) for name, fact in facts.items()}


class Unreachable(OSError):
    """Nobody answers at the control socket."""


class Simulator:
    """What the simulated hospital can be told to do; each simulated device registers its verbs."""

    log = Logger()

    def __init__(self) -> None:
        self._verbs: dict[str, Verb] = {}

    def register(self, verb: str, function: Verb) -> None:
        """Answer `verb` by `function(request)`, plain or async; it may raise Refused."""
        if verb in self._verbs:
            raise ValueError(f"the verb {verb!r} is registered twice")
        self._verbs[verb] = function

    @property
    def verbs(self) -> tuple[str, ...]:
        """All that can be asked."""
        return tuple(sorted(self._verbs))

    async def answer(self, request: object) -> Answer:
        """What becomes of `request`. Never raises, save when cancelled."""
        try:
            return {"ok": True, **await self._do(request)}
        except Refused as why:
            return {"ok": False, "error": str(why), "message": why.message, "facts": why.facts}
        except Exception as why:
            # Only the verb: what a simulated phone dials holds a PIN.
            verb = request.get("verb") if isinstance(request, dict) else None
            self.log.failure("the simulator could not answer {verb}", verb=verb)
            return {"ok": False, "error": f"The simulator failed: {why}"}

    async def _do(self, request: object) -> Answer:
        if not isinstance(request, dict):
            raise Refused("A request is a JSON object.")
        function = self._verbs.get(str(request.get("verb", "")))
        if function is None:
            known = ", ".join(self.verbs)
            raise Refused("There is no verb {verb}. Known are: {known}.", verb=request.get("verb", "?"), known=known)
        answer = function(request)
        return answer if isinstance(answer, dict) else await answer


def word(request: Request, key: str, default: str | None = None) -> str:
    """The text at `key`, numbers as text. Raises Refused when it is missing and has no default."""
    value = request.get(key, default)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused("The request needs {key}.", key=key)
    return str(value)


def number(request: Request, key: str, default: float, *, least: float = 0, most: float = 1e9) -> float:
    """The number at `key`. Raises Refused when it is none, or outside `least` … `most`."""
    try:
        value = float(request.get(key, default))
    except (TypeError, ValueError):
        raise Refused("{key} is not a number.", key=key) from None
    if not least <= value <= most:
        raise Refused("{key} must be between {least} and {most}.", key=key, least=f"{least:g}", most=f"{most:g}")
    return value


class ControlSocket:
    """Listens at a Unix socket and lets the simulator answer."""

    def __init__(self, simulator: Simulator, path: Path, *, reactor: ReactorBase) -> None:
        self._simulator = simulator
        self._path = path
        self._reactor = reactor
        self._port: Any = None
        self._connections: set[_Connection] = set()

    def start(self) -> None:
        """Listen. A socket left over from before is replaced. Raises CannotListenError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        factory = Factory.forProtocol(lambda: _Connection(self._simulator, self._connections))
        self._port = cast(Any, self._reactor).listenUNIX(str(self._path), factory, mode=0o600)

    async def stop(self) -> None:
        """Stop listening, close every connection, remove the socket."""
        for connection in list(self._connections):
            connection.close()
        if self._port is not None:
            port, self._port = self._port, None
            stopped = port.stopListening()
            if isinstance(stopped, Deferred):
                await stopped


class _Connection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = LONGEST

    def __init__(self, simulator: Simulator, connections: set[_Connection]) -> None:
        self._simulator = simulator
        self._connections = connections
        self._tasks = Tasks()

    @property
    def _wire(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        self._connections.add(self)

    def lineReceived(self, line: bytes) -> None:
        if line.strip():
            self._tasks.start(self._answer(line), "answering a request to the simulator")

    async def _answer(self, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        answer = await self._simulator.answer(request)
        if isinstance(request, dict) and "id" in request:
            answer["id"] = request["id"]
        self._wire.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._connections.discard(self)
        self._tasks.stop()

    def close(self) -> None:
        self._tasks.stop()
        self._wire.loseConnection()


def ask(socket: Path, request: Request, timeout: float = 30) -> Answer:
    """The simulator's answer to `request`, waiting at most `timeout` seconds; blocks. Raises Unreachable."""
    try:
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(socket))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answers:
                line = answers.readline()
    except TimeoutError as why:
        raise Unreachable(f"The simulated hospital did not answer within {timeout:g} seconds.") from why
    except OSError as why:
        raise Unreachable("The simulated hospital is not running.") from why
    if not line.endswith(b"\n"):
        raise Unreachable("The simulated hospital stopped before it answered.")
    answer: Answer = json.loads(line)
    return answer
