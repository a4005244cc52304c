"""The modem against the simulated one, over a real pseudo terminal."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.health import State
from pbx.events import MessageDelivered, MessageFailed, MessageReceived, MessageSent
from pbx.sms.inbox import Incoming
from pbx.sms.office import Receipt
from pbx.sms.outbox import Outbox
from pbx.sms.pdu import Deliver, encode_deliver, framed
from tests.fakes.database import InlineDatabase
from tests.pbx.sms.world import World
from tests.real_reactor import Heard, run

NIGHT = "一病区28床呼叫已三分钟无人应答,一级护理,患者张三,请您立即处理。"
LONG = NIGHT * 5 + "🏥" * 20


def played(tmp_path: Path, story: Any, modems: int = 1) -> World:
    """Start a world, play `story(world)` in it, and end it."""

    async def whole() -> World:
        world = World(tmp_path, InlineDatabase(), modems=modems)
        world.start()
        try:
            scene: Coroutine[Any, Any, None] = story(world)
            await scene
        finally:
            world.stop()
        return world

    return run(whole())


def test_a_long_chinese_text_arrives_whole_and_is_reported_delivered(tmp_path: Path) -> None:
    """Several parts, surrogate pairs among them, come together in the phone; the network's reports come back."""

    async def story(world: World) -> None:
        message = await world.outbox.accept("+8613800138000", LONG, about="call-1")
        await world.phones_show(LONG)
        delivered = await world.told(MessageDelivered)
        assert isinstance(delivered, MessageDelivered)
        assert (delivered.message, delivered.about) == (message, "call-1")

    world = played(tmp_path, story)
    assert world.texts[0].to == "+8613800138000"
    assert world.texts[0].parts > 3
    assert [type(event) for event in world.events] == [MessageSent, MessageDelivered]
    assert [told.state for told in world.health] == [State.UP]
    assert dict(world.health[-1].facts) == {"sim": "ready", "dbm": "-71", "bars": "4", "operator": "CHINA MOBILE"}


def test_a_modem_plugged_in_later_sends_what_waited(tmp_path: Path) -> None:
    """While the device is missing the message waits, and health says so."""

    async def story(world: World) -> None:
        world.far.unplug()
        await world.outbox.accept("13800138000", "第一条")
        down = await world.is_now(State.DOWN)
        assert down.part == "sms:sms1"
        world.far.plug()
        await world.phones_show("第一条")
        await world.is_now(State.UP)

    played(tmp_path, story)


def test_unplugged_in_the_middle_of_a_message_it_goes_out_after(tmp_path: Path) -> None:
    """The plug is pulled at the prompt; once it is back, every part arrives, and the phone shows one text."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("unplug-in-message")
        await world.outbox.accept("13800138000", LONG)
        await world.is_now(State.DOWN)
        world.far.plug()
        await world.phones_show(LONG)

    played(tmp_path, story)


def test_a_modem_that_hangs_at_the_prompt_is_met_afresh(tmp_path: Path) -> None:
    """It takes the PDU and says nothing more; health is down until it answers, then the message goes out."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("break")
        await world.outbox.accept("13800138000", NIGHT)
        down = await world.is_now(State.DOWN)
        assert down.detail == "the modem does not answer"
        world.far.act("mend")
        await world.phones_show(NIGHT)

    played(tmp_path, story)


def test_a_silent_modem_is_noticed_with_nothing_to_send(tmp_path: Path) -> None:
    """The regular look at the signal is enough to know."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("silence")
        assert (await world.is_now(State.DOWN)).detail == "the modem does not answer"
        world.far.act("mend")
        await world.is_now(State.UP)

    played(tmp_path, story)


def test_refused_messages_are_tried_again(tmp_path: Path) -> None:
    """Two passing faults of the network; health says what it was; the third try goes through."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.refuse_next(38, times=2)
        await world.outbox.accept("13800138000", NIGHT)
        degraded = await world.is_now(State.DEGRADED)
        assert degraded.detail == "the network is out of order"
        await world.phones_show(NIGHT)
        await world.is_now(State.UP)

    played(tmp_path, story)


def test_a_number_that_does_not_exist_is_not_tried_again(tmp_path: Path) -> None:
    """The network's word is passed on."""

    async def story(world: World) -> None:
        world.far.refuse_next(1, times=1)
        await world.outbox.accept("13800138000", NIGHT)
        failed = await world.told(MessageFailed)
        assert isinstance(failed, MessageFailed)
        assert failed.why == "the number does not exist"

    assert not played(tmp_path, story).texts


def test_without_a_network_messages_wait_untried(tmp_path: Path) -> None:
    """Not registered is down; when the network is back, what waited goes out."""

    async def story(world: World) -> None:
        world.far.act("no-signal")
        await world.outbox.accept("13800138000", NIGHT)
        assert (await world.is_now(State.DOWN)).detail == "the modem is not registered with a network"
        world.far.act("mend")
        await world.phones_show(NIGHT)

    played(tmp_path, story)


def test_a_message_that_never_reached_its_phone_has_failed(tmp_path: Path) -> None:
    """The delivery report says the network gave up."""

    async def story(world: World) -> None:
        world.far.act("failed-delivery")
        await world.outbox.accept("13800138000", NIGHT)
        await world.told(MessageFailed)

    played(tmp_path, story)


def test_garbage_and_a_restart_do_not_keep_messages_back(tmp_path: Path) -> None:
    """Noise on the line, then a modem that forgets all its settings."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("garbage")
        await world.outbox.accept("13800138000", "one")
        await world.told(MessageSent)
        world.far.act("restart")
        await world.outbox.accept("13800138000", "two")
        await world.phones_show("one", "two")

    played(tmp_path, story)


def test_a_modem_that_restarted_without_a_word_is_in_text_mode(tmp_path: Path) -> None:
    """Sent there, a PDU would be a text to nobody; so every message asks for PDU mode first."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("restart-unnoticed")
        await world.outbox.accept("13800138000", "one")
        await world.phones_show("one")

    assert [told.state for told in played(tmp_path, story).health] == [State.UP]


def test_texts_that_come_in_are_stored_and_leave_the_modem(tmp_path: Path) -> None:
    """One came before the box was there, one short, one long and Chinese; the SIM is empty afterwards."""

    async def story(world: World) -> None:
        write(world, "13900139000", "early")
        await world.told(MessageReceived)
        write(world, "+8613900139000", LONG)
        received = await world.told(MessageReceived, times=2)
        assert isinstance(received, MessageReceived)
        assert (received.sender, received.text, received.gateway) == ("+8613900139000", LONG, "sms1")
        write(world, "Hospital", "收到")
        last = await world.told(MessageReceived, times=3)
        assert isinstance(last, MessageReceived)
        assert (last.sender, last.text) == ("Hospital", "收到")
        # Commands are answered in turn: once the second of these is sent, the deletions are done.
        for number in (1, 2):
            await world.outbox.accept("13900139000", "thanks")
            await world.told(MessageSent, times=number)
        assert world.far.stored() == {}

    played(tmp_path, story)


class Forgetful:
    """An office that cannot store at first."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.broken = True
        self.refused: Heard[str] = Heard()

    def gateway_ready(self) -> None:
        self.outbox.gateway_ready()

    async def part_arrived(self, gateway: str, message: Deliver) -> None:
        await self.outbox.part_arrived(gateway, message)

    async def reported(self, gateway: str, receipt: Receipt) -> None:
        await self.outbox.reported(gateway, receipt)

    async def arrived(self, gateway: str, message: Incoming) -> None:
        if self.broken:
            self.refused.append(message.text)
            raise OSError("disk full")
        await self.outbox.arrived(gateway, message)


def test_a_text_leaves_the_modem_only_after_it_is_stored(tmp_path: Path) -> None:
    """While the database is broken it stays on the SIM, and is handed over again later."""

    async def story(world: World) -> None:
        office = Forgetful(world.outbox)
        world.modems[0].attach(office)
        write(world, "13900139000", LONG)
        await office.refused.until(lambda refused: len(refused) >= 2)
        assert len(world.far.stored()) > 3
        office.broken = False
        received = await world.told(MessageReceived)
        assert isinstance(received, MessageReceived)
        assert received.text == LONG

    played(tmp_path, story)


def test_a_message_nobody_can_read_is_kept_as_it_is(tmp_path: Path) -> None:
    """Cut-off octets on the SIM: stored in hexadecimal, once, and out of the way of the next message."""

    async def story(world: World) -> None:
        world.far.receive(bytes.fromhex("000405"))
        write(world, "13900139000", "good")
        await world.told(MessageReceived, times=2)

    world = played(tmp_path, story)
    texts = [event.text for event in world.events if isinstance(event, MessageReceived)]
    assert texts == ["000405", "good"]


def test_another_modem_sends_what_one_began(tmp_path: Path) -> None:
    """The first modem vanishes in the middle: the phone gets the whole from the second."""

    async def story(world: World) -> None:
        await world.health.until(lambda told: len(told) == 2)
        world.far.act("unplug-in-message")
        await world.outbox.accept("13800138000", LONG)
        await world.phones_show(LONG)
        assert world.texts[0].modem == "sms2"
        assert world.health[-1].part == "sms:sms1"

    played(tmp_path, story, modems=2)


def test_a_modem_that_hangs_is_reset(tmp_path: Path) -> None:
    """It answers to nothing but AT+CFUN=1,1; after some spells of silence it gets that, and sends again."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("hang-until-reset")
        await world.outbox.accept("13800138000", NIGHT)
        await world.is_now(State.DOWN)
        await world.phones_show(NIGHT)
        await world.is_now(State.UP)

    played(tmp_path, story)


def test_a_modem_astray_is_reset(tmp_path: Path) -> None:
    """Ten minutes without a network, and it starts anew."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        reset: Heard[str] = Heard()
        whole = world.far.reset
        world.far.reset = lambda: (reset.append("reset"), whole())[1]  # type: ignore[method-assign, func-returns-value]
        world.far.act("no-signal")
        await world.is_now(State.DOWN)
        world.clock.skip(timedelta(minutes=10))
        await reset.until(bool)
        world.far.act("mend")
        await world.is_now(State.UP)

    played(tmp_path, story)


def test_a_full_memory_is_cleared_of_our_own(tmp_path: Path) -> None:
    """Copies of what went out fill the SIM: they go, and what waits in the network comes in."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act("fill")
        write(world, "13900139000", "waits in the network")
        received = await world.told(MessageReceived)
        assert isinstance(received, MessageReceived)
        assert received.text == "waits in the network"

    played(tmp_path, story)


def test_a_memory_full_of_halves_is_cleared_too(tmp_path: Path) -> None:
    """Parts whose others find no room are stored as they are, with a mark for what is missing."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        for number in range(20):
            first, *_ = world.simulated.network.written(f"1390013{number:04}", LONG)
            world.far.receive(framed(encode_deliver(first)))
        write(world, "13900139000", "good")
        await world.told(MessageReceived, times=21)

    world = played(tmp_path, story)
    texts = [event.text for event in world.events if isinstance(event, MessageReceived)]
    assert "good" in texts
    assert sum("[…]" in text for text in texts) == 20


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("sim-pin", "the SIM wants its PIN: take the PIN off the SIM in a telephone"),
        ("sim-puk", "the SIM is blocked and wants its PUK"),
        ("no-sim", "there is no SIM in the modem"),
    ],
)
def test_a_sim_that_cannot_send_is_said_plainly(tmp_path: Path, action: str, sentence: str) -> None:
    """In a sentence that says what to do."""

    async def story(world: World) -> None:
        await world.is_now(State.UP)
        world.far.act(action)
        await world.health.until(lambda told: told[-1].detail == sentence)
        world.far.act("mend")
        await world.is_now(State.UP)

    played(tmp_path, story)


def test_a_weak_signal_is_degraded(tmp_path: Path) -> None:
    """With how weak it is."""

    async def story(world: World) -> None:
        world.far.act("weak-signal")
        weak = await world.is_now(State.DEGRADED)
        assert (weak.detail, dict(weak.facts)["bars"]) == ("weak signal, {dbm} dBm", "0")

    played(tmp_path, story)


def write(world: World, sender: str, text: str) -> None:
    """Somebody writes to the hospital."""
    for part in world.simulated.network.written(sender, text):
        world.far.receive(framed(encode_deliver(part)))
