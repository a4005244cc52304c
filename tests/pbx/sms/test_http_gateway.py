"""An HTTP gateway as the plan's templates describe it: what it is asked, and what counts as a yes."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.simulator.control import Answer
from appliance.simulator.web_ends import WebEnd
from pbx.plan_messages import HttpSms
from pbx.sms.http import HttpGateway, Unwelcome, pick
from pbx.sms.trouble import Declined, GatewayError, Gone
from tests.contracts.gateways import TOKEN, Desk, letter
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import call, reactor, run


class World:
    """A gateway and its service, which answers what it is told to."""

    def __init__(self) -> None:
        self.clock, self.bus, self.desk = HurriedClock(reactor), Bus(), Desk()
        self.health: list[HealthChanged] = []
        self.bus.subscribe(HealthChanged, self.health.append)
        self.answer: Answer = {"code": 0}
        self.end = WebEnd("x", "http://127.0.0.1:0/", lambda _: self.answer, reactor=reactor, clock=self.clock)

    def gateway(self, **row: Any) -> HttpGateway:
        """As the plan's row says."""
        usual = {"id": "cloud", "url": f"http://127.0.0.1:{self.end.port}/send"}
        made = HttpGateway(HttpSms.model_validate(usual | row), reactor, self.clock, self.bus)
        made.attach(self.desk)
        made.start()
        return made

    def sends(self, text: str = "好 a&b", **row: Any) -> str:
        """The reference one message got."""
        return run(self._send(text, row))

    async def _send(self, text: str, row: dict[str, Any]) -> str:
        gateway = self.gateway(**row)
        try:
            return await gateway.send(letter(text, "+8613800138000"), 1)
        finally:
            gateway.stop()


@pytest.fixture
def world() -> Iterator[World]:
    """Listening."""
    made = World()
    call(made.end.start)
    yield made
    call(made.end.stop)


def test_a_form_in_the_query(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By GET, every value quoted, the secret from the environment."""
    monkeypatch.setenv(TOKEN, "s&cret")
    query = "key={{ secrets.k|urlencode }}&to={{ to|urlencode }}&text={{ text|urlencode }}"
    url = f"http://127.0.0.1:{world.end.port}/api?{query}"
    world.sends(url=url, method="GET", secrets={"k": f"env:{TOKEN}"})
    (asked,) = world.end.asked
    assert asked.fields == {"key": "s&cret", "to": "+8613800138000", "text": "好 a&b"}
    assert asked.body == b""


def test_json_with_a_header(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id is the message's own: an idempotency key."""
    monkeypatch.setenv(TOKEN, "secret")
    world.answer = {"data": [{"id": 42}]}
    reference = world.sends(
        'say "hi"\n', headers={"Authorization": "Bearer {{ secrets.k }}", "Idempotency-Key": "{{ id }}"},
        secrets={"k": f"env:{TOKEN}"}, id_path="data[0].id",
    )  # fmt: skip
    (asked,) = world.end.asked
    assert json.loads(asked.body) == {"to": "+8613800138000", "text": 'say "hi"\n', "id": f"{1:032x}"}
    assert (asked.headers["authorization"], asked.headers["idempotency-key"]) == ("Bearer secret", f"{1:032x}")
    assert reference == "42"


@pytest.mark.parametrize(
    ("answer", "row", "hopeless"),
    [
        ({"code": 7}, {"success_path": "code", "success": "^0$"}, False),
        ({}, {"success_path": "code", "success": "^0$"}, False),
        ({"code": 404, "msg": "unknown number"}, {"success": '"code": 0', "hopeless": "unknown number"}, True),
    ],
)
def test_a_polite_no_is_a_no(world: World, answer: Answer, row: dict[str, str], hopeless: bool) -> None:
    """Status 200 says nothing where the plan wants more."""
    world.answer = answer
    with pytest.raises(Declined) as no:
        world.sends(**row)
    assert no.value.hopeless is hopeless


@pytest.mark.parametrize(("status", "rests"), [(500, True), (503, True), (401, True), (429, True), (400, False)])
def test_what_speaks_of_the_gateway_lets_it_rest(world: World, status: int, rests: bool) -> None:
    """Down and left alone for a while; a bad message is only that message's trouble."""

    async def story() -> None:
        gateway = world.gateway()
        world.end.refuse_next(status, 1)
        with pytest.raises(Declined):
            await gateway.send(letter("one"), 1)
        assert gateway.ready is not rests
        states = [told.state for told in world.health]
        assert states[-1] is (State.DOWN if rests else State.DEGRADED)
        if rests:
            seen = len(world.desk.ready)
            await world.desk.ready.until(lambda told: len(told) > seen)
        await gateway.send(letter("one"), 1)
        # On a busy machine it may count as slow.
        assert [told.state for told in world.health][-1] in (State.UP, State.DEGRADED)
        gateway.stop()

    run(story())


def test_a_slow_gateway_is_impaired(world: World) -> None:
    """It sends all the same."""
    call(lambda: world.end.act("slow"))
    world.sends(timeout=30)
    assert world.health[-1].state is State.DEGRADED


def test_a_missing_secret_is_named_and_nothing_is_asked(world: World) -> None:
    """Not sent half."""
    with pytest.raises(Declined):
        world.sends(secrets={"k": "env:NIGHTBELL_NO_SUCH"})
    assert world.end.asked == []
    assert "env:NIGHTBELL_NO_SUCH" in world.health[-1].detail


def test_a_header_takes_no_second_line(world: World) -> None:
    """A text cannot write headers of its own."""
    with pytest.raises(GatewayError):
        world.sends("a\r\nX-Evil: 1", headers={"X-Text": "{{ text }}"})
    assert world.end.asked == []


def test_nobody_there(world: World) -> None:
    """Not reached is not silence: nothing was asked."""
    call(world.end.stop)
    with pytest.raises(Gone):
        world.sends()


CASES: list[tuple[Any, str, str]] = [
    ({"a": {"b": [1, {"c": "x"}]}}, "a.b[1].c", "x"),
    ({"a": 1}, "a", "1"),
    ({"a": True}, "a", "true"),
    ({"a": None}, "a", ""),
    ([1, 2], "5", ""),
    ("text", "a.b", ""),
    (None, "a", ""),
]


@pytest.mark.parametrize(("document", "path", "found"), CASES)
def test_a_path_leads_to_a_text_or_to_nothing(document: Any, path: str, found: str) -> None:
    """Never to an exception."""
    assert pick(document, path) == found


def test_inbound_is_heard_with_the_token_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same message twice has the same id; reports that say nothing final change nothing."""
    monkeypatch.setenv(TOKEN, "secret")
    gateway_row = {"inbound": {"token": f"env:{TOKEN}", "sender": "data.from", "text": "data.body", "id": "data.id"}}

    def heard(story: Callable[[HttpGateway], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            gateway = world.gateway(**gateway_row)
            await story(gateway)
            gateway.stop()

        run(whole())

    async def story(gateway: HttpGateway) -> None:
        said = {"data": {"from": "138", "body": "1", "id": "m1"}}
        for token in ("", "wrong"):
            with pytest.raises(Unwelcome):
                await gateway.called("message", token, said)
        for _ in range(2):
            assert await gateway.called("message", "secret", said) == "OK"
        first, second = world.desk.came
        assert first.id == second.id
        with pytest.raises(ValueError, match=r"data\.from is missing"):
            await gateway.called("message", "secret", {})
        for status in ("accepted", "DELIVRD", "EXPIRED"):
            await gateway.called("report", "secret", {"data": {"id": "7"}, "status": status})
        assert [receipt.fate.value for receipt in world.desk.receipts] == ["delivered", "failed"]

    heard(story)
