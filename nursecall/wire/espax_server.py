"""The alarm server's side of ESPA-X, without I/O, one for each connection: a nurse-call host logs in and starts calls.

Some hosts take a request from the server for a mistake: so only they ask for a heartbeat, and we see that they do.
"""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nursecall.wire.espax_messages import REASONS, Message, encode_message
from nursecall.wire.espax_processes import Outcome, Process, Processes, Started
from nursecall.wire.espax_reader import NO_MESSAGE, NOISE, SILENCE, Garbled, Reader

LOGIN = 30.0
"""Seconds in which one who connects must log in."""

LOGINS = 3
"""How often that may fail."""

PATIENCE = 300.0
"""Seconds without anything valid after which a host is gone: of one known host the heartbeat can be set to 299."""


@dataclass(frozen=True)
class LoggedIn:
    """The host `client` has logged in; `software` is what it says it runs."""

    client: str
    software: str = ""


@dataclass(frozen=True)
class Stopped:
    """The host ends the process `reference`. started: what it was; None when it began before we did."""

    reference: str
    started: Started | None


@dataclass(frozen=True)
class Gone:
    """The other side is not there any more, or may not be: close the connection when what we say is written."""

    why: str


Event = Started | Stopped | LoggedIn | Gone | Garbled

_ERRORS = {NOISE: 600, NO_MESSAGE: 602}


class Server:
    """Our side of one connection. Seconds are of one steady clock.

    user, password: what LOGIN must say; both empty let anybody in. processes: those of the line, shared by its
    connections. encoding: of hosts that declare another than they use. wall: what time it is, for timestamps.
    name, software: what we say we are. session: our name of this connection; None for one that nobody guesses.
    """

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        processes: Processes | None = None,
        encoding: str | None = None,
        wall: Callable[[], datetime] | None = None,
        name: str = "Nightbell",
        software: str = "Nightbell",
        session: str | None = None,
    ) -> None:
        self.heard_at = -math.inf
        """When the other side last said something valid."""
        self.client = ""
        """The name under which the host has logged in."""
        self.processes = Processes() if processes is None else processes
        self._user, self._password = user.encode(), password.encode()
        self._encoding = encoding
        self._wall = wall
        self._name, self._software = name, software
        self._session = session or secrets.token_hex(8)
        self._reader = Reader(encoding=encoding)
        self._out = bytearray()
        self._happened: list[Event] = []
        self._logged_in = self._gone = self._complained = False
        self._logins = 0
        self._until = self._silent_at = math.inf

    @property
    def logged_in(self) -> bool:
        """Whether the host has logged in, so that it can be told something."""
        return self._logged_in and not self._gone

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        soonest = math.inf if self._gone else min(self._until, self._silent_at)
        return None if soonest == math.inf else soonest

    def begin(self, now: float) -> None:
        """The host has connected."""
        self._until = now + LOGIN

    def lost(self, now: float) -> None:
        """The connection is over."""
        self._gone = True
        self._out.clear()

    def feed(self, data: bytes, now: float) -> list[Event]:
        """Bytes came; returns what they mean."""
        for found in self._reader.feed(data) if not self._gone else ():
            self._take(found, now)
        self._silent_at = now + SILENCE if self._reader.waiting else math.inf
        return self._told()

    def tick(self, now: float) -> list[Event]:
        """Time passed; returns what that means."""
        if now >= self._silent_at:
            self._silent_at = math.inf
            for found in self._reader.flush():
                self._take(found, now)
        if now >= self._until and not self._gone:
            self._go("silent" if self._logged_in else "no login")
        return self._told()

    def outgoing(self) -> bytes:
        """What to put on the wire now; each byte is given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def status(self, process: Process) -> None:
        """Tell how far `process` is."""
        if process.tells("Process"):
            self._indicate("IND.P-STATUS", {**process.names(), "SP-STATUS": process.status})

    def event(self, process: Process, outcome: Outcome | None, *, name: str = "") -> None:
        """Tell what somebody, by `name`, did with `process`, which goes on; None for nothing yet."""
        if outcome is not None and process.tells("Results"):
            who = {"SS-NETW-NAME": name[:24]} if name else {}
            facts = {"SS-DIRECTION": "Outbound", "SS-STATUS": "Completed", "SS-RESULT": outcome.value}
            self._indicate("IND.P-EVENT", {**process.names(), **who, **facts})

    def ended(self, process: Process, result: str, why: str = "Finished") -> None:
        """Tell that `process` is over. result, why: words of the standard."""
        if process.tells("Process", "Results"):
            self._indicate("IND.P-ENDED", {**process.names(), "SP-ENDREASON": why, "SP-RESULT": result})

    def _told(self) -> list[Event]:
        happened, self._happened = self._happened, []
        return happened

    def _take(self, found: Message | Garbled, now: float) -> None:
        if self._gone:
            return
        if isinstance(found, Garbled):
            self._garbled(found)
            return
        self.heard_at = now
        self._complained = False
        if found.name.startswith("REQ."):
            self._request(found, now)
        if self.logged_in:
            self._until = now + PATIENCE

    def _garbled(self, garbled: Garbled) -> None:
        self._happened.append(garbled)
        if not self._complained:
            self._complained = True
            code = _ERRORS.get(garbled.why, 601)
            self._say(Message("IND.ERROR", {"LI-SERVER": self._name, **_coded(code)}))

    def _request(self, request: Message, now: float) -> None:
        name = request.name.removeprefix("REQ.")
        if name == "LOGIN":
            self._login(request)
        elif not self._logged_in or request.session not in (None, self._session):
            self._respond(request, 407)
        elif name in _HANDLERS:
            _HANDLERS[name](self, request)
        else:
            self._respond(request, 501)

    def _login(self, request: Message) -> None:
        who = {"LI-SERVER": self._name, "LI-SERVERSW": self._software}
        user = hmac.compare_digest(request["LI-USER"].encode(), self._user)
        if (user and hmac.compare_digest(request["LI-PASSWORD"].encode(), self._password)) or not self._guarded:
            self._logged_in, self.client = True, request["LI-CLIENT"]
            self._happened.append(LoggedIn(request["LI-CLIENT"], request["LI-CLIENTSW"]))
            self._respond(request, 200, who, info="Welcome")
            return
        self._logins += 1
        self._respond(request, 401, who, info="Wrong user or password")
        if self._logins == LOGINS:
            self._go("its logins were wrong")

    @property
    def _guarded(self) -> bool:
        return bool(self._user or self._password)

    def _logout(self, request: Message) -> None:
        self._respond(request, 200, info="Goodbye")
        self._go("logged out")

    def _heartbeat(self, request: Message) -> None:
        self._respond(request, 200)

    def _condition(self, request: Message) -> None:
        self._respond(request, 200, {"S-HEALTH": "OK", "S-HOTSTBY": "false", "S-LOAD": "Normal"})

    def _start(self, request: Message) -> None:
        process, is_new = self.processes.start(request)
        process.client = self.client
        self._respond(request, 200 if is_new else 450, process.names())
        if is_new:
            self._happened.append(process.started)
        if process.tells("Process"):
            # After the answer: before it the host does not know our number.
            self._indicate("IND.P-STARTED", {**process.names(), "SP-STATUS": process.status})

    def _stop(self, request: Message) -> None:
        process = self._asked_for(request)
        if process is None and not (request["CP-PR-REF"] or request["SP-PR-TAN"]):
            # Taken for all processes it would put out every lamp of the ward.
            self._respond(request, 400, info="Names no process")
        elif process is None:
            # We began after it did: who keeps calls longer than we do may know it.
            self._happened.append(Stopped(request["CP-PR-REF"], None))
            self._respond(request, 410)
        elif not _masked(process, request, "Active"):
            self._respond(request, 406, info="Not in a status of the mask")
        else:
            # Also what we have ended: the button at the bed has been reset.
            self._happened.append(Stopped(process.started.reference, process.started))
            self._respond(request, 410 if process.over else 200)
            if not process.over:
                process.over = True
                self.ended(process, "None", "Client")

    def _getstat(self, request: Message) -> None:
        asked = self._asked_for(request)
        named = bool(request["CP-PR-REF"] or request["SP-PR-TAN"])
        if named and asked is None:
            self._respond(request, 404)
            return
        self._respond(request, 200)
        for process in self.processes.running() if not named else [asked]:
            if process is not None and not process.over and _masked(process, request):
                # Asked for, so told whatever details were wanted.
                facts = {"SP-STATUS": process.status, "SP-GETSTAT": "true"}
                self._indicate("IND.P-STATUS", {**process.names(), **facts})
                self.event(process, process.outcome, name=process.by)
        self._indicate("IND.P-SYNC", {})

    def _asked_for(self, request: Message) -> Process | None:
        reference, tan = request["CP-PR-REF"], request["SP-PR-TAN"]
        return self.processes.find(reference, tan) if reference or tan else None

    def _go(self, why: str) -> None:
        self._gone = True
        self._happened.append(Gone(why))

    def _respond(self, request: Message, code: int, fields: Mapping[str, str] | None = None, info: str = "") -> None:
        name = request.name.replace("REQ.", "RSP.", 1)
        wanted = {"SP-PR-TAN": "0"} if name == "RSP.P-START" else {}
        # A session is named also where there is none: the standard demands it.
        session = self._session if self._logged_in else "0"
        facts = {**_coded(code, info), **wanted, **(fields or {})}
        self._say(Message(name, facts, request.invoke or "0", session))

    def _indicate(self, name: str, fields: Mapping[str, str]) -> None:
        if self.logged_in:
            self._say(Message(name, fields, session=self._session))

    def _say(self, message: Message) -> None:
        stamp = self._wall().strftime("%Y-%m-%dT%H:%M:%S") if self._wall else ""
        self._out += encode_message(message, stamp)


def _coded(code: int, info: str = "") -> dict[str, str]:
    return {"RSP-CODE": str(code), "RSP-REASON": REASONS[code], **({"RSP-INFO": info} if info else {})}


def _masked(process: Process, request: Message, whatever: str = "All") -> bool:
    """Whether it is in a status of the mask. whatever: means every status, because a reset must end what goes on."""
    mask = request["CP-PR-MASK"].split() or ["All"]
    return "All" in mask or whatever in mask or process.status.split()[0] in mask


_HANDLERS: Mapping[str, Callable[[Server, Message], None]] = {
    "LOGOUT": Server._logout,
    "HEARTBEAT": Server._heartbeat,
    "S-CONDITION": Server._condition,
    "P-START": Server._start,
    "P-STOP": Server._stop,
    "P-GETSTAT": Server._getstat,
}
