"""All ways of one plan together, over real sockets: the first fails, the next sends; alarms go out beside them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event
from appliance.simulator.message_ends import MessageEnds
from appliance.simulator.modem import Modems
from appliance.simulator.radio import Received
from pbx.events import MessageDelivered, MessageSent, NoticeSent
from pbx.messages import Messages
from pbx.notices import Notice
from pbx.plan import PbxPlan
from pbx.sms.http import Unwelcome
from tests.contracts.gateways import TOKEN
from tests.fakes.database import InlineDatabase
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import Heard, call, reactor, run

LONG = "一病区28床呼叫无人应答,请您立即处理。🏥" * 12


class World:
    """A modem, a message centre, an HTTP service, a mail server and a webhook, and the box between them."""

    def __init__(self, directory: Path) -> None:
        self.clock, self.bus = HurriedClock(reactor), Bus()
        rows: dict[str, Any] = {
            "modems": [{"id": "sms1", "device": "sms1"}],
            "smpp": [{"id": "smsc", "host": "127.0.0.1", "port": 1, "system_id": "h", "timeout": 5}],
            "http_sms": [{"id": "cloud", "url": "http://127.0.0.1:1/", "timeout": 5, "id_path": "id",
                          "inbound": {"token": f"env:{TOKEN}"}}],
            "mail": [{"id": "it", "host": "127.0.0.1", "security": "none", "sender": "a@b.example",
                      "to": ["c@d.example"]}],
            "webhooks": [{"id": "desk", "url": "http://127.0.0.1:1/"}],
        }  # fmt: skip
        plan = PbxPlan.model_validate(rows)
        self.modems = Modems(plan.modems, directory, reactor=reactor, clock=self.clock)
        self.ends = MessageEnds(plan, self.modems.network, reactor=reactor, clock=self.clock)
        self.texts: Heard[Received] = Heard()
        self.modems.network.told = self.texts.append
        self.health: Heard[HealthChanged] = Heard()
        self.events: Heard[Event] = Heard()
        self.bus.subscribe(HealthChanged, self.health.append)
        for kind in (MessageSent, MessageDelivered, NoticeSent):
            self.bus.subscribe(kind, self.events.append)
        self.rows, self.directory = rows, directory

    def start(self) -> None:
        """Both sides, on free ports."""
        for end in self.ends._all():
            end.port = 0
        self.ends.start()
        self.modems.start()
        self.rows["smpp"][0]["port"] = self.ends.centres["smsc"].port
        self.rows["http_sms"][0]["url"] = f"http://127.0.0.1:{self.ends.services['cloud'].port}/"
        self.rows["mail"][0]["port"] = self.ends.mail["it"].port
        self.rows["webhooks"][0]["url"] = f"http://127.0.0.1:{self.ends.hooks['desk'].port}/"
        self.plan = PbxPlan.model_validate(self.rows)
        self.messages = Messages(InlineDatabase(), self.directory, reactor=reactor, clock=self.clock, bus=self.bus)
        self.messages.start(self.plan)

    def stop(self) -> None:
        """Both sides."""
        self.messages.stop()
        self.ends.stop()
        self.modems.stop()

    async def is_up(self, *parts: str) -> None:
        """Wait until all of them are."""
        await self.health.until(lambda told: set(parts) <= {one.part for one in told if one.state is State.UP})

    async def told(self, kind: type[Event], times: int = 1) -> Any:
        """Wait for so many events of a kind; the last."""
        await self.events.until(lambda events: sum(isinstance(event, kind) for event in events) >= times)
        return [event for event in self.events if isinstance(event, kind)][-1]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Plays a story in a world of its own."""
    monkeypatch.setenv(TOKEN, "secret")
    world = World(tmp_path)

    def played(story: Callable[[World], Coroutine[Any, Any, None]]) -> None:
        call(world.start)
        run(story(world))

    yield played
    call(world.stop)


def test_when_the_first_falls_silent_the_next_one_sends(play: Callable[..., None]) -> None:
    """Modem, then message centre, then HTTP; each hangs with the message in its hands, and the phone gets it whole."""

    async def story(world: World) -> None:
        await world.is_up("sms:sms1", "sms:smsc")
        await world.messages.write("13800138000", "one")
        assert (await world.told(MessageSent)).gateway == "sms1"
        world.modems.modems["sms1"].act("unplug-in-message")
        await world.messages.write("13800138000", LONG)
        assert (await world.told(MessageSent, times=2)).gateway == "smsc"
        world.ends.centres["smsc"].act("hang")
        await world.messages.write("13800138000", "three")
        assert (await world.told(MessageSent, times=3)).gateway == "cloud"
        await world.texts.until(lambda texts: [text.text for text in texts] == ["one", LONG, "three"])
        world.modems.modems["sms1"].plug()
        world.ends.centres["smsc"].act("mend")
        seen = len(world.health)
        await world.health.until(
            lambda told: any(one.part == "sms:sms1" and one.state is State.UP for one in told[seen:])
        )
        await world.messages.write("13800138000", "four")
        assert (await world.told(MessageSent, times=4)).gateway == "sms1"

    play(story)


def test_alarms_go_out_and_a_service_reports(play: Callable[..., None]) -> None:
    """By mail and webhook; and a delivery report finds its message only with the token."""

    async def story(world: World) -> None:
        await world.is_up("sms:smsc")
        await world.messages.notices.accept(
            [Notice("mail:it", "故障", "线路中断", "c@d.example"), Notice("webhook:desk", "", '{"event": "trouble"}')]
        )
        await world.told(NoticeSent, times=2)
        assert world.ends.mail["it"].mails[0]["subject"] == "故障"
        assert world.ends.hooks["desk"].asked[0].body == b'{"event": "trouble"}'
        await world.messages.write("13800138000", "one", only="cloud")
        sent = await world.told(MessageSent)
        for gateway, token in (("cloud", "wrong"), ("smsc", "secret"), ("nobody", "secret")):
            with pytest.raises(Unwelcome):
                await world.messages.called(gateway, "report", token, {"id": "cloud-1", "status": "DELIVRD"})
        await world.messages.called("cloud", "report", "secret", {"id": "cloud-1", "status": "DELIVRD"})
        assert (await world.told(MessageDelivered)).message == sent.message

    play(story)


def test_another_plan_takes_up_what_waits(play: Callable[..., None]) -> None:
    """The gateway that is no longer in it is not asked again."""

    async def story(world: World) -> None:
        await world.is_up("sms:smsc")
        world.messages.close()
        await world.messages.write("13800138000", "waits")
        world.messages.open(PbxPlan.model_validate(world.rows | {"modems": [], "smpp": []}))
        assert (await world.told(MessageSent)).gateway == "cloud"

    play(story)
