"""A supervisor with a call of two others: what each of the three hears, by telephones that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.clock import ReactorClock
from pbx.calls.events import CallReleased, CallSupervised
from pbx.exchange import Exchange
from pbx.supervision import NoSupervision, Supervision
from tests.integration.asterisk import Telephony
from tests.integration.soft_phone import FIRST, SECOND, THIRD, phones
from tests.real_reactor import Heard, call, reactor, run


@pytest.fixture
def supervision(telephony: Telephony, exchange: Exchange) -> Iterator[Supervision]:
    numbers = frozenset(telephony.plan.numbers())
    made = Supervision(
        exchange.dialer, exchange.callout, exchange.board, numbers.__contains__, telephony.database,
        ReactorClock(reactor), telephony.bus,
    )  # fmt: skip
    yield made
    call(made.stop)


def test_listening_whispering_joining_and_ending(
    telephony: Telephony, exchange: Exchange, supervision: Supervision, tmp_path: Path
) -> None:
    """8004 talks with 8005; 8006 listens unheard, whispers to 8004 alone, joins both, ends the call: all on record."""
    acts: Heard[Any] = Heard()
    telephony.bus.subscribe(CallSupervised, acts.append)
    telephony.bus.subscribe(CallReleased, acts.append)
    with phones(telephony, tmp_path, {"8004": FIRST, "8005": SECOND, "8006": THIRD}) as (agent, client, boss):

        async def story() -> None:
            await agent.command("dial", "8005")
            await agent.hears(SECOND)
            name = supervision.talks()[0].call
            await supervision.attend(name, "listen", "8006", "manager")
            await boss.hears_both(FIRST, SECOND)
            await agent.hears(SECOND)
            await supervision.attend(name, "whisper", "8006", "manager")
            await agent.hears_both(SECOND, THIRD)
            await client.hears(FIRST)
            assert supervision.attended(name) == [("8006", "whisper")]
            await supervision.attend(name, "join", "8006", "manager")
            await client.hears_both(FIRST, THIRD)
            await boss.hears_both(FIRST, SECOND)
            await supervision.release(name, "manager")
            for one in (agent, client, boss):
                await one.happens("CALL_CLOSED")

        run(story())
    assert [getattr(act, "mode", "ended") for act in acts] == ["listen", "whisper", "join", "ended"]
    assert {act.by for act in acts} == {"manager"}


def test_a_call_goes_on_when_its_supervisor_leaves(
    telephony: Telephony, exchange: Exchange, supervision: Supervision, tmp_path: Path
) -> None:
    """8006 joins and hangs up: the two talk on; and what is not there is said so."""
    with phones(telephony, tmp_path, {"8004": FIRST, "8005": SECOND, "8006": THIRD}) as (agent, client, boss):

        async def story() -> None:
            with pytest.raises(NoSupervision, match="already ended"):
                await supervision.attend("none", "listen", "8006", "manager")
            await agent.command("dial", "8005")
            await agent.hears(SECOND)
            name = supervision.talks()[0].call
            with pytest.raises(NoSupervision, match="8005 is in this call itself"):
                await supervision.attend(name, "listen", "8005", "manager")
            with pytest.raises(NoSupervision, match="8009 does not answer"):
                await supervision.attend(name, "listen", "8009", "manager")
            await supervision.attend(name, "join", "8006", "manager")
            await boss.command("hangup")
            await boss.happens("CALL_CLOSED")
            await agent.hears(SECOND)
            await client.hears(FIRST)
            assert supervision.attended(name) == []

        run(story())
