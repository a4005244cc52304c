"""What a real Asterisk writes down of who proves who they are, and that it holds nothing that was dialled."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from pbx.engine.program import security_log
from pbx.engine.security_feed import SecurityFeed
from pbx.engine.security_log import SecurityEvent
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Line, sipp
from tests.real_reactor import Heard, call, reactor, run

T2, TRIES = 4, 15
"""Seconds until a request is sent again, and how often it is sent."""

PIN_DIALLED = "6001000018888013800138000"


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    """An exchange; our program is not needed."""
    with Telephony(tmp_path_factory.mktemp("security")) as telephony:
        yield telephony


def request(telephony: Telephony, method: str, number: str, account: str) -> None:
    """One request without any proof, from 127.0.0.3; returns when it is answered. UDP may lose it: it is sent again as
    RFC 3261 says (17.1.2.2).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.3", 0))
        wire.settimeout(T2)
        here = f"127.0.0.3:{wire.getsockname()[1]}"
        lines = [
            f"{method} sip:{number}@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{account}{method}",
            f"From: <sip:{account}@127.0.0.1>;tag=1",
            f"To: <sip:{number}@127.0.0.1>",
            f"Call-ID: {account}-{method}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:x@{here}>",
            "Max-Forwards: 70",
            "Content-Length: 0",
            "",
            "",
        ]
        for _ in range(TRIES):
            wire.sendto("\r\n".join(lines).encode(), ("127.0.0.1", telephony.settings.sip_port))
            with suppress(TimeoutError):
                answer = wire.recv(4000)
                assert b" 401 " in answer, answer
                return
        raise AssertionError(f"{method} of {account} was never answered")


def test_who_is_turned_away_is_heard(telephony: Telephony, tmp_path: Path) -> None:
    """An unknown name, a wrong password, a right one; nothing that was dialled is in the file."""
    bus: Bus = Bus()
    heard: Heard[SecurityEvent] = Heard()
    bus.subscribe(SecurityEvent, heard.append)
    feed = SecurityFeed(security_log(telephony.main), ReactorClock(reactor), bus)
    call(feed.start)
    try:
        request(telephony, "REGISTER", "9999", "9999")
        request(telephony, "INVITE", PIN_DIALLED, "8003")
        request(telephony, "INVITE", PIN_DIALLED, "9998")
        port = telephony.settings.sip_port
        run(sipp("register", Line("8004", "secret-of-8004", port), tmp_path))
        with pytest.raises(AssertionError):
            run(sipp("register", Line("8005", "wrong", port), tmp_path))

        def settled(events: list[SecurityEvent]) -> bool:
            kinds = {(event.account, event.kind) for event in events}
            return {
                ("9999", "InvalidAccountID"), ("9998", "InvalidAccountID"), ("8003", "ChallengeSent"),
                ("8004", "SuccessfulAuth"), ("8005", "ChallengeResponseFailed"),
            } <= kinds  # fmt: skip

        run(heard.until(settled))
    finally:
        call(feed.stop)
    refused = {event.account for event in heard if event.refused}
    assert refused == {"9999", "9998", "8005"}
    assert {event.address for event in heard if event.account == "9999"} == {"127.0.0.3"}
    text = security_log(telephony.main).read_text("utf-8", "replace")
    assert "8004" in text
    assert PIN_DIALLED not in text
    assert PIN_DIALLED[3:] not in text
