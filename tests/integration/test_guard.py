"""Attacks on a real Asterisk: floods by SIPp from addresses of their own, rubbish; and good calls go on meanwhile."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock, sleep
from appliance.simulator.outside import OUTSIDE_TONE
from pbx.engine.console import Console
from pbx.engine.console import socket as console_socket
from pbx.engine.program import security_log
from pbx.engine.security_feed import SecurityFeed
from pbx.guard.doorkeeper import Doorkeeper
from pbx.guard.events import AddressBanned
from pbx.guard.guard import Guard
from pbx.plan_guard import GuardPlan
from tests.e2e.patience import until as patiently
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Ear, Line, sipp
from tests.real_reactor import Heard, call, reactor, run

GUESSER, SCANNER, BABBLER = "127.0.0.9", "127.0.0.10", "127.0.0.11"
PLAN = GuardPlan(failures=20, minutes=5, ban_minutes=(10,))
SCENARIOS = Path(__file__).parent / "scenarios"


class Box:
    """An exchange with its guard."""

    def __init__(self, telephony: Telephony) -> None:
        self.telephony, clock = telephony, ReactorClock(reactor)
        self.banned: Heard[AddressBanned] = Heard()
        telephony.bus.subscribe(AddressBanned, self.banned.append)
        door = Doorkeeper(telephony.main, Console(console_socket(telephony.main), reactor, clock))
        self.guard = Guard(lambda: PLAN, door, InlineDatabase(), clock, telephony.bus)
        self.feed = SecurityFeed(security_log(telephony.main), clock, telephony.bus)
        self.exchange = telephony.exchange()
        run(self.exchange.sweep())
        call(self.feed.start)
        call(self.guard.start)

    def stop(self) -> None:
        """Leave nobody banned."""
        for ban in self.guard.bans():
            run(self.guard.lift(ban.address, "test"))
        for part in (self.guard.stop, self.feed.stop, self.exchange.stop):
            call(part)


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("guard")) as pair:
        yield pair


@pytest.fixture
def box(telephony: Telephony) -> Iterator[Box]:
    box = Box(telephony)
    yield box
    box.stop()


class Flood:
    """SIPp from an address of its own, so many calls a second, until it is over or stopped."""

    def __init__(self, box: Box, scenario: str, address: str, directory: Path, rate: int) -> None:
        argv = [
            "sipp", f"127.0.0.1:{box.telephony.settings.sip_port}", "-sf", str(SCENARIOS / f"{scenario}.xml"),
            "-i", address, "-nostdin", "-r", str(rate), "-m", str(rate * 60), "-key", "extension", "8001",
            "-au", "8001", "-ap", "wrong", "-s", "8001",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """Enough."""
        self._process.kill()
        self._process.wait()

    @property
    def goes_on(self) -> bool:
        """Whether it still floods."""
        return self._process.poll() is None


def answered(box: Box, address: str, user: str = "8001") -> str:
    """What somebody at `address` is told who wants to register: the status line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((address, 0))
        line.settimeout(10)
        mark = os.urandom(8).hex()
        request = (
            "REGISTER sip:127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {address}:{line.getsockname()[1]};branch=z9hG4bK{mark}\r\n"
            f"From: <sip:{user}@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: {mark}\r\n"
            "CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        line.sendto(request.encode(), ("127.0.0.1", box.telephony.settings.sip_port))
        return line.recv(4096).split(b"\r\n")[0].decode()


async def talk(box: Box, directory: Path) -> None:
    """One telephone of the house calls another: their tones go both ways."""
    await box.telephony.simulator.phone({"number": "8002", "answer": "yes"})
    ear = Ear(1400)
    far, echo = ear.hears(OUTSIDE_TONE), ear.hears(1400)
    phone = Line("8007", box.telephony.secrets["8007"], box.telephony.settings.sip_port)
    talking = Deferred.fromCoroutine(
        sipp("talk_and_hang_up", phone, directory, dialled="8002", ear=ear.number, talk=3000)
    )
    await far
    await echo
    await talking
    ear.close()


async def until(true: Callable[[], Any]) -> None:
    while not true():
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))


@pytest.mark.parametrize(("scenario", "address"), [("flood_register", GUESSER), ("flood_invite", SCANNER)])
def test_a_flood_is_refused_banned_and_reported_while_good_calls_go_on(
    box: Box, scenario: str, address: str, tmp_path: Path
) -> None:
    """Fifty a second with wrong secrets, or none: the address is banned, and two telephones talk all the time."""
    run(until(lambda: "8002" in box.exchange.phones.registered()))
    flood = Flood(box, scenario, address, tmp_path, 50)
    try:
        run(box.banned.until(bool))
        run(talk(box, tmp_path))
        assert flood.goes_on
    finally:
        flood.stop()
    [banned] = box.banned
    assert (banned.address, banned.times) == (address, 1)
    assert "8001" in banned.names or scenario == "flood_invite"
    assert answered(box, address) == "SIP/2.0 403 Forbidden"
    assert answered(box, "127.0.0.1") == "SIP/2.0 401 Unauthorized"
    assert "8002" in box.exchange.phones.registered()
    run(box.guard.lift(address, "it"))
    # Asterisk has been told; it reads its list when it comes to it.
    patiently(lambda: answered(box, address) == "SIP/2.0 401 Unauthorized", "the address to be let in")


def test_rubbish_harms_nothing(box: Box, tmp_path: Path) -> None:
    """Noise, SIP that is cut short or overlong, heads without ends: two telephones talk all the time."""
    run(until(lambda: "8002" in box.exchange.phones.registered()))
    told = threading.Event()

    def babble() -> None:
        dice = random.Random(7)
        whole = (
            b"INVITE sip:8001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: <sip:8001@x>;tag=1\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind((BABBLER, 0))
            while not told.wait(0.005):
                size = dice.randrange(1, 1400)
                said = dice.choice(
                    [
                        dice.randbytes(size),
                        whole[: size % len(whole)],
                        whole + b"X-Long: " + b"a" * 60000 + b"\r\n\r\n",
                        whole + b"Content-Length: 999999999\r\n\r\n",
                        whole + b"Contact: <sip:" + b"<" * 200 + b"\r\n\r\n",
                        b"SIP/2.0 200 OK\r\n\r\n",
                        b"\r\n\r\n" * 300,
                        whole.replace(b"SIP/2.0", b"SIP/9.9") + b"\r\n",
                    ]
                )
                line.sendto(said, ("127.0.0.1", box.telephony.settings.sip_port))

    babbler = threading.Thread(target=babble)
    babbler.start()
    try:
        run(talk(box, tmp_path))
    finally:
        told.set()
        babbler.join()
    assert answered(box, "127.0.0.1") == "SIP/2.0 401 Unauthorized"


def test_nobody_is_told_which_names_there_are(box: Box) -> None:
    """Who asks for an extension and who asks for nobody are answered alike."""
    assert answered(box, "127.0.0.1", "8001") == answered(box, "127.0.0.1", "nobody") == "SIP/2.0 401 Unauthorized"
