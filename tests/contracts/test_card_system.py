"""Whatever stands for the card system, billing may rely on the same: on the fake, and over HTTP on the simulator."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.foundation.clock import ReactorClock
from appliance.foundation.values import Money, yuan
from appliance.simulator.card_books import CardBooks
from appliance.simulator.card_system import CardSystem as Simulated
from billing.card.http import HttpCardSystem, client
from billing.card.system import CardRefused, CardSilent, CardSystem
from tests import real_reactor
from tests.fakes.card import FakeCardSystem
from tests.real_reactor import run

CARD, SECRET = "20260001", "of both"
YEAR = timedelta(days=366)


class Way:
    """A card system, and its books."""

    system: CardSystem
    books: CardBooks

    def spoil(self, fault: str) -> None:
        """The next request that moves money goes wrong so."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let go of what was opened."""


class Fake(Way):
    """In memory."""

    def __init__(self) -> None:
        self.fake = FakeCardSystem(ReactorClock(real_reactor.start()))
        self.system, self.books = self.fake, self.fake.books

    def spoil(self, fault: str) -> None:
        self.fake.faults.append(fault)


class Http(Way):
    """Over TCP to the simulator."""

    def __init__(self) -> None:
        reactor: Any = real_reactor.start()
        clock = ReactorClock(reactor)
        self.end = Simulated("http://127.0.0.1:0/card", lambda: SECRET, None, reactor=reactor, clock=clock)
        self.end.start()
        self.url = f"http://127.0.0.1:{self.end.port}/card"
        self.books = self.end.books
        self.client, self.clock = client(reactor, clock, 1, ""), clock
        self.system = self.reach(SECRET)

    def reach(self, secret: str) -> HttpCardSystem:
        """Somebody who signs by `secret`."""
        return HttpCardSystem(self.url, lambda: secret, self.client, self.clock)

    def spoil(self, fault: str) -> None:
        self.end.act({"action": fault, "times": 1})

    def stop(self) -> None:
        self.end.stop()


Story = Callable[[Way], Coroutine[Any, Any, None]]


def play(kind: type[Way], story: Story) -> None:
    """A story on one kind of card system; one card with ten yuan."""

    async def whole() -> None:
        way = kind()
        way.books.issue(CARD, "李明", yuan(10))
        try:
            await story(way)
        finally:
            way.stop()

    run(whole())


@pytest.fixture(params=[Fake, Http])
def kind(request: pytest.FixtureRequest) -> type[Way]:
    """Each kind in turn."""
    chosen: type[Way] = request.param
    return chosen


async def free(way: Way) -> Money:
    """What the card has free."""
    return (await way.system.standing(CARD)).available


async def refusal(asked: Coroutine[Any, Any, object]) -> CardRefused:
    """The no."""
    with pytest.raises(CardRefused) as found:
        await asked
    return found.value


async def silence(asked: Coroutine[Any, Any, object]) -> str:
    """What is said of no answer."""
    with pytest.raises(CardSilent) as found:
        await asked
    return str(found.value)


def test_what_is_held_is_taken_and_the_rest_let_go(kind: type[Way]) -> None:
    """Two reservations of one hold, one commit, one movement in its list."""

    async def story(way: Way) -> None:
        await way.system.ping()
        standing = await way.system.standing(CARD)
        assert (standing.holder, standing.active, standing.available) == ("李明", True, yuan(10))
        await way.system.reserve("k1", "h1", CARD, yuan(3))
        await way.system.reserve("k2", "h1", CARD, yuan("1.5"))
        assert await free(way) == yuan("5.5")
        before = datetime.now(UTC)
        await way.system.commit("k3", "h1", CARD, yuan("0.35"))
        assert await free(way) == yuan("9.65")
        (movement,) = await way.system.movements(before - YEAR, before + YEAR)
        assert (movement.card, movement.hold, movement.amount) == (CARD, "h1", yuan("0.35"))
        assert before <= movement.at <= datetime.now(UTC)
        assert await way.system.movements(before - YEAR, before) == []

    play(kind, story)


def test_the_same_key_again_does_nothing_more(kind: type[Way]) -> None:
    """Reserve, commit and a no."""

    async def story(way: Way) -> None:
        for _ in range(3):
            await way.system.reserve("k1", "h1", CARD, yuan(3))
        assert await free(way) == yuan(7)
        no = await refusal(way.system.reserve("k2", "h2", CARD, yuan(8)))
        assert (no.why, no.available) == ("insufficient", yuan(7))
        way.books.issue(CARD, "", yuan(20))
        assert (await refusal(way.system.reserve("k2", "h2", CARD, yuan(8)))).why == "insufficient"
        for _ in range(3):
            await way.system.commit("k3", "h1", CARD, yuan(2))
        assert await free(way) == yuan(18)

    play(kind, story)


def test_a_hold_that_has_ended_is_never_grown_or_taken_again(kind: type[Way]) -> None:
    """Committed, released, and released before it was made."""

    async def story(way: Way) -> None:
        await way.system.reserve("k1", "h1", CARD, yuan(1))
        await way.system.commit("k2", "h1", CARD, yuan(1))
        await way.system.release("k3", "h2", CARD)
        for hold in ("h1", "h2"):
            assert (await refusal(way.system.reserve(f"{hold}a", hold, CARD, yuan(1)))).why == "closed"
            assert (await refusal(way.system.commit(f"{hold}b", hold, CARD, yuan(1)))).why == "closed"
        assert await free(way) == yuan(9)

    play(kind, story)


def test_each_no_has_its_reason(kind: type[Way]) -> None:
    """Unknown, blocked, more than is held."""

    async def story(way: Way) -> None:
        assert (await refusal(way.system.standing("404"))).why == "unknown-card"
        assert (await refusal(way.system.reserve("k1", "h1", "404", yuan(1)))).why == "unknown-card"
        await way.system.reserve("k2", "h2", CARD, yuan(1))
        assert (await refusal(way.system.commit("k3", "h2", CARD, yuan(2)))).why == "other"
        way.books.cards[CARD].active = False
        assert (await way.system.standing(CARD)).active is False
        assert (await refusal(way.system.reserve("k4", "h4", CARD, yuan(1)))).why == "blocked"
        await way.system.commit("k5", "h2", CARD, yuan(1))

    play(kind, story)


@pytest.mark.parametrize("fault", ["hang", "lose", "twice", "error"])
def test_asked_again_after_silence_it_is_done_once(kind: type[Way], fault: str) -> None:
    """Whether it was done the first time or not."""

    async def story(way: Way) -> None:
        way.spoil(fault)
        if fault == "twice":
            await way.system.reserve("k1", "h1", CARD, yuan(3))
        else:
            assert await silence(way.system.reserve("k1", "h1", CARD, yuan(3))) == "the service does not answer"
        await way.system.reserve("k1", "h1", CARD, yuan(3))
        assert await free(way) == yuan(7)

    play(kind, story)


@pytest.mark.parametrize("fault", ["nonsense", "wrong-key"])
def test_an_answer_that_cannot_be_understood_is_no_answer(fault: str) -> None:
    """A page of HTML, or an answer to another request; asked again, it is done once."""

    async def story(way: Way) -> None:
        way.spoil(fault)
        nonsense = "the service answers what cannot be understood"
        assert await silence(way.system.reserve("k1", "h1", CARD, yuan(3))) == nonsense
        await way.system.reserve("k1", "h1", CARD, yuan(3))
        assert await free(way) == yuan(7)

    play(Http, story)


def test_what_comes_late_is_done_once() -> None:
    """Done after the time-out, and asked again meanwhile; a release overtakes another."""

    async def story(way: Way) -> None:
        assert isinstance(way, Http)
        way.end.act({"action": "late", "times": 1, "seconds": 1.5})
        await silence(way.system.reserve("k1", "h1", CARD, yuan(3)))
        await way.system.reserve("k1", "h1", CARD, yuan(3))
        way.end.act({"action": "late", "times": 1, "seconds": 1.5})
        await silence(way.system.reserve("k2", "h2", CARD, yuan(3)))
        await way.system.release("k3", "h2", CARD)
        way.end.act({"action": "hang", "times": 1})
        await silence(way.system.reserve("k4", "h4", CARD, yuan(1)))
        assert await free(way) == yuan(7)

    play(Http, story)


def test_who_does_not_sign_is_not_heard() -> None:
    """Another secret: nothing is done, and the reason is said."""

    async def story(way: Way) -> None:
        assert isinstance(way, Http)
        stranger = way.reach("guessed")
        said = "the service does not accept our signature"
        assert await silence(stranger.reserve("k1", "h1", CARD, yuan(3))) == said
        assert await silence(stranger.standing(CARD)) == said
        assert (await free(way), way.end.unsigned) == (yuan(10), 2)

    play(Http, story)


def test_a_long_list_comes_in_pages() -> None:
    """More movements than one answer holds."""

    async def story(way: Way) -> None:
        way.books.issue(CARD, "", yuan(1000))
        for count in range(450):
            for verb in ("reserve", "commit"):
                way.books.do(verb, f"h{count}", {"key": f"{verb}{count}", "card": CARD, "amount": "0.01"})
        at = datetime.now(UTC)
        found = await way.system.movements(at - YEAR, at + YEAR)
        assert [movement.hold for movement in found] == [f"h{count}" for count in range(450)]

    play(Http, story)


def test_nobody_there_is_silence() -> None:
    """The port is closed."""

    async def story(way: Way) -> None:
        assert isinstance(way, Http)
        way.end.stop()
        assert await silence(way.system.ping()) in ("the service cannot be reached", "the service does not answer")

    play(Http, story)


def test_books_outlive_the_simulator(tmp_path: Any) -> None:
    """As a real card system would: cards, holds, what was answered, movements."""

    def now() -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    books = CardBooks(now, tmp_path / "cards.json")
    books.issue(CARD, "李明", yuan(10))
    books.do("reserve", "h1", {"key": "k1", "card": CARD, "amount": "3"})
    books.do("commit", "h1", {"key": "k2", "card": CARD, "amount": "1"})
    again = CardBooks(now, tmp_path / "cards.json")
    assert again.do("commit", "h1", {"key": "k2", "card": CARD, "amount": "1"})["amount"] == "1"
    assert len(again.movements) == 1
    assert again.available(again.cards[CARD]) == yuan(9)
