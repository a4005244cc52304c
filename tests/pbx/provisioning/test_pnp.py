"""Plug and play: real SUBSCRIBEs of four makers, what they are answered, and nothing for anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

from pbx.provisioning.makers import Told
from pbx.provisioning.multicast import PlugAndPlay
from pbx.provisioning.pnp import GROUP, answers, heard
from tests.pbx.provisioning.a_desk import ADesk
from tests.ports import free_port
from tests.real_reactor import call, reactor, run, start
from tests.support import now


def subscribe(uri: str, agent: str, event: str, contact: str = "<sip:192.168.1.2:5080>") -> bytes:
    """As seen on the wire."""
    lines = [
        f"SUBSCRIBE {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 192.168.1.2:5080;branch=z9hG4bK1611133778;rport",
        f"From: <{uri}>;tag=395400190",
        f"To: <{uri}>",
        "Call-ID: 490431573-5080-1@BJC.BGI.IG.DA",
        "CSeq: 20000 SUBSCRIBE",
        f"Contact: {contact}",
        "Max-Forwards: 70",
        *([f"User-Agent: {agent}"] if agent else []),
        "Expires: 0",
        f"Event: {event}",
        "Accept: application/url",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


YEALINK = subscribe(
    "sip:MAC%3a805e0c4d796d@224.0.1.75", "Yealink SIP-T53W 96.87.0.16 805e0c4d796d",
    'ua-profile;profile-type="device";vendor="Yealink";model="T53W";version="96.87.0.16"',
)  # fmt: skip
REAL = [
    (YEALINK, "805e0c4d796d", Told("yealink", "T53W", "96.87.0.16", "805e0c4d796d")),
    (subscribe("sip:MAC001565f4f9e1@224.0.1.75", "Yealink W52P 25.81.0.10",
               'ua-profile;profile-type="device";vendor="yealink";model="W52P";version="25.81.0.10"'),
     "001565f4f9e1", Told("yealink", "W52P", "25.81.0.10")),
    (subscribe("sip:MAC%3AC074AD112233@224.0.1.75", "Grandstream GRP2612W 1.0.5.67",
               'ua-profile;profile-type="device";vendor="Grandstream";model="GRP2612W";version="1.0.5.67"'),
     "c074ad112233", Told("grandstream", "GRP2612W", "1.0.5.67")),
    (subscribe("sip:MAC%3a000413741767@intern.snom.de", "",
               'ua-profile;profile-type="device";vendor="snom";model="snom370";version="8.7.5.48"'),
     "000413741767", Told("snom", "370", "8.7.5.48")),
    (subscribe("sip:0c383e07e16c@224.0.1.75", "",
               'ua-profile;profile-type="device";vendor="Fanvil";model="X4";version="2.10.2"'),
     "0c383e07e16c", Told("fanvil", "X4", "2.10.2")),
    (subscribe("sip:MAC=00304fa99948@224.0.1.75", "PLANET VIP-2140PT",
               'ua-profile;profile-type="device";vendor="PLANET";model="VIP-2140PT";version="2.0.3.2991"'),
     "00304fa99948", Told("other", "VIP-2140PT", "2.0.3.2991")),
]  # fmt: skip


@pytest.mark.parametrize(("datagram", "mac", "says"), REAL)
def test_who_asks_is_known(datagram: bytes, mac: str, says: Told) -> None:
    """By its user agent, else by the facts of its event."""
    asked = heard(datagram)
    assert asked is not None
    assert (asked.mac, asked.told, asked.contact) == (mac, says, "sip:192.168.1.2:5080")


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"OPTIONS sip:MAC%3a805e0c4d796d@224.0.1.75 SIP/2.0\r\n\r\n",
        YEALINK.replace(b"ua-profile", b"presence"),
        YEALINK.replace(b"805e0c4d796d", b"805e0c4d796"),
        YEALINK.replace(b"Call-ID: ", b"Other: "),
        YEALINK.replace(b"Contact: <sip:192.168.1.2:5080>", b"Contact: nobody"),
        YEALINK[:60],
    ],
)
def test_nothing_else_is_answered(datagram: bytes) -> None:
    """Other requests, other events, pieces."""
    assert heard(datagram) is None


@given(st.binary(max_size=300), st.integers(0, len(YEALINK)))
def test_whatever_comes_nothing_breaks(noise: bytes, at: int) -> None:
    """Noise in the middle of a good message gives a message or none, and no line of ours holds two."""
    asked = heard(YEALINK[:at] + noise + YEALINK[at:])
    if asked is not None:
        taken, notify = answers(asked, "http://10.0.0.5:8085/", "10.0.0.5:40000")
        assert taken.count(b"\r\n") == 10
        assert notify.partition(b"\r\n\r\n")[0].count(b"\r\n") == 11


def test_it_is_told_where_its_settings_are() -> None:
    """200 with the same transaction, then NOTIFY with the address, its length right."""
    asked = heard(YEALINK)
    assert asked is not None
    taken, notify = answers(asked, "http://10.0.0.5:8085/", "10.0.0.5:40000")
    assert taken.startswith(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.168.1.2:5080;branch=z9hG4bK1611133778;rport\r\n")
    assert b"\r\nCSeq: 20000 SUBSCRIBE\r\n" in taken
    head, _, body = notify.partition(b"\r\n\r\n")
    assert head.startswith(b"NOTIFY sip:192.168.1.2:5080 SIP/2.0\r\n")
    assert b"\r\nContent-Type: application/url\r\nContent-Length: %d" % len(body) in head
    assert b"\r\nSubscription-State: terminated;reason=timeout\r\n" in head
    assert body == b"http://10.0.0.5:8085/"


@dataclass(frozen=True)
class Mouth:
    """Remembers what was said."""

    sent: list[bytes]

    def write(self, data: bytes, to: object) -> None:
        self.sent.append(data)


class Asker(DatagramProtocol):
    """A telephone's own socket."""

    noisy = False

    def __init__(self) -> None:
        self.told: Deferred[bytes] = Deferred()

    def datagramReceived(self, data: bytes, source: Any) -> None:
        if data.startswith(b"NOTIFY ") and not self.told.called:
            self.told.callback(data.partition(b"\r\n\r\n")[2])


def test_it_is_heard_by_multicast() -> None:
    """Over a real group on loopback; with the address that the box has by then."""
    start()
    house = ADesk()
    number = free_port()
    pnp = PlugAndPlay(house.desk.window, "http://10.0.0.4:8085/", "127.0.0.1", "10.0.0.4", reactor, number)
    pnp.moved("http://10.0.0.5:8085/", "10.0.0.5")
    call(pnp.start)
    asker = Asker()
    loop: Any = reactor
    port: Any = call(lambda: loop.listenMulticast(0, asker, interface="127.0.0.1"))
    try:
        wire: Any = asker.transport
        call(lambda: wire.setOutgoingInterface("127.0.0.1"))
        call(lambda: wire.write(YEALINK, (GROUP, number)))

        async def story() -> bytes:
            return await asker.told

        assert run(story()) == b"http://10.0.0.5:8085/"
        assert house.states() == {"805e0c4d796d": ("waiting", None)}
    finally:
        call(pnp.stop)
        call(port.stopListening)


def test_a_refused_one_is_told_nothing() -> None:
    """Though it asks again and again."""
    start()
    house = ADesk()
    asked = heard(YEALINK)
    assert asked is not None
    now(house.desk.window.found(asked.mac, asked.told, "127.0.0.1"))
    now(house.desk.refuse(asked.mac, "it"))
    pnp = PlugAndPlay(house.desk.window, "http://10.0.0.5:8085/", "127.0.0.1", "10.0.0.5", reactor, free_port())
    sent: list[bytes] = []
    mouth: Any = Mouth(sent)
    pnp._mouth = mouth
    pnp.datagramReceived(YEALINK, ("127.0.0.1", 5080))
    assert sent == []
