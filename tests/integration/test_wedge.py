"""An Asterisk that answers nobody: it does not come to that any more, and would be found out."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.tasks import Tasks
from pbx.ari.session import Heard, Occupied, Ready, Session, hears_everything
from pbx.engine.files import USER
from pbx.engine.program import password
from tests.integration.asterisk import Telephony
from tests.real_reactor import call, reactor, run

CALLS = 20


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("telephony")) as pair:
        call(pair.exchange().stop)
        yield pair


def test_the_rest_interface_outlives_connections_that_end_amid_calls(telephony: Telephony) -> None:
    """Emergency calls come and go while we connect and leave. With res_stasis_device_state it wedges here."""
    tasks, made = Tasks(), list[str]()
    for phone in ("8001", "8003"):
        call(partial(tasks.start, keep_calling(telephony, phone, made), f"the calls of {phone}"))
    try:
        for number in count(1):
            visit(telephony, politely=number % 2 == 0)
            assert not telephony.is_silent(), f"wedged after {number} connections"
            if len(made) > CALLS:
                break
    finally:
        call(tasks.stop)


def test_who_comes_waits_until_who_goes_has_gone(telephony: Telephony) -> None:
    """Whose end would take the application, and what it is told, away from the one that came."""
    with entered(telephony) as old:
        gone: list[bool] = []

        def go() -> None:
            old.close()
            gone.append(True)

        call(partial(ReactorClock(reactor).later, timedelta(seconds=0.5), go))
        exchange = telephony.exchange()
        assert gone

    async def hears() -> object:
        return await exchange.board.ari.request("GET", f"applications/{USER}")

    assert hears_everything(run(hears()))
    call(exchange.stop)


def test_an_asterisk_that_answers_nobody_is_told_from_one_that_is_gone(telephony: Telephony) -> None:
    """Stopped in its tracks, it still takes connections."""
    telephony.signal("main", signal.SIGSTOP)
    try:
        assert telephony.is_silent()
    finally:
        telephony.signal("main", signal.SIGCONT)
    assert not telephony.is_silent()
    telephony.kill("main")
    assert not telephony.is_silent()
    telephony.start_asterisk()


def test_its_records_tell_who_talks(telephony: Telephony) -> None:
    """Also of calls that nobody steers."""
    started = datetime.now(UTC)

    async def story() -> list[int]:
        dial = {"extension": "8001", "digits": "120", "talk": 60, "until": "answered"}
        phone = (await telephony.simulator.dial(dial))["call"]
        counts = [telephony.records.talking(started), telephony.records.talking(datetime.now(UTC))]
        await telephony.simulator.hang_up({"call": phone})
        while telephony.records.talking(started):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        return counts

    assert run(story()) == [1, 0]


async def keep_calling(telephony: Telephony, extension: str, made: list[str]) -> None:
    """One short call after the other, until cancelled; how each went is put into `made`."""
    while True:
        told = await telephony.simulator.dial({"extension": extension, "digits": "120", "talk": 0.05})
        made.append(str(told["outcome"]))


@contextmanager
def entered(telephony: Telephony, *, politely: bool = False) -> Iterator[socket.socket]:
    """A connection like the daemon's, let in."""
    port = telephony.settings.ari_port
    session = Session(f"127.0.0.1:{port}", USER, password(telephony.main))
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(session.opening())
        heard: list[Heard] = []
        while Ready() not in heard:
            said = wire.recv(65536)
            assert said, "the exchange closed the connection"
            heard = list(session.feed(said))
            # Not patiently: what is tried here is what comes of an end and a beginning at once.
            wire.sendall(session.entering() if Occupied() in heard else session.pending())
        yield wire
        if politely:
            wire.sendall(session.closing())


def visit(telephony: Telephony, *, politely: bool) -> None:
    """Connect as the daemon does, be let in, and go."""
    with entered(telephony, politely=politely):
        pass
