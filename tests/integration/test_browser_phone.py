"""A browser telephones: Chromium's WebRTC through Asterisk to a telephone of the house, and sound both ways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from pbx.engine.transports import kept_certificate
from pbx.exchange import Exchange
from tests.integration.asterisk import Telephony
from tests.integration.browser_phone import FLAGS, SipOverWebSocket, answered, hears, offered
from tests.integration.test_secure_phones import secured, until
from tests.real_reactor import run

TONE = 1400


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("telephony"), shape=secured) as pair:
        yield pair


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield browser.new_page()
        browser.close()


def test_a_browser_registers_and_calls(telephony: Telephony, page: Page) -> None:
    """It hears its own voice, which who answers echoes: DTLS-SRTP carries both ways."""
    exchange: Exchange = telephony.exchange()
    run(until(lambda: "8002" in exchange.phones.registered()))
    authority = kept_certificate(telephony.main)
    sip = SipOverWebSocket(telephony.settings.wss_port, authority, "8016", telephony.secrets["8016"])
    assert sip.ask("REGISTER", "8016", "registration").startswith("SIP/2.0 200")
    run(until(lambda: "8016" in exchange.phones.registered()))
    answer = sip.ask("INVITE", "8002", "call", offered(page, TONE))
    assert answer.startswith("SIP/2.0 200")
    answered(page, answer.partition("\r\n\r\n")[2])
    hears(page, TONE)
    assert "a=fingerprint:SHA-256" in answer
    sip.close()
