"""The places where a ward is heard besides its screens: each has a queue, a volume, a health part, and hangs alone."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import numpy as np
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import State
from appliance.foundation.tasks import Tasks
from tts.chime import RATE, Tone, chime
from tts.deadline import TimeUp, within
from tts.speaker import Clip
from tts.voices import Health
from tts.wav import Sound, parse

EMERGENCY = 1
"""Calls of this priority cut short what is being said, and are heard in every place that takes emergencies."""

GRACE = timedelta(seconds=5)
"""How much longer than its sound a place may take; then it hangs."""

HANGS = "It takes too long: the loudspeaker hangs. Screens and other places still call."
FAILS = "It cannot be heard: {why}. Screens and other places still call."


class Unheard(Exception):
    """A place did not play a sound; the text says why."""


class Outlet(Protocol):
    """What makes a place heard: a sound card, a paging zone, a phone."""

    async def play(self, sound: Sound) -> None:
        """Returns when it was heard to its end. Raises Unheard; stops at once when cancelled."""
        ...


class Live(Protocol):
    """Somebody who speaks at a place themselves."""

    async def pause(self, place: str) -> None:
        """Be silent there: an emergency is to be heard."""
        ...

    async def resume(self, place: str) -> None:
        """Be heard there again."""
        ...


@dataclass(frozen=True)
class Placed:
    """One place of the plan.

    volume: 0 to 1, now, for a call of the given priority. emergencies: whether it speaks those of other wards too.
    """

    id: str
    ward: str
    outlet: Outlet
    volume: Callable[[int], float]
    emergencies: bool = False


@dataclass(frozen=True)
class Announcement:
    """A call that is due to be heard. clip: None where no voice is left; then the chime calls alone.

    over: of one that somebody tries a place with, is told how it ended: empty when it was heard to its end, else why
    not (English).
    """

    call: str
    ward: str
    priority: int
    tone: Tone
    clip: Clip | None
    over: Callable[[str], None] | None = None


class Places:
    """Every place of the house.

    wanted: whether a call, by its id, is still to be spoken.
    """

    def __init__(self, clock: Clock, bus: Bus, wanted: Callable[[str], bool]) -> None:
        self._clock = clock
        self._health = Health(clock, bus)
        self._wanted = wanted
        self._places: list[_Place] = []

    def furnish(self, places: Sequence[Placed]) -> None:
        """Speak in these from now on."""
        self.stop()
        self._places = [_Place(placed, self._clock, self._health, self._wanted) for placed in places]

    def stop(self) -> None:
        """Silence."""
        for place in self._places:
            place.stop()
        self._places = []

    def give_way(self, place: str, live: Live) -> Callable[[], None]:
        """Let somebody speak live at a place until the function that is returned is called.

        Emergencies are heard all the same, live speech pauses meanwhile; other calls are spoken afterwards.
        """
        known = next((one for one in self._places if one.id == place), None)
        if known is None:
            return lambda: None
        known.give_way(live)
        return known.go_on

    def announce(self, announcement: Announcement) -> None:
        """Have it heard in every place of its ward; an emergency also in those that take emergencies."""
        for place in self._places:
            if place.takes(announcement):
                place.say(announcement)

    def try_out(self, place: str, announcement: Announcement) -> bool:
        """Have it heard in that place alone, in its turn; False where there is no such place."""
        known = next((one for one in self._places if one.id == place), None)
        if known is not None:
            known.say(announcement)
        return known is not None


class _Place:
    """One announcement after another, the most urgent first."""

    log = Logger()

    def __init__(self, placed: Placed, clock: Clock, health: Health, wanted: Callable[[str], bool]) -> None:
        self._placed = placed
        self._clock = clock
        self._health = health
        self._wanted = wanted
        self._tasks = Tasks()
        self._waiting: list[Announcement] = []
        self._saying: Announcement | None = None
        self._playing: Deferred[None] | None = None
        self._running = False
        self._live: Live | None = None
        self._hushed = False
        self._wake: Deferred[None] | None = None
        health.tell(self._part, State.STARTING, "Nothing has been spoken here yet.")

    @property
    def id(self) -> str:
        """As the plan names it."""
        return self._placed.id

    @property
    def _part(self) -> str:
        return f"speaker:{self._placed.id}"

    def takes(self, one: Announcement) -> bool:
        """Whether it is to be heard here."""
        return one.ward == self._placed.ward or (self._placed.emergencies and one.priority <= EMERGENCY)

    def say(self, one: Announcement) -> None:
        """In its turn. The newest about a call takes the place of an older one that still waits."""
        self._waiting = [other for other in self._waiting if other.call != one.call]
        self._waiting.append(one)
        saying = self._saying
        if not self._running:
            self._running = True
            self._tasks.start(self._all(), f"speaking at {self._placed.id}")
        elif saying is None:
            self._look()
        elif one.priority <= EMERGENCY < saying.priority and self._playing is not None:
            self._waiting.append(saying)
            self._playing.cancel()

    def give_way(self, live: Live) -> None:
        """Somebody speaks here themselves. What is being said, but an emergency, is said again afterwards."""
        self._live, self._hushed, saying = live, False, self._saying
        if saying is not None and saying.priority <= EMERGENCY:
            self._tasks.start(self._hush(live), f"silencing live speech at {self._placed.id}")
        elif saying is not None and self._playing is not None:
            self._waiting.insert(0, saying)
            self._playing.cancel()

    def go_on(self) -> None:
        """They have done."""
        self._live, self._hushed = None, False
        self._look()

    def stop(self) -> None:
        """Say no more."""
        self._waiting.clear()
        self._live = None
        self._tasks.stop()

    async def _all(self) -> None:
        try:
            while (one := self._next()) is not None:
                if self._live is not None and one.priority > EMERGENCY:
                    self._waiting.insert(0, one)
                    self._wake = Deferred()
                    await self._wake
                else:
                    await self._say(one)
        finally:
            self._running = False

    async def _say(self, one: Announcement) -> None:
        if self._live is not None:
            await self._hush(self._live)
        self._saying = one
        try:
            ended = await self._play(mixed(one.tone, self._words(one), self._placed.volume(one.priority)))
        finally:
            self._saying = None
        if ended is not None and one.over is not None:
            one.over(ended)
        if self._hushed and self._live is not None and not any(one.priority <= EMERGENCY for one in self._waiting):
            self._hushed = False
            try:
                await self._live.resume(self._placed.id)
            except Exception:
                self.log.failure("live speech at {place} does not go on", place=self._placed.id)

    async def _hush(self, live: Live) -> None:
        """An emergency does not wait for whoever does not fall silent."""
        if self._hushed:
            return
        self._hushed = True
        try:
            await live.pause(self._placed.id)
        except Exception:
            self.log.failure("live speech at {place} did not pause", place=self._placed.id)

    def _look(self) -> None:
        waiting, self._wake = self._wake, None
        if waiting is not None:
            waiting.callback(None)

    def _next(self) -> Announcement | None:
        self._waiting = [one for one in self._waiting if one.over or self._wanted(one.call)]
        if not self._waiting:
            return None
        one = min(self._waiting, key=lambda one: one.priority)  # of equals the one that has waited longest
        self._waiting.remove(one)
        return one

    def _words(self, one: Announcement) -> Sound | None:
        try:
            return None if one.clip is None else parse(one.clip.path.read_bytes())
        except (OSError, ValueError) as why:
            self.log.warn("a sentence could not be read back: {why}", why=why)
            return None

    async def _play(self, sound: Sound) -> str | None:
        """Empty when it was heard, else why not; None when something more urgent cut it short."""
        self._playing = Deferred.fromCoroutine(self._outlet(sound))
        try:
            await within(self._clock, timedelta(seconds=sound.seconds) + GRACE, self._playing)
        except TimeUp:
            self._health.tell(self._part, State.DOWN, HANGS)
            return "the loudspeaker hangs"
        except Unheard as why:
            self._health.tell(self._part, State.DOWN, FAILS, why=str(why))
            return str(why)
        except CancelledError:
            if not self._waiting:
                raise  # silence for good, not for an emergency
            return None
        except Exception:
            self.log.failure("{place} failed", place=self._placed.id)
            self._health.tell(self._part, State.DOWN, FAILS, why="a fault of the appliance")
            return "a fault of the appliance"
        else:
            self._health.tell(self._part, State.UP)
            return ""
        finally:
            self._playing = None

    def _outlet(self, sound: Sound) -> Coroutine[Any, Any, None]:
        return self._placed.outlet.play(sound)


def mixed(tone: Tone, words: Sound | None, volume: float) -> Sound:
    """The chime, then the words, at `volume` (0 to 1), 22 050 Hz. See `gain`."""
    parts = [chime(tone).samples]
    if words is not None:
        parts.append(words.samples)
    whole = np.concatenate(parts).astype(np.float64) * gain(volume)
    return Sound(np.rint(whole).astype(np.int16), RATE)


def gain(volume: float) -> float:
    """The factor of a volume from 0 to 1, in steps that sound even: 1 is 0 dB, 0.5 is −10 dB, 0 is silence."""
    return 0.0 if volume <= 0 else float(10 ** (-(1 - min(volume, 1.0))))
