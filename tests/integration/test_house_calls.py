"""Whom the house itself calls outside, into a conference or to a bed: by the plan's routes, with the next behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pbx.callout import NotReached
from pbx.exchange import Exchange
from pbx.plan import PbxPlan
from tests.integration.asterisk import Telephony
from tests.integration.test_exchange import until_nobody_calls
from tests.integration.test_outgoing import on_trunks
from tests.real_reactor import call, run

IN_TOWN, MOBILE = "8657188886666", "8613800138000"
RING, TALK = timedelta(seconds=20), timedelta(seconds=60)


def by_unicom(plan: PbxPlan) -> PbxPlan:
    """The second trunk comes first; the house itself may call in town only."""
    name = {"zh": "线路", "en": "Lines"}
    outgoing = {
        "routes": [{"name": name, "trunks": ["unicom", "telecom"]}],
        "classes": [{"id": "town", "name": name, "may_dial": ["local"]}],
        "house": "town",
    }
    return PbxPlan.model_validate(plan.model_dump(mode="json", exclude={"outgoing"}) | {"outgoing": outgoing})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("house"), shape=by_unicom) as pair:
        yield pair


@pytest.fixture
def exchange(telephony: Telephony) -> Iterator[Exchange]:
    found = telephony.exchange()
    run(found.sweep())
    yield found
    run(telephony.simulator.carrier({"mode": "normal"}))
    call(found.stop)


async def over(telephony: Telephony, exchange: Exchange, number: str, *, urgent: bool = False) -> list[tuple[str, str]]:
    """Trunk and number of who was reached."""
    party = await exchange.callout.outside(number, RING, TALK, urgent=urgent)
    legs = [(trunk, dialled) for trunk, dialled, _ in await on_trunks(telephony)]
    assert [f"trunk-{party.trunk}"] == [trunk for trunk, _ in legs]
    await party.hang_up()
    await until_nobody_calls(telephony)
    return legs


def test_it_goes_by_the_routes(telephony: Telephony, exchange: Exchange) -> None:
    """Not over whichever trunk is first in the plan, and in the form of the line's carrier."""
    assert exchange.trunks.healthy()[0] == "telecom"
    assert [trunk for trunk, _ in run(over(telephony, exchange, IN_TOWN))] == ["trunk-unicom"]


@pytest.mark.parametrize("mode", ["congestion", "silent"])
def test_another_line_takes_over(telephony: Telephony, exchange: Exchange, mode: str) -> None:
    """As for any call."""
    run(telephony.simulator.carrier({"mode": mode, "trunk": "unicom"}))
    assert [trunk for trunk, _ in run(over(telephony, exchange, IN_TOWN))] == ["trunk-telecom"]


def test_what_the_house_may_not_call_is_called_only_where_it_matters(telephony: Telephony, exchange: Exchange) -> None:
    """A mobile is no number in town: an invitation does not go there; a nurse is called all the same."""
    with pytest.raises(NotReached, match="refused"):
        run(exchange.callout.outside(MOBILE, RING, TALK))
    assert len(run(over(telephony, exchange, MOBILE, urgent=True))) == 1
