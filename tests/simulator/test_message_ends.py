"""The far ends of messages, by their verbs; only those on this very box are simulated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.simulator.control import Simulator
from appliance.simulator.message_ends import MessageEnds
from appliance.simulator.radio import Network
from appliance.simulator.web_ends import WebEnd
from pbx.plan import PbxPlan
from pbx.plan_messages import HttpSms, Mail, Smpp, Webhook
from pbx.sms.http import HttpGateway
from pbx.sms.smpp import SmppGateway
from pbx.sms.trouble import Declined
from tests.contracts.gateways import Desk, letter
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import call, reactor, run


class World:
    """A plan with one end of each kind here, and one of each elsewhere."""

    def __init__(self) -> None:
        there = {"host": "smsc.example", "tls": True, "system_id": "h"}
        plan = PbxPlan(
            smpp=(
                Smpp(id="smsc", host="127.0.0.1", port=1, system_id="h"),
                Smpp.model_validate({"id": "far", **there}),
            ),
            http_sms=(HttpSms(id="cloud", url="http://127.0.0.1:1/"), HttpSms(id="there", url="https://sms.example/")),
            webhooks=(Webhook(id="desk", url="http://127.0.0.1:1/"),),
            mail=(Mail(id="it", host="127.0.0.1", security="none", sender="a@b.example", to=("c@d.example",)),),
        )
        self.clock = HurriedClock(reactor)
        self.network = Network(self.clock)
        self.ends = MessageEnds(plan, self.network, reactor=reactor, clock=self.clock)
        for end in self.ends._all():
            end.port = 0
        self.simulator = Simulator()
        self.ends.register(self.simulator)

    async def ask(self, verb: str, **request: Any) -> dict[str, Any]:
        """What the control socket would answer."""
        return await self.simulator.answer({"verb": verb, **request})


@pytest.fixture
def world() -> Iterator[World]:
    """Listening on free ports."""
    made = World()
    call(made.ends.start)
    yield made
    call(made.ends.stop)


def test_only_ends_on_this_box_are_there(world: World) -> None:
    """Nothing opens a port to others."""
    assert (list(world.ends.centres), list(world.ends.services)) == (["smsc"], ["cloud"])
    for end in world.ends._all():
        there = end._door if isinstance(end, WebEnd) else end
        assert there._listening.getHost().host == "127.0.0.1"


def test_a_message_centre_is_broken_and_mended_by_verb(world: World) -> None:
    """Its phones show what it took; somebody writes back."""
    desk = Desk()

    async def story() -> None:
        row = Smpp(id="smsc", host="127.0.0.1", port=world.ends.centres["smsc"].port, system_id="h")
        gateway = SmppGateway(row, reactor, world.clock, Bus())
        gateway.attach(desk)
        gateway.start()
        await desk.ready.until(bool)
        assert (await world.ask("smsc", action="refuse", status=88))["ok"]
        with pytest.raises(Declined, match="busy"):
            await gateway.send(letter("one"), 1)
        await gateway.send(letter("one"), 1)
        assert [text.text for text in world.network.texts] == ["one"]
        await world.ask("smsc", action="deliver", **{"from": "13900139000", "text": "收到"})
        await desk.came.until(bool)
        assert desk.came[0].text == "收到"
        assert not (await world.ask("smsc", action="dance"))["ok"]
        gateway.stop()

    run(story())


def test_a_service_is_broken_by_verb(world: World) -> None:
    """The next request is refused, the one after is not."""

    async def story() -> None:
        row = HttpSms(id="cloud", url=f"http://127.0.0.1:{world.ends.services['cloud'].port}/")
        gateway = HttpGateway(row, reactor, world.clock, Bus())
        gateway.start()
        await world.ask("sms-http", action="refuse", status=400)
        with pytest.raises(Declined):
            await gateway.send(letter("one"), 1)
        await gateway.send(letter("one"), 1)
        assert (await world.ask("sms-http"))["asked"] == 2
        assert (await world.ask("mail"))["taken"] == []
        assert (await world.ask("webhook"))["requests"] == []
        gateway.stop()

    run(story())
