"""A ward at work without anybody at the buttons: patients call as they do, staff come as late as they do."""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.tasks import Tasks
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.ward_beds import Beds, Place
from nursecall.plan import NurseCallPlan

DAY = 24 * 3600
BUSY_BEDS, THEIR_SHARE = 0.2, 0.7
"""A fifth of the beds make seven tenths of the calls."""

EMERGENCIES = 0.05
URGENT = 2
"""The priorities up to this are emergencies."""

STAFF_MEDIAN, STAFF_SPREAD = 150.0, 0.85
"""Seconds until somebody is at the bed, and the spread of its logarithm: 7.5 minutes at p90, 18 at p99."""


@dataclass(frozen=True)
class Load:
    """How busy it is. a_bed_a_day: calls; times: the hour compared with the mean one. burst: all of so many at once."""

    a_bed_a_day: float = 8
    times: float = 1
    burst: tuple[int, float] | None = None

    def gap(self, beds: int) -> float:
        """Seconds between two calls of a ward of `beds`, in the mean."""
        if self.burst is not None:
            count, seconds = self.burst
            return seconds / count
        return DAY / (self.a_bed_a_day * self.times * beds)


LOADS = {
    "quiet-hour": Load(),
    "heavy-night": Load(a_bed_a_day=17, times=2.5),
    "power-back": Load(burst=(60, 10)),
}
"""An ordinary day's mean hour; a heavy day's peak hour; bus power returns and sixty terminals call in ten seconds."""


@dataclass(frozen=True)
class Called:
    """A call `after` so many seconds since the one before; staff are at the bed `staff` seconds later."""

    after: float
    place: Place
    kind: str
    staff: float


class Story:
    """Who calls when. The same seed tells the same story. urgent: the call types that are emergencies."""

    def __init__(self, places: Sequence[Place], load: Load, urgent: Sequence[str], seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  a story, no secret
        shuffled = self._chance.sample(list(places), len(places))
        busy = max(1, round(len(shuffled) * BUSY_BEDS))
        self._busy, self._calm = shuffled[:busy], shuffled[busy:] or shuffled
        self._urgent = urgent
        self._gap = load.gap(len(places))

    def next(self) -> Called:
        """The next call."""
        chance = self._chance
        place = chance.choice(self._busy if chance.random() < THEIR_SHARE else self._calm)
        after = chance.expovariate(1 / self._gap)
        staff = chance.lognormvariate(math.log(STAFF_MEDIAN), STAFF_SPREAD)
        return Called(after, place, self._kind(place), staff)

    def _kind(self, place: Place) -> str:
        urgent = [kind for kind in place.kinds if kind in self._urgent]
        usual = [kind for kind in place.kinds if kind not in self._urgent]
        if not usual or (urgent and self._chance.random() < EMERGENCIES):
            return self._chance.choice(urgent)
        # Most press the button that hangs at the bed.
        return usual[0] if self._chance.random() < 0.8 else self._chance.choice(usual)


@dataclass
class _Running:
    """A scenario under way. left: simulated seconds until nobody calls any more."""

    ward: str
    name: str
    seed: int
    speed: float
    story: Story
    left: float
    calls_left: int | None
    next: Timer | None = None
    pressed: int = 0
    answered: int = 0


class Scenarios:
    """Tells one story at a time; the verbs `scenario` and `scenario-stop`, and `beds` that a page draws by."""

    def __init__(
        self, plan: NurseCallPlan, beds: Beds, clock: Clock, ask: Callable[[Request], Awaitable[Answer]]
    ) -> None:
        self._beds, self._clock, self._ask = beds, clock, ask
        self._urgent = tuple(kind.id for kind in plan.call_types if kind.priority <= URGENT)
        self._running: _Running | None = None
        self._coming: dict[Place, Timer] = {}
        self._tasks = Tasks()

    def start(self) -> None:
        """Nothing happens by itself."""

    def stop(self) -> None:
        """Nobody calls, nobody comes."""
        self._end()
        for timer in self._coming.values():
            timer.cancel()
        self._coming.clear()
        self._tasks.stop()

    def register(self, simulator: Simulator) -> None:
        """Answer `scenario`, `scenario-stop` and `beds`."""
        simulator.register("scenario", self.scenario)
        simulator.register("scenario-stop", self.scenario_stop)
        simulator.register("beds", self._beds.answer)

    def scenario(self, request: Request) -> Answer:
        """`name` of `LOADS`, `ward`, `seed` (1), `speed` (1): simulated seconds a second, `minutes` (60, simulated).

        Without a name: only how it goes. One that runs is ended first; who was to come to a bed still comes.
        """
        if name := word(request, "name", ""):
            if name not in LOADS:
                raise Refused("There is no scenario {name}. There are: {known}.", name=name, known=", ".join(LOADS))
            load, ward = LOADS[name], word(request, "ward")
            seed = int(number(request, "seed", 1, most=2**31))
            speed = number(request, "speed", 1, least=0.1, most=1000)
            minutes = number(request, "minutes", 60, least=1, most=7 * 24 * 60)
            story = Story(self._beds.of(ward), load, self._urgent, seed)
            self._end()
            calls = load.burst[0] if load.burst else None
            self._running = _Running(ward, name, seed, speed, story, minutes * 60, calls)
            self._go_on(self._running)
        return self._state()

    def scenario_stop(self, _request: Request) -> Answer:
        """Nobody calls any more, and whoever waits is attended to now."""
        self._end()
        for place, timer in list(self._coming.items()):
            timer.cancel()
            self._reset(place)
        return self._state()

    def _go_on(self, running: _Running) -> None:
        call = running.story.next()
        running.left -= call.after
        if running.left < 0 or running.calls_left == 0:
            running.next = None
            return
        if running.calls_left is not None:
            running.calls_left -= 1
        running.next = self._clock.later(
            timedelta(seconds=call.after / running.speed), lambda: self._press(running, call)
        )

    def _press(self, running: _Running, call: Called) -> None:
        running.pressed += 1
        self._say({"verb": "press", "type": call.kind}, call.place)
        # Who presses again is not come to later for it.
        if call.place not in self._coming:
            delay = timedelta(seconds=call.staff / running.speed)
            self._coming[call.place] = self._clock.later(delay, lambda: self._reset(call.place))
        self._go_on(running)

    def _reset(self, place: Place) -> None:
        del self._coming[place]
        if self._running is not None:
            self._running.answered += 1
        self._say({"verb": "reset"}, place)

    def _say(self, request: Request, place: Place) -> None:
        whole = request | {"line": place.line, "bed": place.bed, "wait": False}

        async def said() -> None:
            await self._ask(whole)

        self._tasks.start(said(), "a scenario's message")

    def _end(self) -> None:
        if self._running is not None and self._running.next is not None:
            self._running.next.cancel()
            self._running.next = None

    def _state(self) -> Answer:
        running = self._running
        if running is None:
            return {"name": "", "running": False, "waiting": len(self._coming), "pressed": 0, "answered": 0}
        return {
            "name": running.name,
            "ward": running.ward,
            "running": running.next is not None,
            "seed": running.seed,
            "speed": running.speed,
            "waiting": len(self._coming),
            "pressed": running.pressed,
            "answered": running.answered,
        }
