"""SMPP with programs other people wrote: their message centre hears our gateway, their client our simulated centre."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import smpp34
import smpplib.client
import smpplib.exceptions
import smpplib.gsm

from appliance.foundation.bus import Bus
from appliance.simulator.radio import Network
from appliance.simulator.smsc import MessageCentre
from pbx.plan_messages import Smpp
from pbx.sms.office import Fate
from pbx.sms.smpp import SmppGateway
from pbx.sms.smpp_pdu import PAYLOAD
from tests.contracts.gateways import Desk, letter
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import call, reactor, run

LONG = "一病区28床呼叫无人应答,请您立即处理。" * 9


class TheirCentre:
    """smpp34's server, in a thread with an asyncio loop of its own."""

    def __init__(self) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        self.submitted: list[smpp34.SubmitSmEvent] = []
        self.answers: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """In its loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Listening until the block ends."""
        self._thread.start()
        server = self.do(self._started())
        going_on = asyncio.run_coroutine_threadsafe(self._serve(server), self._loop)
        try:
            yield
        finally:
            going_on.cancel()
            self.do(self._stopped(server))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    async def _started(self) -> smpp34.Server:
        server = smpp34.Server("127.0.0.1", self.port, system_id="THEIRS")
        await server.start()
        return server

    async def _stopped(self, server: smpp34.Server) -> None:
        await server.stop()

    async def _serve(self, server: smpp34.Server) -> None:
        esme: smpp34.Esme | None = None
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                esme = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                self.submitted.append(event)
                identity = f"{len(self.submitted) + 40:X}"
                event.accept(identity)
                if esme is not None:
                    await self._deliver(esme, event.destination_addr, identity)

    async def _deliver(self, esme: smpp34.Esme, number: str, identity: str) -> None:
        report = f"id:{int(identity, 16)} sub:001 dlvrd:001 submit date:2603020900 done date:2603020901 stat:DELIVRD"
        for text, kind in ((report.encode(), 4), ("收到".encode("utf-16-be"), 0)):
            coding = 0 if kind else 8
            told = await esme.deliver_sm(
                "10690000", text, source_addr=number, esm_class=kind, data_coding=coding, source_addr_ton=1
            )
            self.answers.append(told.command_status)


@pytest.mark.parametrize("long", ["udh", "payload"])
def test_their_message_centre_takes_our_messages(long: Any) -> None:
    """Long Chinese texts whole or in parts; their reports and texts come back, and are acknowledged."""
    centre, desk = TheirCentre(), Desk()

    async def story() -> list[str]:
        row = Smpp(id="smsc", host="127.0.0.1", port=centre.port, system_id="us", sender="10690000", long=long)
        gateway = SmppGateway(row, reactor, HurriedClock(reactor), Bus())
        gateway.attach(desk)
        gateway.start()
        try:
            await desk.ready.until(bool)
            said = letter(LONG, "+8613800138000")
            references = [await gateway.send(said, part) for part in range(1, gateway.parts(said) + 1)]
            await desk.receipts.until(lambda told: len(told) == len(references))
            await desk.came.until(lambda came: len(came) == len(references))
            return references
        finally:
            gateway.stop()

    with centre.serving():
        references = run(story())
    assert len(references) == (1 if long == "payload" else 3)
    for reference, receipt in zip(references, desk.receipts, strict=True):
        assert reference in receipt.references
        assert (receipt.to, receipt.fate) == ("8613800138000", Fate.DELIVERED)
    assert {(message.sender, message.text) for message in desk.came} == {("+8613800138000", "收到")}
    assert set(centre.answers) == {0}
    first = centre.submitted[0]
    assert (first.destination_addr, first.dest_addr_ton, first.registered_delivery) == ("8613800138000", 1, 1)
    if long == "payload":
        (payload,) = (tlv.value for tlv in first.tlvs if tlv.tag == PAYLOAD)
        assert payload.decode("utf-16-be") == LONG
    else:
        bodies = [event.short_message[event.short_message[0] + 1 :] for event in centre.submitted]
        assert b"".join(bodies).decode("utf-16-be") == LONG


@pytest.fixture
def ours() -> Iterator[MessageCentre]:
    """Our simulated centre, listening."""
    clock = HurriedClock(reactor)
    row = Smpp(id="smsc", host="127.0.0.1", port=1, system_id="hospital", sender="10690000")
    centre = MessageCentre(
        row.model_copy(update={"port": 0}), reactor=reactor, clock=clock, network=Network(clock), password="secret"
    )
    run(_start(centre))
    yield centre
    call(centre.stop)


async def _start(centre: MessageCentre) -> None:
    centre.start()


def test_their_client_is_served_by_our_simulated_centre(ours: MessageCentre) -> None:
    """Bind, a long message in parts, its reports, enquire_link, unbind."""
    heard: list[Any] = []
    client = smpplib.client.Client("127.0.0.1", ours.port, allow_unknown_opt_params=True)
    client.set_message_received_handler(lambda pdu: heard.append(pdu))
    client.connect()
    client.bind_transceiver(system_id="hospital", password="secret")
    parts, coding, esm_class = smpplib.gsm.make_parts(LONG)
    for part in parts:
        client.send_message(
            source_addr="10690000", destination_addr="13800138000", short_message=part, data_coding=coding,
            esm_class=esm_class, registered_delivery=True,
        )  # fmt: skip
    while len(heard) < len(parts):
        client.read_once()
    assert [message.text for message in call(lambda: list(ours._network.texts))] == [LONG]
    assert all(b"stat:DELIVRD" in report.short_message for report in heard)
    client.unbind()
    client.disconnect()


def test_their_client_is_turned_away_with_a_wrong_password(ours: MessageCentre) -> None:
    """As ours would be."""
    client = smpplib.client.Client("127.0.0.1", ours.port, allow_unknown_opt_params=True)
    client.connect()
    with pytest.raises(smpplib.exceptions.PDUError):
        client.bind_transceiver(system_id="hospital", password="wrong")
    client.disconnect()
