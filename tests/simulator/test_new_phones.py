"""Simulated new telephones against the real window over real HTTP, and a registration against a registrar in small."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock
from appliance.simulator.control import Simulator
from appliance.simulator.new_phones import NewPhones
from appliance.simulator.phone_makes import MAKES, Account
from appliance.simulator.sip_registration import Registration
from pbx.provisioning.briefing import Where
from pbx.provisioning.events import PhonesChanged
from pbx.provisioning.server import PhoneServer
from tests.pbx.provisioning.a_desk import ADesk
from tests.real_reactor import call, reactor, run, start
from tests.support import now


@dataclass(frozen=True)
class Registrar:
    """Takes one name and password, and refuses every other."""

    name: str
    secret: str

    def answer(self, data: bytes) -> bytes:
        """What it says to a REGISTER."""
        text = data.decode()
        kept = [line for line in text.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
        proof = re.search(r'Digest username="(\d+)".* response="(\w+)", qop=auth, nc=(\w+), cnonce="(\w+)"', text)
        if proof is None:
            kept.insert(0, "SIP/2.0 401 Unauthorized")
            kept.append('WWW-Authenticate: Digest realm="asterisk",nonce="17/abc",opaque="9f",algorithm=MD5,qop="auth"')
        else:
            right = (proof[1], proof[2]) == (self.name, self._expected(text, proof[3], proof[4]))
            kept.insert(0, "SIP/2.0 200 OK" if right else "SIP/2.0 403 Forbidden")
        return "\r\n".join([*kept, "Content-Length: 0", "", ""]).encode()

    def _expected(self, text: str, count: str, cnonce: str) -> str:
        uri = text.split(" ")[1]
        first, second = _md5(f"{self.name}:asterisk:{self.secret}"), _md5(f"REGISTER:{uri}")
        return _md5(f"{first}:17/abc:{count}:{cnonce}:auth:{second}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Ward:
    """A desk, its server, and telephones that are plugged in there."""

    def __init__(self) -> None:
        start()
        self.house = ADesk()
        self.server = PhoneServer(self.house.desk.window, "127.0.0.1", 0, reactor)
        call(self.server.start)
        url = f"http://127.0.0.1:{self.server.number}/"
        self.registrar: Any = None
        self.house.desk.where = Where(url, "127.0.0.1", 5060)
        object.__setattr__(self.house.desk._briefing, "where", self.house.desk.where)
        self.phones = NewPhones(url, reactor=reactor, clock=ReactorClock(reactor))
        self.simulator = Simulator()
        self.phones.register(self.simulator)

    def ask(self, verb: str, **request: object) -> dict[str, Any]:
        """What the simulator answers."""
        answer = run(self.simulator.answer({"verb": verb, **request}))
        assert answer.pop("ok"), answer
        return answer

    def until(self, looks: Any) -> None:
        """Wait until it looks so; each request of a telephone makes us look."""
        seen: Deferred[None] = Deferred()

        def look(_: object) -> None:
            if not seen.called and looks():
                seen.callback(None)

        async def wait() -> None:
            stop = self.house.bus.subscribe(PhonesChanged, look)
            look(None)
            await seen
            stop()

        run(wait())

    async def configured(self, mac: str) -> Account:
        """What a telephone was told, as soon as it was."""
        return await self.phones._phones[mac].configured.wait()

    def states(self) -> dict[str, str]:
        """State by MAC, as the simulator says."""
        return {phone["mac"]: phone["state"] for phone in self.ask("new-phones")["phones"]}

    def close(self) -> None:
        """Nothing is left."""
        call(self.phones.stop)
        run(self.server.stop())


@pytest.fixture
def ward() -> Iterator[Ward]:
    """Nobody is plugged in yet."""
    ward = Ward()
    yield ward
    ward.close()


@pytest.mark.parametrize("make", list(MAKES))
def test_each_make_asks_is_accepted_and_reads_its_settings(ward: Ward, make: str) -> None:
    """What it reads is what the exchange would take."""
    mac = "aabbccddee01"
    ward.ask("plug-in", mac=mac, make=make, fault="mute")
    ward.until(lambda: mac in ward.house.states())
    [found] = now(ward.house.desk.every())
    assert (found.state, found.maker, found.address) == ("waiting", make, "127.0.1.21")
    call(lambda: ward.house.accept(mac))
    ward.ask("plug-in", mac=mac, make=make, fault="mute")  # started anew
    account = run(ward.configured(mac))
    assert (account.extension, account.secret, account.server, account.port) == (
        "8083", ward.house.secret("8083"), "127.0.0.1", 5060)  # fmt: skip
    assert re.fullmatch(rf"http://127\.0\.0\.1:{ward.server.number}/p/[\w-]{{32}}/", account.url)
    assert ward.states() == {mac: "configured"}


def test_one_that_asks_for_its_neighbours_settings_gets_nothing(ward: Ward) -> None:
    """It is listed itself, its neighbour is not by that."""
    ward.ask("plug-in", mac="001565000001", fault="other-mac")
    ward.until(lambda: "001565000001" in ward.house.states())
    ward.ask("plug-in", mac="001565000009")
    ward.until(lambda: "001565000009" in ward.house.states())
    assert "001565000002" not in ward.house.states()


def test_it_registers_with_what_it_got() -> None:
    """By digest; and with another's secret it is refused."""
    registrar = Registrar("8083", "s3cret")
    right, wrong = (
        Registration("8083", secret, "127.0.0.1:5060", "127.0.1.21:5099", "Y") for secret in ("s3cret", "x")
    )
    for phone, state in ((right, "registered"), (wrong, "refused")):
        proof = phone.hear(registrar.answer(phone.ask()))
        assert proof is not None
        assert phone.hear(registrar.answer(proof)) is None
        assert phone.state == state


def test_it_takes_no_calls() -> None:
    """480 to an INVITE, 200 to OPTIONS, silence to ACK and to an answer of another REGISTER."""
    phone = Registration("8083", "s", "127.0.0.1:5060", "127.0.1.21:5099", "Yealink")
    phone.ask()
    request = "{} sip:8083@127.0.1.21 SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 1 {}\r\n\r\n"
    answers = {method: phone.hear(request.format(method, method).encode()) for method in ("INVITE", "OPTIONS", "ACK")}
    assert (answers["INVITE"] or b"").startswith(b"SIP/2.0 480 ")
    assert (answers["OPTIONS"] or b"").startswith(b"SIP/2.0 200 ")
    assert answers["ACK"] is None
    assert phone.hear(b"SIP/2.0 200 OK\r\nCSeq: 9 REGISTER\r\n\r\n") is None
    assert phone.state == "asking"
