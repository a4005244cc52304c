"""The conversation with Asterisk's REST interface over one WebSocket: bytes in, values out. No I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError

from pbx.ari.messages import Event, Reply, event

EVERYTHING = {
    "channel_ids": "__AST_CHANNEL_ALL_TOPIC",
    "bridge_ids": "__AST_BRIDGE_ALL_TOPIC",
    "endpoint_ids": "__AST_ENDPOINT_ALL_TOPIC",
}
"""How an application that is told everything shows it (Asterisk's res/stasis/app.c)."""
EVERY_SOURCE = "channel:,bridge:,endpoint:"


def hears_everything(application: Any) -> bool:
    """Whether an application, as the exchange describes it, is told of everything."""
    return isinstance(application, dict) and all(mark in application.get(key, ()) for key, mark in EVERYTHING.items())


@dataclass(frozen=True)
class Occupied:
    """Somebody is still told everything in our stead: a connection of ours whose end the exchange has not seen yet."""


@dataclass(frozen=True)
class Ready:
    """The exchange let us in."""


@dataclass(frozen=True)
class Closed:
    """The conversation is over; a clean close is a failure too. why: in words."""

    why: str


@dataclass(frozen=True)
class Garbled:
    """A message that made no sense. It is passed over; why: in words, without what it held."""

    why: str


Heard = Occupied | Ready | Closed | Garbled | Event | Reply


class Session:
    """One connection's worth of talk. Send `opening()`, then feed what comes; send what `pending()` has after each.

    It asks first whether the application is somebody's still, and enters when it is nobody's: the end of the connection
    before would take it away from this one, in whole or so that hardly anything is told it any more. After Occupied
    send `opening()` once more, or `entering()` whatever it costs.
    """

    def __init__(self, host: str, user: str, password: str) -> None:
        self._before: h11.Connection | None = None
        self._found = (0, b"")
        self._socket = WSConnection(ConnectionType.CLIENT)
        self._text: list[str] = []
        self._open = self._closed = False
        token = base64.b64encode(f"{user}:{password}".encode())
        login = (b"Authorization", b"Basic " + token)
        self._question = h11.Request(
            method="GET", target=f"/ari/applications/{user}", headers=[(b"Host", host.encode()), login]
        )
        query = urlencode({"app": user, "subscribeAll": "true"})
        self._request = Request(host=host, target=f"/ari/events?{query}", extra_headers=[login])
        self._out = b""
        self._serial = 0

    def opening(self) -> bytes:
        """The first bytes to send, and those after Occupied."""
        before = self._before = h11.Connection(h11.CLIENT)
        return (before.send(self._question) or b"") + (before.send(h11.EndOfMessage()) or b"")

    def entering(self) -> bytes:
        """Bytes that take the application over, though it seems to be somebody's."""
        self._before = None
        return self._socket.send(self._request)

    def request(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> tuple[str, bytes]:
        """Ask for something: the request's id, which its Reply bears, and the bytes to send."""
        self._serial += 1
        name = str(self._serial)
        message: dict[str, Any] = {"type": "RESTRequest", "request_id": name, "method": method, "uri": path}
        if query:
            message["query_strings"] = [{"name": key, "value": value} for key, value in query.items()]
        if body is not None:
            message |= {"content_type": "application/json", "message_body": json.dumps(body)}
        return name, self._socket.send(TextMessage(json.dumps(message)))

    def closing(self) -> bytes:
        """The last bytes to send, empty when there was no conversation."""
        return b"" if self._closed or not self._open else self._socket.send(CloseConnection(1000))

    def feed(self, data: bytes) -> Iterator[Heard]:
        """What these bytes complete. Nothing comes after Closed."""
        if self._closed or not data:
            return
        try:
            if self._before is not None:
                self._before.receive_data(data)
                yield from self._look(self._before)
                return
            self._socket.receive_data(data)
            for said in self._socket.events():
                yield from self._understand(said)
        except (ProtocolError, h11.RemoteProtocolError) as why:
            yield self._over(f"not WebSocket: {why}")

    def pending(self) -> bytes:
        """Bytes to send because of what was fed: answers to pings and the like."""
        data, self._out = self._out, b""
        return data

    def _look(self, before: h11.Connection) -> Iterator[Heard]:
        """Who has the application; it is entered where nobody does."""
        while True:
            said = before.next_event()
            if isinstance(said, h11.Response):
                self._found = (said.status_code, b"")
            elif isinstance(said, h11.Data):
                self._found = (self._found[0], self._found[1] + said.data)
            elif isinstance(said, h11.EndOfMessage):
                status, body = self._found
                if status == HTTPStatus.OK and hears_everything(_value(body)):
                    yield Occupied()
                else:
                    # Whatever else there is to say against it will be said when we enter.
                    self._out += self.entering()
                return
            else:
                return

    def _understand(self, said: object) -> Iterator[Heard]:
        match said:
            case AcceptConnection():
                self._open = True
                yield Ready()
            case TextMessage(data=text, message_finished=finished):
                self._text.append(text)
                if finished:
                    whole, self._text = "".join(self._text), []
                    yield from _decode(whole)
            case Ping():
                self._out += self._socket.send(said.response())
            case RejectConnection(status_code=status):
                yield self._over(f"refused with HTTP status {status}")
            case CloseConnection(code=code):
                yield self._over(f"closed by the exchange with code {int(code)}")

    def _over(self, why: str) -> Closed:
        self._closed = True
        return Closed(why)


def _value(body: bytes) -> Any:
    """Its JSON value; None where it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _decode(text: str) -> Iterator[Heard]:
    try:
        message = json.loads(text)
        heard = _reply(message) if message.get("type") == "RESTResponse" else event(message)
    except (ValueError, KeyError, AttributeError) as why:
        # The message itself stays unsaid: it may hold dialled digits.
        yield Garbled(f"{type(why).__name__} in a message of {len(text)} characters")
        return
    if heard is not None:
        yield heard


def _reply(message: Mapping[str, Any]) -> Reply:
    body = message.get("message_body")
    return Reply(
        message["request_id"],
        int(message["status_code"]),
        message.get("reason_phrase", ""),
        json.loads(body) if isinstance(body, str) and body else body or None,
    )
