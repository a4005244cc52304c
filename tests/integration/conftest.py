"""A pair of real Asterisks for each file, and our side of it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pbx.exchange import Exchange
from tests.integration.asterisk import Telephony
from tests.real_reactor import call, run


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    """Exchange and simulated carrier."""
    with Telephony(tmp_path_factory.mktemp("telephony")) as pair:
        yield pair


@pytest.fixture
def exchange(telephony: Telephony) -> Iterator[Exchange]:
    """In touch, with nothing left from before."""
    exchange = telephony.exchange()
    run(exchange.sweep())
    yield exchange
    call(exchange.stop)
