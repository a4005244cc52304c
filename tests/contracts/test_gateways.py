"""Whatever carries a short message, the outbox may rely on the same: on the fake, a modem, SMPP and HTTP."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.health import State
from pbx.sms.office import Fate
from pbx.sms.trouble import GatewayError, NotReady
from tests.contracts.gateways import TOKEN, WAYS, Way, letter
from tests.real_reactor import run

LONG = "一病区28床呼叫无人应答,请您立即处理。🏥" * 12
Story = Callable[[Way], Coroutine[Any, Any, None]]
Play = Callable[[Story], Way]


@pytest.fixture(params=list(WAYS))
def play(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Plays a story on each kind of gateway in turn."""
    monkeypatch.setenv(TOKEN, "secret")

    def played(story: Story) -> Way:
        async def whole() -> Way:
            way = WAYS[request.param](tmp_path)
            way.start()
            try:
                await way.is_ready()
                await story(way)
            finally:
                way.stop()
            return way

        return run(whole())

    return played


def test_a_long_chinese_text_arrives_whole_and_is_reported(play: Play) -> None:
    """Each part has a reference, and a report under it says that the phone has it."""

    async def story(way: Way) -> None:
        references = await way.send(letter(LONG, "+8613800138000"))
        assert all(references)
        await way.texts.until(lambda texts: len(texts) == 1)
        assert (way.texts[0].to, way.texts[0].text) == ("+8613800138000", LONG)
        receipts = await way.desk.receipts.until(lambda told: len(told) == len(references))
        assert all(receipt.fate is Fate.DELIVERED for receipt in receipts)
        for reference in references:
            assert any(reference in receipt.references for receipt in receipts)

    play(story)


def test_a_refusal_is_an_error_and_the_next_message_goes(play: Play) -> None:
    """The gateway stays ready."""

    async def story(way: Way) -> None:
        way.refuse()
        with pytest.raises(GatewayError) as refusal:
            await way.send(letter("one"))
        assert not refusal.value.hopeless
        assert way.gateway.ready
        await way.send(letter("two", number=2))
        await way.texts.until(lambda texts: [text.text for text in texts] == ["two"])

    play(story)


def test_silence_ends_in_time_and_is_not_taken_for_a_yes(play: Play) -> None:
    """It is not ready then; mended, it says so and sends again, what it may have sent already, under the same id."""

    async def story(way: Way) -> None:
        await way.send(letter("zero", number=9))
        way.hang()
        with pytest.raises(GatewayError) as silence:
            await way.send(letter("one"))
        assert not isinstance(silence.value, NotReady)
        assert not way.gateway.ready
        with pytest.raises(NotReady):
            await way.send(letter("one"))
        way.mend()
        await way.is_ready()
        await way.send(letter("one"))
        await way.texts.until(lambda texts: texts[-1].text == "one")

    way = play(story)
    # One that knows a message by its id shows it once.
    if way.gateway.id in ("fake", "cloud"):
        assert [text.text for text in way.texts] == ["zero", "one"]


def test_one_that_is_gone_is_met_again(play: Play) -> None:
    """By itself, as soon as it is back."""

    async def story(way: Way) -> None:
        way.vanish()
        while way.gateway.ready:
            with pytest.raises(GatewayError):
                await way.send(letter("one"))
        way.mend()
        await way.is_ready()
        await way.send(letter("two", number=2))
        await way.texts.until(lambda texts: texts[-1].text == "two")

    play(story)


def test_what_people_write_is_brought_until_it_is_stored(play: Play) -> None:
    """The office fails at first; nothing is lost, the sender's number is whole."""

    async def story(way: Way) -> None:
        way.desk.broken = True
        way.write("+8613900139000", "1")
        await way.desk.refused.until(bool)
        way.desk.broken = False
        if way.gateway.id == "smsc":
            # A real centre brings it again by itself.
            way.write("+8613900139000", "1")
        (message,) = await way.desk.came.until(bool)
        assert (message.sender, message.text) == ("+8613900139000", "1")

    play(story)


def test_health_tells_what_is_up_and_what_is_not(play: Play) -> None:
    """Under `sms:<id>`, with a sentence."""

    async def story(way: Way) -> None:
        if way.gateway.id == "fake":
            return
        await way.send(letter("one"))
        up = await way.is_now(State.UP)
        assert up.part == f"sms:{way.gateway.id}"
        way.vanish()
        while way.gateway.ready:
            with pytest.raises(GatewayError):
                await way.send(letter("two", number=2))
        assert (await way.is_now(State.DOWN)).detail

    play(story)
