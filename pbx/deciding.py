"""What becomes of a number that is dialled here: the plan, what is registered, and how trunks do now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from appliance.foundation.clock import Clock
from pbx.categories import Right
from pbx.decision import Decision, decide, decide_for_house
from pbx.incoming import IncomingCall
from pbx.number_plan import Here, Served, world_meaning
from pbx.plan import PbxPlan
from pbx.rights import GroupRights, who_may
from pbx.routing import Cost, Line, lines

Serve = Callable[[IncomingCall], Coroutine[Any, Any, None]]


class Deciding:
    """The number plan in force. Whoever serves numbers of the house registers them here.

    here: where it stands, and how the schedules' switches do. healthy: the trunks that can carry a call now.
    """

    def __init__(
        self, plan: PbxPlan, here: Here, healthy: Callable[[], Collection[str]], cost: Cost, clock: Clock
    ) -> None:
        self._plan, self.here, self._healthy, self._cost, self._clock = plan, here, healthy, cost, clock
        self._served: dict[str, tuple[Served, Serve]] = {}

    def register(self, prefix: str, serve: Serve, needs: Right | None = "billed", *, exact: bool = False) -> None:
        """Calls to numbers that begin with `prefix` go to `serve`, which is run as a task; the longest prefix wins.

        needs: what an extension must be allowed to dial for it; None for nothing. exact: nothing may follow.
        """
        self._served[prefix] = Served(prefix, needs, exact), serve

    def withdraw(self, prefix: str) -> None:
        """Nobody serves `prefix` any more; calls that are being served go on."""
        self._served.pop(prefix, None)

    def served(self) -> frozenset[Served]:
        """What is registered."""
        return frozenset(served for served, _ in self._served.values())

    def server(self, prefix: str) -> Serve:
        """Who serves a registered prefix."""
        return self._served[prefix][1]

    def right(self, prefix: str) -> Right | None:
        """What an extension must be allowed to dial for a registered prefix."""
        return self._served[prefix][0].needs

    def is_paid(self, number: str) -> bool:
        """Whether what is dialled is served for money: it may hold a PIN."""
        return any(served.needs == "billed" and served.has(number) for served in self.served())

    def decide(
        self, extension: str, dialled: str, at: datetime | None = None, *, healthy: Collection[str] | None = None
    ) -> Decision:
        """What becomes of `dialled` at `extension`, now or `at` a moment. Raises NoSuchExtension.

        healthy: trunks that are taken to be able to carry a call; None: those that are now.
        """
        # How trunks do now says nothing of another time.
        here = self.here if at is None else replace(self.here, below=lambda _: None, unjudged=lambda _: False)
        return decide(
            self._plan, here, extension, dialled, at or self._clock.now(),
            served=tuple(self.served()),
            healthy=self._healthy() if healthy is None else healthy, cost=self._cost,
        )  # fmt: skip

    def decide_for_house(self, number: str) -> Decision:
        """What becomes now of a number outside that the plan itself names."""
        return decide_for_house(
            self._plan, self.here, number, self._clock.now(), healthy=self._healthy(), cost=self._cost
        )

    def decide_outside(self, extension: str, number: str) -> Decision:
        """What becomes now of a number that an extension, or empty: the plan itself, wants calls to go to.

        Raises NoSuchExtension.
        """
        return self.decide(extension, number) if extension else self.decide_for_house(number)

    def routes(self, number: str) -> Sequence[Line]:
        """The lines that can carry a call to E.164 `number` now, whoever's right it is made by; the first first."""
        called = world_meaning(number, self.here)
        found, _ = lines(self._plan, self.here, called, self._clock.now(), healthy=self._healthy(), cost=self._cost)
        return found

    def who_may(self, at: datetime | None = None) -> tuple[GroupRights, ...]:
        """What every group of extensions may dial, now or `at` a moment."""
        return who_may(self._plan, self.here, at or self._clock.now())
