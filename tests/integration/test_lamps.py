"""A telephone's lamp follows another extension: SUBSCRIBE and NOTIFY with a real Asterisk, through a real call."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import DatagramProtocol

from appliance.foundation.i18n import Text
from pbx.exchange import Exchange
from pbx.leg import Latch
from pbx.plan_phones import PhoneKey, PhonesPlan
from tests.integration.asterisk import Telephony
from tests.real_reactor import Heard, call, reactor, run

WATCHED, WATCHER = "8002", "8005"


class Lamp(DatagramProtocol):
    """A telephone that watches; `states` are the states of dialogs it was told, in turn."""

    noisy = False

    def __init__(self, secret: str, server: int, watched: str) -> None:
        self.states: Heard[str] = Heard()
        self.refused: Heard[str] = Heard()
        self._secret, self._server, self._watched = secret, server, watched
        self._number = 0

    def watch(self, proof: str = "") -> None:
        """Ask to be told."""
        wire: Any = self.transport
        here = f"127.0.0.1:{wire.getHost().port}"
        self._number += 1
        lines = [
            f"SUBSCRIBE sip:{self._watched}@127.0.0.1:{self._server} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{self._watched}{self._number}",
            f"From: <sip:{WATCHER}@127.0.0.1>;tag=lamp",
            f"To: <sip:{self._watched}@127.0.0.1>",
            f"Call-ID: lamp-of-{self._watched}",
            f"CSeq: {self._number} SUBSCRIBE",
            f"Contact: <sip:{WATCHER}@{here}>",
            "Event: dialog",
            "Accept: application/dialog-info+xml",
            "Expires: 300",
            "Max-Forwards: 70",
            *([proof] if proof else []),
            "Content-Length: 0",
            "",
            "",
        ]
        wire.write("\r\n".join(lines).encode(), ("127.0.0.1", self._server))

    def datagramReceived(self, data: bytes, source: Any) -> None:
        text = data.decode()
        if text.startswith("SIP/2.0 401") and self._number == 1:
            self.watch(self._proof(text))
        elif text.startswith("SIP/2.0 4") and self._number > 1:
            self.refused.append(text.split(" ")[1])
        elif text.startswith("NOTIFY "):
            kept = [line for line in text.split("\r\n") if re.match(r"(?i)(via|from|to|call-id|cseq):", line)]
            wire: Any = self.transport
            wire.write("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode(), source)
            self.states.append(next(iter(re.findall(r"<state>(\w+)</state>", text)), ""))

    def _proof(self, text: str) -> str:
        asked = dict(re.findall(r'(\w+)="([^"]*)"', text.partition("WWW-Authenticate:")[2].partition("\r\n")[0]))
        uri = f"sip:{self._watched}@127.0.0.1:{self._server}"
        first = _md5(f"{WATCHER}:{asked['realm']}:{self._secret}")
        response = _md5(f"{first}:{asked['nonce']}:00000001:abc:auth:{_md5(f'SUBSCRIBE:{uri}')}")
        return (
            f'Authorization: Digest username="{WATCHER}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{uri}", algorithm=MD5, response="{response}", qop=auth, nc=00000001, cnonce="abc", '
            f'opaque="{asked.get("opaque", "")}"'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture
def telephony(tmp_path: Path) -> Iterator[Telephony]:
    """An exchange whose plan lets a lamp follow 8002, and no other."""
    telephony = Telephony(tmp_path)
    key = PhoneKey(name=Text(zh="护士站", en="Station"), number=WATCHED, watch=True)
    telephony.plan = telephony.plan.model_copy(update={"phones": PhonesPlan(keys=(key,))})
    with telephony:
        yield telephony


def until_there(exchange: Exchange, number: str) -> None:
    """Wait until a telephone is registered."""
    there: Latch[bool] = Latch()

    def look() -> None:
        if number in exchange.phones.registered():
            there.set(True)

    async def wait() -> None:
        exchange.phones.changed = look
        look()
        await there.wait()

    run(wait())


def lamp(telephony: Telephony, watched: str) -> tuple[Lamp, Any]:
    """A telephone and its socket."""
    phone = Lamp(telephony.secrets[WATCHER], telephony.settings.sip_port, watched)
    loop: Any = reactor
    return phone, call(lambda: loop.listenUDP(0, phone, interface="127.0.0.1"))


def test_a_lamp_follows_a_call(telephony: Telephony) -> None:
    """Free, then in a call, then free again; of an extension that the plan does not name it is told nothing."""
    until_there(telephony.exchange(), WATCHED)
    watching, port = lamp(telephony, WATCHED)
    prying, other = lamp(telephony, "8003")
    try:
        call(watching.watch)
        run(watching.states.until(lambda states: states[-1:] == ["terminated"]))
        asked = {"extension": "8004", "digits": WATCHED, "talk": 2}
        run(telephony.simulator.dial(asked))
        run(watching.states.until(lambda states: "confirmed" in states and states[-1] == "terminated"))
        call(prying.watch)
        run(prying.refused.until(lambda refused: refused == ["404"]))
        assert prying.states == []
    finally:
        call(port.stopListening)
        call(other.stopListening)
