"""The window over real HTTP: what a telephone's own program sees of it."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPResponse

import pytest
from twisted.internet.error import CannotListenError

from pbx.provisioning.server import NOTHING, PhoneServer
from tests.pbx.provisioning.a_desk import YEALINK, ADesk
from tests.real_reactor import call, reactor, run, start
from tests.support import now

AGENT = "Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3"


class Phone:
    """Asks over a socket of its own."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[HTTPResponse, bytes]:
        """The answer and its body."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(method, path, body, {"User-Agent": AGENT})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


def test_a_telephone_fetches_over_http() -> None:
    """One answer for all that is not given; the file as plain text, never kept by anybody on the way."""
    start()
    house = ADesk()
    server = PhoneServer(house.desk.window, "127.0.0.1", 0, reactor)
    call(server.start)
    try:
        phone = Phone(server.number)
        for path in ("/", f"/{YEALINK}.cfg", "/p/nonsense/x.cfg"):
            answer, body = phone.ask(path)
            assert (answer.status, body) == (404, NOTHING)
        call(lambda: now(house.desk.accept(YEALINK, "", "1床", "it")))
        head, nothing = phone.ask(f"/{YEALINK}.cfg", "HEAD")
        assert (head.status, nothing) == (200, b"")
        answer, body = phone.ask(f"/{YEALINK}.cfg")
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert int(answer.headers["content-length"]) == int(head.headers["content-length"]) == len(body)
        assert "account.1.label = 8083 1床" in body.decode()
        refused, _ = phone.ask(f"/{YEALINK}.cfg", "DELETE")
        assert refused.status == 405
        long, _ = phone.ask(f"/{YEALINK}.cfg", "POST", b"x" * 100_000)
        assert long.status == 413
    finally:
        run(server.stop())


def test_broken_records_are_no_secret_given_and_no_crash() -> None:
    """503, and the telephone asks again later."""
    start()
    house = ADesk()
    house.database.broken = OSError("the disk is gone")
    server = PhoneServer(house.desk.window, "127.0.0.1", 0, reactor)
    call(server.start)
    try:
        answer, body = Phone(server.number).ask(f"/{YEALINK}.cfg")
        assert (answer.status, body) == (503, NOTHING)
    finally:
        run(server.stop())


def test_a_port_that_is_taken_is_reported() -> None:
    """The part is down, and says which port."""
    start()
    house = ADesk()
    first = PhoneServer(house.desk.window, "127.0.0.1", 0, reactor)
    call(first.start)
    try:
        second = PhoneServer(house.desk.window, "127.0.0.1", first.number, reactor)
        with pytest.raises(CannotListenError):
            call(second.start)
        assert (house.health[-1].state.value, dict(house.health[-1].facts)) == ("down", {"port": str(first.number)})
    finally:
        run(first.stop())
