"""Tell the rest of the house what happened, after it was written down."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.logger import Logger

from appliance.foundation.tasks import Tasks

E = TypeVar("E")
Subscriber = Callable[[E], Coroutine[Any, Any, None] | None]


class Bus:
    """Events by their class. One subscriber's fault never keeps an event from the next."""

    log = Logger()

    def __init__(self) -> None:
        self._subscribers: dict[type, list[Subscriber[Any]]] = {}
        self._tasks = Tasks()

    def subscribe(self, kind: type[E], subscriber: Subscriber[E]) -> Callable[[], None]:
        """Hear every event that is a `kind` (subclasses too); returns the way to stop hearing."""
        listeners = self._subscribers.setdefault(kind, [])
        listeners.append(subscriber)

        def stop_hearing() -> None:
            if subscriber in listeners:
                listeners.remove(subscriber)

        return stop_hearing

    def publish(self, event: object) -> None:
        """Hand `event` to each subscriber in turn; coroutines run on, owned by the bus."""
        for kind in type(event).__mro__:
            for subscriber in list(self._subscribers.get(kind, ())):
                self._deliver(subscriber, event)

    def _deliver(self, subscriber: Subscriber[Any], event: object) -> None:
        try:
            going_on = subscriber(event)
            if going_on is not None:
                self._tasks.start(going_on, f"a subscriber to {type(event).__name__}")
        except Exception:
            self.log.failure("a subscriber to {kind} failed", kind=type(event).__name__)

    def stop(self) -> None:
        """Cancel subscribers' coroutines that are still running."""
        self._tasks.stop()
