"""Simulated services that speak HTTP: a short message gateway and a receiver of webhooks, with faults on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from twisted.internet.base import ReactorBase
from twisted.web.server import NOT_DONE_YET

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused
from appliance.simulator.radio import Network
from appliance.simulator.web_door import WebDoor
from pbx.sms.pdu import Submit
from pbx.sms.userdata import alphabet_for

_TO, _TEXT, _ID = ("to", "mobile", "phone"), ("text", "content", "message"), ("id", "key", "reference")
_SLOW = 8.0


@dataclass(frozen=True)
class Asked:
    """One request: header names in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes
    fields: dict[str, str]


@dataclass
class _Faults:
    hangs: bool = False
    swallows: bool = False
    slow: float = 0.0
    statuses: list[int] = field(default_factory=list)


class WebEnd:
    """A service at 127.0.0.1. take: what a request is worth, told once the service has taken it; its answer."""

    def __init__(
        self, identity: str, url: str, take: Callable[[Asked], Answer], *, reactor: ReactorBase, clock: Clock
    ) -> None:
        self.id = identity
        self._door = WebDoor(url, self._answer, reactor=reactor)
        self.asked: list[Asked] = []
        self._take = take
        self._clock = clock
        self._faults = _Faults()
        self._actions: dict[str, Callable[[], None]] = {
            "hang": lambda: setattr(self._faults, "hangs", True),
            "swallow": lambda: setattr(self._faults, "swallows", True),
            "slow": lambda: setattr(self._faults, "slow", _SLOW),
            "stop": self.stop,
            "start": self.start,
            "mend": self._mend,
        }

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._door.port

    @port.setter
    def port(self, port: int) -> None:
        self._door.port = port

    def start(self) -> None:
        """Listen, on this box only. Raises CannotListenError."""
        self._door.start()

    def stop(self) -> None:
        """Be gone; who waits for an answer sees the connection end."""
        self._door.stop()

    def act(self, action: str) -> None:
        """Do as the action says. Raises Refused for an unknown one."""
        if action not in self._actions:
            known = ", ".join((*self._actions, "refuse"))
            raise Refused("A service cannot {action}. It can: {known}.", action=action, known=known)
        self._actions[action]()

    def refuse_next(self, status: int, times: int) -> None:
        """Answer the next requests with this HTTP status."""
        self._faults.statuses += [status] * times

    def state(self) -> Answer:
        """How it is, for an answer."""
        return {"id": self.id, "listening": self._door.listening, "asked": len(self.asked)}

    def _answer(self, request: Any) -> object:
        faults, asked = self._faults, _asked(request)
        self.asked.append(asked)
        if faults.hangs:
            return NOT_DONE_YET
        if faults.statuses:
            request.setResponseCode(faults.statuses.pop(0))
            return b'{"error": "refused"}'
        said = json.dumps(self._take(asked)).encode()
        request.setHeader("content-type", "application/json")
        if faults.swallows:
            return NOT_DONE_YET
        if not faults.slow:
            return said

        def at_last() -> None:
            if request.channel is not None:
                request.write(said)
                request.finish()

        self._clock.later(timedelta(seconds=faults.slow), at_last)
        return NOT_DONE_YET

    def _mend(self) -> None:
        self._faults = _Faults()
        self.start()


def _asked(request: Any) -> Asked:
    headers = {name.decode().lower(): values[0].decode() for name, values in request.requestHeaders.getAllRawHeaders()}
    body = request.content.read()
    fields = {name.decode(): values[-1].decode() for name, values in (request.args or {}).items()}
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, dict):
        fields |= {name: str(value) for name, value in document.items()}
    return Asked(request.path.decode(), headers, body, fields)


class SmsService:
    """What stands behind a simulated HTTP gateway: it sends a message once, however often it is given."""

    def __init__(self, identity: str, network: Network) -> None:
        self._id = identity
        self._network = network
        self._names: dict[str, str] = {}

    def take(self, asked: Asked) -> Answer:
        """Send it, unless it was sent under this id before; its name."""
        to, text, key = (_first(asked.fields, names) for names in (_TO, _TEXT, _ID))
        name = self._names.get(key) if key else None
        if name is None:
            name = f"{self._id}-{len(self._names) + 1}"
            self._names[key or name] = name
            self._network.take(self._id, Submit(to, text, alphabet_for(text)))
        return {"code": 0, "id": name}


def _first(fields: dict[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if name in fields), "")


def received(asked: Asked) -> Answer:
    """A receiver of webhooks says thank you."""
    return cast(Answer, {"received": asked.headers.get("x-nightbell-id", "")})
