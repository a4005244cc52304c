"""Trunks that log in, that have several hosts, and that travel encrypted, on a real Asterisk at both ends."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.health import HealthChanged
from appliance.foundation.values import Ended
from appliance.simulator.outside import OUTSIDE_TONE
from pbx.exchange import Exchange
from pbx.inbound.call import InboundCall
from pbx.incoming import IncomingCall
from pbx.plan import PbxPlan
from pbx.plan_trunks import SipTrunk
from pbx.trunk_lines import LineCall
from tests.e2e.sound import Recording
from tests.integration.asterisk import Telephony, way
from tests.pbx import certificates
from tests.real_reactor import Heard, call, reactor, run

NUMBER = "8613800138000"
PASSWORD = "what the carrier gave"


class Booth:
    """Serves 600 over telecom."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.answered: Callable[[datetime], Awaitable[None]] = _nothing
        self.ended: Heard[Ended] = Heard()
        exchange.numbers.register("600", self.serve)

    async def serve(self, caller: IncomingCall) -> None:
        number = caller.dialled.removeprefix("600")
        ended = await self.exchange.dialer.connect(
            caller, number, way("telecom", number), timedelta(minutes=5), self.answered
        )
        self.ended.append(ended)


async def _nothing(at: datetime) -> None:
    pass


def shaped(plan: PbxPlan, **options: object) -> PbxPlan:
    """`plan` with the first trunk changed."""
    first, *others = plan.trunks
    changed = SipTrunk.model_validate({**first.model_dump(), **options})
    return plan.model_copy(update={"trunks": (changed, *others)})


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    directory = tmp_path_factory.mktemp("registered")
    kept = directory / "telecom.secret"
    kept.write_text(PASSWORD)
    account = {"user": "057188880000", "password": f"file:{kept}", "registered": True, "caller_id": "", "shown": "pai"}
    with Telephony(directory, shape=lambda plan: shaped(plan, **account), passwords={"telecom": PASSWORD}) as pair:
        yield pair


def test_a_trunk_logs_in_and_proves_each_call(registered: Telephony) -> None:
    """The carrier asks for the password at REGISTER and at INVITE; it can reach us where we registered."""
    exchange = registered.exchange()
    booth = Booth(exchange)

    async def story() -> str:
        await is_logged_in(registered)
        dialled = await registered.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}", "talk": 2})
        await booth.ended.until(bool)
        return str(dialled["outcome"])

    assert run(story()) == "answered"
    assert booth.ended[0].outcome == "answered"
    call(exchange.stop)


def test_the_carrier_reaches_us_where_we_registered(registered: Telephony) -> None:
    """Not at an address that we know it by: the call is the trunk's because it came to what we registered for it."""
    exchange = registered.exchange()
    arrived: Heard[InboundCall] = Heard()

    async def serve(caller: InboundCall) -> None:
        arrived.append(caller)
        await caller.answer()
        await caller.leg.gone.wait()

    exchange.inbound = serve

    async def story() -> None:
        await is_logged_in(registered)
        await registered.simulator.call_in({"called": "057188880000", "caller": "13900000001", "talk": 1})

    over: Heard[LineCall] = Heard()
    exchange.trunks.told = over.append
    run(story())
    run(over.until(bool))
    assert [(caller.trunk, caller.dialled) for caller in arrived] == [("telecom", "057188880000")]
    assert [(line.trunk, line.incoming, line.outcome) for line in over] == [("telecom", True, "answered")]
    call(exchange.stop)


async def is_logged_in(telephony: Telephony) -> None:
    """Wait until the carrier knows where we are."""
    while not any(
        found["state"] == "online"
        for found in await telephony.simulator._board.ari.request("GET", "endpoints/PJSIP")
        if found["resource"] == "trunk-telecom"
    ):
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))


def test_nobody_is_a_carrier_by_saying_so(registered: Telephony) -> None:
    """A stranger names the trunk as who calls: Asterisk wants a proof that there is none of, and we hear of nothing."""
    exchange = registered.exchange()
    arrived: Heard[InboundCall] = Heard()

    async def serve(caller: InboundCall) -> None:
        arrived.append(caller)

    exchange.inbound = serve
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(20)
        stranger.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{stranger.getsockname()[1]}"
        invite = (
            f"INVITE sip:057188880000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK1;rport\r\n"
            f"From: <sip:trunk-telecom@127.0.0.1>;tag=1\r\nTo: <sip:057188880000@127.0.0.1>\r\nCall-ID: stranger\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:trunk-telecom@{here}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        stranger.sendto(invite.encode(), ("127.0.0.1", registered.settings.sip_port))
        answer = stranger.recv(4096)
    assert answer.startswith(b"SIP/2.0 401")
    assert arrived == []
    call(exchange.stop)


def test_a_registration_that_is_refused_is_told(tmp_path: Path) -> None:
    """The trunk still answers probes; it is used when there is no other."""
    kept = tmp_path / "telecom.secret"
    kept.write_text(PASSWORD)
    account = {"user": "057188880000", "password": f"file:{kept}", "registered": True}
    with Telephony(tmp_path, shape=lambda plan: shaped(plan, **account), passwords={"telecom": "wrong"}) as pair:
        # It may be told before the first probe is answered: then it is never up.
        exchange = pair.exchange(found={"telecom": "degraded"})

        def refused(heard: list[HealthChanged]) -> bool:
            return any(event.detail == "The carrier refuses our registration: user or password." for event in heard)

        run(pair.health.until(refused))
        assert exchange.trunks.healthy() == ["unicom"]


def test_a_password_is_in_no_log(registered: Telephony) -> None:
    """Not of the exchange."""
    assert [file for file, text in registered.said() if PASSWORD in text] == []


def test_the_next_host_of_a_carrier_is_tried(tmp_path: Path) -> None:
    """The first answers probes but no call; the call goes through the second, and counts for the same trunk."""

    def two(plan: PbxPlan) -> PbxPlan:
        other = plan.trunks[1]
        assert isinstance(other, SipTrunk)
        return shaped(plan, hosts=[f"127.0.0.1:{other.port}"])

    with Telephony(tmp_path, shape=two) as pair:
        exchange = pair.exchange()
        booth = Booth(exchange)

        async def story() -> None:
            await pair.simulator.carrier({"mode": "silent", "trunk": "telecom"})
            await pair.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}", "talk": 2})
            await booth.ended.until(bool)

        run(story())
        assert [ended.outcome for ended in booth.ended] == ["answered"]


def test_a_call_over_tls_is_encrypted(tmp_path: Path) -> None:
    """The carrier proves itself by its certificate; what both sides say is SRTP, and is heard."""

    def safe(plan: PbxPlan) -> PbxPlan:
        return shaped(plan, transport="tls", srtp="required")

    with Telephony(tmp_path, shape=safe) as pair:
        exchange = pair.exchange()
        booth = Booth(exchange)
        said: list[str] = []

        async def answered(at: datetime) -> None:
            for found in await exchange.board.channels():
                if "-out-" in found.id:
                    told = await exchange.board.ari.request(
                        "GET", f"channels/{found.id}/variable", variable="CHANNEL(rtp,secure)"
                    )
                    said.append(told["value"])

        booth.answered = answered

        async def story() -> Path:
            told = await pair.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}", "talk": 4, "hear": True})
            await booth.ended.until(bool)
            return Path(str(told["heard"]))

        heard = run(story())
        assert [ended.outcome for ended in booth.ended] == ["answered"]
        assert Recording(heard.read_bytes()).seconds_of(OUTSIDE_TONE) > 0.5
        assert said == ["1"]


def test_a_carrier_that_cannot_prove_itself_gets_no_call(tmp_path: Path) -> None:
    """Its certificate is by nobody whom the box trusts: to us it is dead."""
    others = certificates.make(tmp_path).authority
    with_tls = Telephony(tmp_path, shape=lambda plan: shaped(plan, transport="tls", srtp="required"))
    with_tls.settings = with_tls.settings.model_copy(update={"tls_authorities": str(others)})
    with with_tls as pair:
        assert pair.exchange(found={"telecom": "down"}).trunks.healthy() == ["unicom"]


@pytest.mark.parametrize(
    ("called_in", "dialled"), [("uri", "057188880000"), ("to", "057188880123"), ("p-called-party-id", "057188880456")]
)
def test_the_called_number_is_where_the_plan_says(tmp_path: Path, called_in: str, dialled: str) -> None:
    """A carrier over TCP, from an address of its own: URI, To and P-Called-Party-ID name three different numbers."""
    far = "127.0.0.7"

    def by_tcp(plan: PbxPlan) -> PbxPlan:
        return shaped(plan, host=far, transport="tcp", called_in=called_in)

    with Telephony(tmp_path, shape=by_tcp) as pair:
        exchange = pair.exchange(found={"telecom": "down"})
        arrived: Heard[InboundCall] = Heard()

        async def serve(caller: InboundCall) -> None:
            arrived.append(caller)
            await caller.hang_up(17)

        exchange.inbound = serve
        with socket.create_connection(("127.0.0.1", pair.settings.sip_port), 20, (far, 0)) as carrier:
            here = f"{far}:{carrier.getsockname()[1]}"
            carrier.sendall(
                (
                    f"INVITE sip:057188880000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP {here};branch=z9hG4bK1;rport\r\n"
                    f'From: <sip:13900000001@{far}>;tag=1\r\nTo: "Ward" <sip:057188880123@127.0.0.1>\r\n'
                    f"P-Called-Party-ID: <sip:+057188880456@127.0.0.1;user=phone>\r\nCall-ID: {called_in}\r\n"
                    f"CSeq: 1 INVITE\r\nContact: <sip:13900000001@{here};transport=tcp>\r\nMax-Forwards: 70\r\n"
                    "Content-Length: 0\r\n\r\n"
                ).encode()
            )
            run(arrived.until(bool))
        assert [(caller.trunk, caller.dialled.lstrip("+")) for caller in arrived] == [("telecom", dialled)]
