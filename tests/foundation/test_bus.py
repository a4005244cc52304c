"""The bus: everybody is told, whoever else fails."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher

from appliance.foundation.bus import Bus


class News:
    """Something that happened."""


class GoodNews(News):
    """Something good."""


def logged(events: list[LogEvent]) -> list[str]:
    """The formats of what was logged."""
    return [str(event["log_format"]) for event in events]


def test_subscribers_hear_their_kind_and_its_subclasses() -> None:
    """In the order they subscribed, the more special kind first."""
    bus, heard = Bus(), list[str]()
    bus.subscribe(News, lambda event: heard.append("news"))
    bus.subscribe(GoodNews, lambda event: heard.append("good"))
    bus.subscribe(News, lambda event: heard.append("again"))
    bus.publish(GoodNews())
    bus.publish(News())
    assert heard == ["good", "news", "again", "news", "again"]


def test_nobody_hears_what_nobody_subscribed_to() -> None:
    """An event without subscribers is no fault."""
    Bus().publish(News())


def test_who_stops_hearing_hears_no_more() -> None:
    """Stopping twice does no harm, and leaves the others."""
    bus, heard = Bus(), list[str]()
    stop = bus.subscribe(News, lambda event: heard.append("one"))
    bus.subscribe(News, lambda event: heard.append("two"))
    stop()
    stop()
    bus.publish(News())
    assert heard == ["two"]


def test_one_may_stop_hearing_while_being_told() -> None:
    """The list does not change under those who are being told."""
    bus, heard = Bus(), list[str]()

    def once(event: News) -> None:
        heard.append("once")
        stop()

    stop = bus.subscribe(News, once)
    bus.subscribe(News, lambda event: heard.append("always"))
    bus.publish(News())
    bus.publish(News())
    assert heard == ["once", "always", "always"]


def test_a_fault_is_logged_and_the_next_is_told() -> None:
    """Whether it raises, or returns what is no coroutine."""
    bus, heard, log = Bus(), list[str](), list[LogEvent]()

    def broken(event: News) -> None:
        raise RuntimeError("broken")

    def chatty(event: News) -> Any:
        return True

    async def breaks_later(event: News) -> None:
        raise RuntimeError("later")

    for subscriber in (broken, chatty, breaks_later):
        bus.subscribe(News, subscriber)
    bus.subscribe(News, lambda event: heard.append("told"))
    observer = cast(ILogObserver, log.append)
    globalLogPublisher.addObserver(observer)
    try:
        bus.publish(News())
    finally:
        globalLogPublisher.removeObserver(observer)
    assert heard == ["told"]
    assert logged(log).count("a subscriber to {kind} failed") == 2
    assert "{what} failed" in logged(log)


def test_coroutines_run_on_until_the_bus_stops() -> None:
    """They are owned by the bus, and cancelled with it."""
    bus, waiting, ends = Bus(), Deferred[None](), list[str]()

    async def slow(event: News) -> None:
        try:
            await waiting
        finally:
            ends.append("over")

    bus.subscribe(News, slow)
    bus.publish(News())
    assert ends == []
    bus.stop()
    assert ends == ["over"]


def test_an_event_told_from_within_an_event_reaches_all() -> None:
    """A subscriber may publish."""
    bus, heard = Bus(), list[str]()

    def answer(event: GoodNews) -> None:
        bus.publish(News())

    bus.subscribe(GoodNews, answer)
    bus.subscribe(News, lambda event: heard.append(type(event).__name__))
    bus.publish(GoodNews())
    assert heard == ["News", "GoodNews"]
