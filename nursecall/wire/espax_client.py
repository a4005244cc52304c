"""The host's side of ESPA-X, without I/O: it logs in, starts processes and hears what became of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nursecall.wire.espax_messages import Message, encode_message, number
from nursecall.wire.espax_processes import Started
from nursecall.wire.espax_reader import SILENCE, Garbled, Reader
from nursecall.wire.espax_server import Gone, LoggedIn

ANSWER = 10.0
"""Seconds a request waits for its response; then the server is gone."""

AGAIN = 10.0
"""Seconds before a request is made again that the server cannot serve now."""

TAKEN = (200, 450)
"""Response codes that mean yes: done, and done already."""

LATER = (408, 409, 503)
"""Response codes that mean not now."""

UNKNOWN_SESSION = 407

ENDED = 410
"""To P-STOP: it was over already, so this is yes too."""


@dataclass(frozen=True)
class Delivered:
    """The server has done what this `ticket` asked. tan: its number of the process, where it gave one."""

    ticket: int
    tan: str = ""


@dataclass(frozen=True)
class Refused:
    """The server will not do what this `ticket` asked."""

    ticket: int
    code: int
    why: str


@dataclass(frozen=True)
class Indicated:
    """The server tells something: `IND.P-EVENT` and the like."""

    message: Message


Event = Delivered | Refused | Indicated | LoggedIn | Gone | Garbled


@dataclass(eq=False)
class _Ask:
    ticket: int
    name: str
    fields: Mapping[str, str]
    invoke: str = ""
    due: float = -math.inf


class Client:
    """Our side. Seconds are of one steady clock. heartbeat: seconds without a request before we show that we live."""

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        name: str = "Nightbell",
        heartbeat: float = 50.0,
        encoding: str | None = None,
        wall: Callable[[], datetime] | None = None,
    ) -> None:
        self.heard_at = -math.inf
        """When the other side last said something valid."""
        self._login = {"LI-CLIENT": name, "LI-CLIENTSW": name, "LI-USER": user, "LI-PASSWORD": password}
        self._heartbeat = heartbeat
        self._encoding = encoding
        self._wall = wall
        self._reader = Reader(encoding=encoding)
        self._out = bytearray()
        self._happened: list[Event] = []
        self._asks: dict[int, _Ask] = {}
        self._tickets = self._invokes = 0
        self._session: str | None = None
        self._connected = False
        self._own: dict[str, float] = {}
        self._beat_at = self._silent_at = math.inf

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        dues = [ask.due for ask in self._asks.values()] if self._session is not None else []
        soonest = min(self._beat_at, self._silent_at, *self._own.values(), *dues, math.inf)
        return soonest if self._connected and soonest != math.inf else None

    @property
    def pending(self) -> int:
        """How many requests wait for their answer."""
        return len(self._asks)

    def begin(self, now: float) -> None:
        """We are connected."""
        self._reader = Reader(encoding=self._encoding)
        self._connected = True
        self._request("REQ.LOGIN", self._login, now)

    def lost(self, now: float) -> None:
        """The connection is over: what was not answered is asked again in the next one."""
        self._connected, self._session = False, None
        self._own.clear()
        self._out.clear()
        self._beat_at = self._silent_at = math.inf
        for ask in self._asks.values():
            ask.invoke = ""

    def start(self, process: Started, now: float) -> int:
        """Start a process; returns a ticket, which `Delivered` or `Refused` will name."""
        return self.ask("REQ.P-START", process.fields(), now)

    def stop(self, reference: str, now: float) -> int:
        """Stop a process."""
        return self.ask("REQ.P-STOP", {"CP-PR-REF": reference, "CP-PR-MASK": "All"}, now)

    def ask(self, name: str, fields: Mapping[str, str], now: float) -> int:
        """Make any request."""
        self._tickets += 1
        ask = self._asks[self._tickets] = _Ask(self._tickets, name, fields)
        if self._session is not None:
            self._send(ask, now)
        return self._tickets

    def log_out(self, now: float) -> None:
        """Say goodbye; `Gone` follows."""
        self._request("REQ.LOGOUT", {"LO-REASON": "Normal"}, now)

    def feed(self, data: bytes, now: float) -> list[Event]:
        """Bytes came; returns what they mean."""
        for found in self._reader.feed(data) if self._connected else ():
            self._take(found, now)
        self._silent_at = now + SILENCE if self._reader.waiting else math.inf
        return self._told()

    def tick(self, now: float) -> list[Event]:
        """Time passed; returns what that means."""
        if now >= self._silent_at:
            self._silent_at = math.inf
            self._happened += [found for found in self._reader.flush() if isinstance(found, Garbled)]
        late = [ask for ask in self._asks.values() if now >= ask.due and self._session is not None]
        if any(now >= due for due in self._own.values()) or any(ask.invoke for ask in late):
            self._go("no answer", now)
        for ask in late if self._session is not None else ():
            self._send(ask, now)
        if now >= self._beat_at:
            self._beat_at = math.inf
            self._request("REQ.HEARTBEAT", {}, now)
        return self._told()

    def outgoing(self) -> bytes:
        """What to put on the wire now; each byte is given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def _told(self) -> list[Event]:
        happened, self._happened = self._happened, []
        return happened

    def _take(self, found: Message | Garbled, now: float) -> None:
        if isinstance(found, Garbled):
            self._happened.append(found)
            return
        self.heard_at = now
        if found.name.startswith("RSP."):
            self._response(found, now)
        elif found.name == "CMD.SHUTDOWN":
            self._go("the server shuts down", now)
        else:
            self._happened.append(Indicated(found))

    def _response(self, response: Message, now: float) -> None:
        invoke = response.invoke or ""
        code = number(response["RSP-CODE"])
        ask = next((ask for ask in self._asks.values() if ask.invoke and ask.invoke == invoke), None)
        if ask is not None:
            self._answered(ask, code, response, now)
        elif self._own.pop(invoke, None) is None:
            return
        elif response.name == "RSP.LOGOUT" or (response.name == "RSP.LOGIN" and code != 200):
            self._go(response["RSP-INFO"] or response["RSP-REASON"] or str(code), now)
        elif response.name == "RSP.LOGIN":
            self._session = response.session or ""
            self._happened.append(LoggedIn(response["LI-SERVER"], response["LI-SERVERSW"]))
            for waiting in self._asks.values():
                self._send(waiting, now)
        self._beat_at = now + self._heartbeat if self._session is not None else math.inf

    def _answered(self, ask: _Ask, code: int, response: Message, now: float) -> None:
        if code in LATER:
            ask.invoke, ask.due = "", now + AGAIN
            return
        if code == UNKNOWN_SESSION:
            self._go("it does not know our login", now)
            return
        del self._asks[ask.ticket]
        if code in TAKEN or (code == ENDED and ask.name == "REQ.P-STOP"):
            self._happened.append(Delivered(ask.ticket, response["SP-PR-TAN"]))
        else:
            why = response["RSP-INFO"] or response["RSP-REASON"]
            self._happened.append(Refused(ask.ticket, code, why))

    def _send(self, ask: _Ask, now: float) -> None:
        ask.invoke, ask.due = self._say(ask.name, ask.fields), now + ANSWER

    def _request(self, name: str, fields: Mapping[str, str], now: float) -> None:
        self._own[self._say(name, fields)] = now + ANSWER

    def _say(self, name: str, fields: Mapping[str, str]) -> str:
        self._invokes += 1
        message = Message(name, fields, str(self._invokes), self._session)
        self._out += encode_message(message, self._wall().strftime("%Y-%m-%dT%H:%M:%S") if self._wall else "")
        return str(self._invokes)

    def _go(self, why: str, now: float) -> None:
        self.lost(now)
        self._happened.append(Gone(why))
