"""Webhooks and the HTTP client they go by: signed, certificates checked, in time."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.simulator.web_ends import WebEnd, received
from pbx.http_client import HttpClient, Unanswered, Unreached
from pbx.notices import NotCarried, Notice
from pbx.plan_messages import Webhook
from pbx.webhook import WebhookCarrier
from tests.fakes.clock import START
from tests.pbx.certificates import Certificates, make
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import call, reactor, run

SECRET = "NIGHTBELL_TEST_SECRET"
NOTICE = Notice("webhook:desk", "", '{"event": "trouble", "text": "线路中断"}', "", "a" * 32, START)


@pytest.fixture
def end() -> Iterator[WebEnd]:
    """The other system."""
    service = WebEnd("desk", "http://127.0.0.1:0/", received, reactor=reactor, clock=HurriedClock(reactor))
    call(service.start)
    yield service
    call(service.stop)


def carrier(end: WebEnd, health: list[HealthChanged], **more: str) -> WebhookCarrier:
    """To it."""
    bus = Bus()
    bus.subscribe(HealthChanged, health.append)
    row = Webhook.model_validate({"id": "desk", "url": f"http://127.0.0.1:{end.port}/alarms?to=it", **more})
    return WebhookCarrier(row, reactor, HurriedClock(reactor), bus)


def test_a_notice_is_posted_and_signed(end: WebEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver can tell that it is ours, that it is new, and whether it came before."""
    monkeypatch.setenv(SECRET, "key")
    health: list[HealthChanged] = []
    run(carrier(end, health, secret=f"env:{SECRET}").carry(NOTICE))
    (asked,) = end.asked
    assert (asked.path, asked.body.decode()) == ("/alarms", NOTICE.body)
    assert asked.headers["idempotency-key"] == NOTICE.id
    signed = asked.headers["x-nightbell-time"].encode() + b"." + asked.body
    expected = hmac.new(b"key", signed, hashlib.sha256).hexdigest()
    assert asked.headers["x-nightbell-signature"] == f"sha256={expected}"
    assert health[-1].state is State.UP


@pytest.mark.parametrize(("status", "hopeless"), [(500, False), (302, False), (410, True)])
def test_anything_but_a_yes_is_tried_again(end: WebEnd, status: int, hopeless: bool) -> None:
    """Save for `gone`. A redirect is not followed: it would carry the alarm who knows where."""
    end.refuse_next(status, 1)
    with pytest.raises(NotCarried) as no:
        run(carrier(end, []).carry(NOTICE))
    assert no.value.hopeless is hopeless


def test_a_secret_that_is_missing_sends_nothing(end: WebEnd) -> None:
    """And names the place."""
    health: list[HealthChanged] = []
    with pytest.raises(NotCarried, match="env:NIGHTBELL_NO_SUCH"):
        run(carrier(end, health, secret="env:NIGHTBELL_NO_SUCH").carry(NOTICE))
    assert end.asked == []


def test_silence_and_absence_are_told_apart(end: WebEnd) -> None:
    """What was asked may have been done; what was not, not."""
    client = HttpClient(reactor, HurriedClock(reactor), timedelta(seconds=5))
    url = f"http://127.0.0.1:{end.port}/"
    call(lambda: end.act("hang"))
    with pytest.raises(Unanswered):
        run(client.ask("POST", url, {}, b"x"))
    call(lambda: end.act("stop"))
    with pytest.raises(Unreached):
        run(client.ask("POST", url, {}, b"x"))


class _Polite(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def over_tls(certificates: Certificates) -> Iterator[int]:
    """The standard library's own server; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Polite)
    server.socket = certificates.server().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_certificates_are_checked(tmp_path: Path) -> None:
    """Only an authority the plan names, and only the name the plan has."""
    (tmp_path / "other").mkdir()
    ours, others = make(tmp_path), make(tmp_path / "other")
    with over_tls(ours) as port:
        for authority, host in ((ours.authority, "localhost"), (others.authority, "localhost"), ("", "localhost"),
                                (ours.authority, "127.0.0.1")):  # fmt: skip
            client = HttpClient(reactor, HurriedClock(reactor), timedelta(seconds=60), str(authority))
            asked = client.ask("POST", f"https://{host}:{port}/", {}, b"x")
            if (authority, host) == (ours.authority, "localhost"):
                assert run(asked).status == 200
            else:
                with pytest.raises(Unreached, match="certificate"):
                    run(asked)
