"""A browser for unit tests: real HTTP bytes through the real site, in memory, with a cookie jar."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.server import Site

from billing import views
from billing.accounts import Accounts
from billing.plan import BillingPlan
from nursecall.plan import NurseCallPlan
from tests.fakes.house import PLAN, CardboardHouse, build
from tests.support import now
from web.live import Live
from web.rights import ROLES
from web.site import site

PASSWORD = "lamp-and-bell"


@dataclass(frozen=True)
class Reply:
    """What came back. headers: lower-case names, the last of each."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def csrf(self) -> str:
        """The token its forms carry."""
        found = re.search(r'data-csrf="([0-9a-f]{64})"', self.text)
        assert found, "the page carries no token"
        return found[1]


class Line:
    """One connection; `sent` is everything the server wrote on it."""

    def __init__(self, factory: Site, request: bytes) -> None:
        self.transport: Any = _Wire(
            hostAddress=IPv4Address("TCP", "127.0.0.1", 8080), peerAddress=IPv4Address("TCP", "127.0.0.1", 50000)
        )  # type: ignore[no-untyped-call]
        self.protocol: Any = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 50000))  # type: ignore[no-untyped-call]
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(request)

    @property
    def sent(self) -> bytes:
        """Raw bytes."""
        return bytes(self.transport.value())

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Server-sent events so far."""
        text = _unchunk(self.sent.partition(b"\r\n\r\n")[2]).decode()
        return [
            (name, json.loads(data)) for name, data in re.findall(r"^event: (\w+)\ndata: (.*)$", text, re.MULTILINE)
        ]

    def hang_up(self) -> None:
        """The browser goes away."""
        gone: Any = Failure(ConnectionDone())  # type: ignore[no-untyped-call]
        self.protocol.connectionLost(gone)


class _Wire(StringTransport):
    """Notices when it is cut."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()  # type: ignore[no-untyped-call]


class Browser:
    """Asks a site, remembers cookies."""

    def __init__(self, factory: Site) -> None:
        self.factory = factory
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Reply:
        """GET, without following redirects."""
        return self.reply(self.open(path))

    def open(self, path: str) -> Line:
        """GET on a connection that may stay open."""
        return Line(self.factory, self._head("GET", path) + b"\r\n")

    def post(
        self, path: str, form: Mapping[str, str] | None = None, *, csrf: str | None = None, by_script: bool = False,
        body: object = None,
    ) -> Reply:  # fmt: skip
        """POST a form, or by script; `csrf` is fetched from the log-in page or the start page when None."""
        token = self.token() if csrf is None else csrf
        fields = dict(form or {})
        kind, extra = b"application/x-www-form-urlencoded", b""
        if by_script:
            extra = b"x-csrf: " + token.encode() + b"\r\n"
        else:
            fields["csrf"] = token
        content = urlencode(fields).encode()
        if body is not None:
            kind, content = b"application/json", json.dumps(body).encode()
        head = self._head("POST", path) + extra + b"content-type: " + kind
        return self.reply(Line(self.factory, head + b"\r\ncontent-length: %d\r\n\r\n%s" % (len(content), content)))

    def post_bytes(self, path: str, kind: str, content: bytes) -> Reply:
        """POST a body of any kind."""
        head = self._head("POST", path) + f"content-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n".encode()
        return self.reply(Line(self.factory, head + content))

    def token(self) -> str:
        """This browser's CSRF token."""
        page = self.get("/password")
        return (page if page.status == 200 else self.get("/login")).csrf

    def log_in(self, name: str, password: str = PASSWORD) -> Reply:
        """Through the form."""
        return self.post("/login", {"name": name, "password": password})

    def reply(self, line: Line) -> Reply:
        """The whole answer of a connection; its cookies are kept."""
        head, _, body = line.sent.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        pairs = [(name.lower(), value) for name, value in (line.split(": ", 1) for line in lines)]
        headers, cookies = dict(pairs), [value for name, value in pairs if name == "set-cookie"]
        for cookie in cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        if headers.get("transfer-encoding") == "chunked":
            body = _unchunk(body)
        return Reply(int(first.split()[1]), headers, cookies, body)

    def _head(self, method: str, path: str) -> bytes:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncookie: {cookies}\r\n".encode()


def _unchunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


@dataclass
class Hospital:
    """A furnished panel with one user a role."""

    cardboard: CardboardHouse
    live: Live
    factory: Site

    def stranger(self) -> Browser:
        """A browser that is not logged in."""
        return Browser(self.factory)

    def browser(self, role: str, *, language: str = "en") -> Browser:
        """A browser where the user of that name is logged in."""
        browser = Browser(self.factory)
        browser.cookies["nightbell-language"] = language
        reply = browser.log_in(role)
        assert reply.status == 303, reply.text
        return browser


def hospital(plan: NurseCallPlan = PLAN, *, real_money: bool = False) -> Hospital:
    """Everything but the network. real_money: accounts and books as the box has them, in the house's database."""
    cardboard = build(plan=plan)
    if real_money:
        accounts = Accounts(cardboard.database, BillingPlan(), cardboard.clock, cardboard.bus)
        cardboard.house = replace(cardboard.house, accounts=accounts, books=views)
    live = Live(cardboard.database, cardboard.clock, cardboard.bus)
    cardboard.wards.changed = live.calls_changed
    for role in ROLES:
        now(cardboard.house.users.add(role, role, PASSWORD, shown=f"The {role}", must_change=False))
    return Hospital(cardboard, live, site(cardboard.house, live, cast(Any, Clock())))
