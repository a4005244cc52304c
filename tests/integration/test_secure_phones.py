"""Telephones that speak SIP over TLS with encrypted speech, and the door that browsers come in by."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock, sleep
from appliance.simulator.outside import PHONE_TONE
from pbx.engine.certificate import ensure
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.files import write
from pbx.engine.program import password
from pbx.engine.transports import kept_certificate
from pbx.exchange import Exchange
from pbx.plan import ExtensionGroup, PbxPlan
from tests.e2e.sound import Recording
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Line
from tests.integration.soft_phone import Manner, SoftPhone
from tests.real_reactor import reactor, run

TONE = 1400


def secured(plan: PbxPlan) -> PbxPlan:
    """8011 to 8015 speak TLS, 8016 to 8019 are browsers."""
    name = plan.extensions[0].name
    groups = (
        ExtensionGroup(numbers="8001-8010", name=name),
        ExtensionGroup(numbers="8011-8015", name=name, transport="tls"),
        ExtensionGroup(numbers="8016-8019", name=name, transport="webrtc"),
    )
    return plan.model_copy(update={"extensions": groups})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("telephony"), shape=secured) as pair:
        yield pair


def phone(telephony: Telephony, directory: Path, extension: str, *, srtp: bool) -> SoftPhone:
    line = Line(extension, telephony.secrets[extension], telephony.settings.tls_port)
    manner = Manner(transport="tls", srtp=srtp, authority=kept_certificate(telephony.main))
    return SoftPhone(line, directory, tone=TONE, manner=manner)


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


def test_speech_over_tls_is_encrypted_and_goes_both_ways(
    telephony: Telephony, exchange: Exchange, tmp_path: Path
) -> None:
    """baresip checks our certificate, insists on SRTP, hears the caller's tone, and the caller hears its."""
    with phone(telephony, tmp_path, "8011", srtp=True) as baresip:

        async def story() -> Path:
            await until(lambda: "8011" in exchange.phones.registered())
            hears = Deferred.fromCoroutine(baresip.hears(PHONE_TONE))
            dial = {"extension": "8001", "digits": "8011", "talk": 3, "hear": True}
            told = await telephony.simulator.dial(dial)
            assert told["outcome"] == "answered"
            await hears
            return Path(str(told["heard"]))

        there = run(story())
    assert "SRTP is Enabled" in baresip.printed
    assert Recording(there.read_bytes()).seconds_of(TONE) > 1.5


def test_a_phone_that_would_speak_in_the_clear_is_not_connected(
    telephony: Telephony, exchange: Exchange, tmp_path: Path
) -> None:
    """Over TLS encrypted speech is required, unless the plan says otherwise."""
    with phone(telephony, tmp_path, "8012", srtp=False) as baresip:

        async def story() -> str:
            await until(lambda: "8012" in exchange.phones.registered())
            return str((await telephony.simulator.dial({"extension": "8001", "digits": "8012", "talk": 1}))["outcome"])

        outcome = run(story())
    assert outcome != "answered"
    assert "SRTP is Enabled" not in baresip.printed


def test_browsers_speak_sip_over_a_secure_websocket(telephony: Telephony, exchange: Exchange) -> None:
    """Asterisk takes the WebSocket by our certificate and asks the telephone to prove itself."""
    trust = ssl.create_default_context(cafile=str(kept_certificate(telephony.main)))
    address = ("127.0.0.1", telephony.settings.wss_port)
    with (
        socket.create_connection(address, timeout=20) as plain,
        trust.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(UPGRADE)
        answer = until_blank(wire)
        wire.sendall(frame(REGISTER.encode()))
        asked = wire.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"Sec-WebSocket-Protocol: sip" in answer
    assert b"SIP/2.0 401" in asked


UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
)
REGISTER = (
    "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WSS browser.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
    "To: <sip:8016@127.0.0.1>\r\nFrom: <sip:8016@127.0.0.1>;tag=1\r\nCall-ID: browser\r\nCSeq: 1 REGISTER\r\n"
    "Contact: <sip:8016@browser.invalid;transport=ws>\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n"
)


def until_blank(wire: ssl.SSLSocket) -> bytes:
    """All that comes until an empty line."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += wire.recv(4096)
    return came


def frame(text: bytes) -> bytes:
    """One text frame of a client (RFC 6455), its mask all zeros."""
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text


def test_another_certificate_is_seen_without_a_restart(tmp_path: Path) -> None:
    """By telephones and browsers that come anew, once Asterisk has read its files; a call over TLS goes on."""
    with Telephony(tmp_path, shape=secured) as pair:
        exchange, kept = pair.exchange(), kept_certificate(pair.main)
        ports = (pair.settings.tls_port, pair.settings.wss_port)
        with phone(pair, tmp_path, "8011", srtp=True):
            run(until(lambda: "8011" in exchange.phones.registered()))
            dial = {"extension": "8001", "digits": "8011", "talk": 60, "until": "answered"}
            talking = run(pair.simulator.dial(dial))["call"]
            kept.unlink()
            ensure(kept, "127.0.0.1", ReactorClock(reactor).now())
            run(exchange.reload())
            leaf = x509.load_pem_x509_certificates(kept.read_bytes())[0]
            for port in ports:
                seen = ssl.get_server_certificate(("127.0.0.1", port), timeout=60)
                assert x509.load_pem_x509_certificate(seen.encode()) == leaf
            assert run(pair.simulator.hang_up({"call": talking}))["outcome"] == "answered"


def test_a_plan_opens_the_doors_of_a_running_asterisk(tmp_path: Path) -> None:
    """Nothing listens for TLS or browsers; after a reload both do, and a call that was up goes on."""
    with Telephony(tmp_path) as pair:
        exchange = pair.exchange()
        dial = {"extension": "8001", "digits": "8002", "talk": 60, "until": "answered"}
        run(until(lambda: "8002" in exchange.phones.registered()))
        talking = run(pair.simulator.dial(dial))["call"]
        for port in (pair.settings.tls_port, pair.settings.wss_port):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
        ensure(kept_certificate(pair.main), "127.0.0.1", ReactorClock(reactor).now())
        told = Secrets(password(pair.main), pair.secrets)
        write(pair.main, configuration(secured(pair.plan), told, pair.settings, pair.engine, pair.main))
        run(exchange.reload())
        with phone(pair, tmp_path, "8011", srtp=True):
            run(until(lambda: "8011" in exchange.phones.registered()))
        socket.create_connection(("127.0.0.1", pair.settings.wss_port)).close()
        assert run(pair.simulator.hang_up({"call": talking}))["outcome"] == "answered"
