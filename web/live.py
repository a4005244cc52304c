"""What is on open screens is kept true: each change is drawn once and sent to every screen that shows it.

A screen is made of regions, a region of pieces in order, a piece of HTML with a stable key. A browser that
(re)connects always gets a snapshot of everything first, then only what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from nursecall.plan_types import Tone
from nursecall.plan_wards import Ward
from web.render import build, epoch
from web.stations import Stations
from web.stream import Stream, encode

BEAT = timedelta(seconds=10)

Regions = dict[str, dict[str, str]]
"""Region → key → HTML; the order of the keys is the order on the screen."""


@dataclass(frozen=True)
class View:
    """What a kind of screen shows. Views that are equal are drawn once for all.

    topics: what it depends on: `calls:<ward>`, `calls` (every ward), `health`, `messages`, `phones`, `trunks`.
    draw: makes the regions; it must not raise for a part that is down.
    """

    name: str
    language: Language
    topics: frozenset[str]
    draw: Callable[[], Coroutine[Any, Any, Regions]] = field(compare=False)


@dataclass(frozen=True)
class Say:
    """A call that station screens are to say. key: the clip's name; None chimes without words. tone: of the chime."""

    call: str
    text: str
    key: str | None
    language: Language
    priority: int
    tone: Tone


@dataclass(eq=False)
class Screen:
    """One open screen. `still` says whether its session lives; `hears` is the ward whose calls are spoken to it."""

    stream: Stream
    still: Callable[[], Coroutine[Any, Any, bool]]
    hears: str | None = None


class _Channel:
    """All screens of one view, and what they show."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.screens: list[Screen] = []
        self.shown: Regions = {}
        self.dirty = self.drawing = False
        self.number = 0

    async def refresh(self) -> None:
        """Draw until nothing has changed meanwhile, telling the screens what differs."""
        self.dirty = True
        if self.drawing:
            return
        self.drawing = True
        try:
            while self.dirty:
                self.dirty = False
                drawn = await self.view.draw()
                changes, self.shown = differ(self.shown, drawn), drawn
                if changes:
                    self.tell("change", {"regions": changes})
        finally:
            self.drawing = False

    def tell(self, event: str, data: dict[str, object]) -> None:
        """Send to every screen."""
        self.number += 1
        message = encode(event, data, self.number)
        for screen in list(self.screens):
            screen.stream.send(message)


def differ(old: Regions, new: Regions) -> dict[str, object]:
    """What turns `old` into `new`: region → the order of keys, and the pieces that are new or changed."""
    changes: dict[str, object] = {}
    for region, pieces in new.items():
        before = old.get(region, {})
        changed = {key: html for key, html in pieces.items() if before.get(key) != html}
        if changed or list(before) != list(pieces):
            changes[region] = {"order": list(pieces), "pieces": changed}
    return changes


class Live:
    """Every open screen. The composition root tells it what has changed; `stations` knows who can be heard."""

    log = Logger()

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self.stations = Stations(database, clock, bus, self.calls_changed)
        self._clock = clock
        self._channels: dict[View, _Channel] = {}
        self._stale: dict[_Channel, None] = {}
        self._painting = False
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self, wards: Sequence[Ward], zone: ZoneInfo) -> None:
        """Let every screen hear a heartbeat from now on; say of each of `wards` that nobody watches it yet."""
        self.stations.start(wards, zone)
        self._timer = self._clock.later(BEAT, self._beat)

    def stop(self) -> None:
        """Close every screen; they will look for us again."""
        self._tasks.stop()
        self.stations.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        for screen in self._screens():
            screen.stream.close()

    def calls_changed(self, ward: str) -> None:
        """Something about the calls of `ward` is different."""
        self._refresh({"calls", f"calls:{ward}"})

    def roster_changed(self, ward: str) -> None:
        """Somebody of `ward` works at another time, or another shift has begun."""
        self._refresh({f"roster:{ward}"})

    def health_changed(self) -> None:
        """Some part is up, or down."""
        self._refresh({"health"})

    def trace_changed(self, line: str) -> None:
        """Something went over a line."""
        self._refresh({f"trace:{line}"})

    def talks_changed(self) -> None:
        """A call began or ended, or a supervisor is with it."""
        self._refresh({"talks"})

    def conferences_changed(self) -> None:
        """Somebody came into a conference room, left it, talks, or is treated otherwise."""
        self._refresh({"conferences"})

    def voicemail_changed(self) -> None:
        """A message was left, heard or deleted."""
        self._refresh({"voicemail"})

    def misuse_changed(self) -> None:
        """A call outside begins, goes on or is over, or the guard found something, or somebody looked."""
        self._refresh({"misuse"})

    def messages_changed(self) -> None:
        """A short message got further, or stuck."""
        self._refresh({"messages"})

    def trunks_changed(self) -> None:
        """A call over a trunk begins, or is over."""
        self._refresh({"trunks"})

    def emergencies_changed(self) -> None:
        """An extension calls an emergency number, or has done."""
        self._refresh({"emergencies"})

    def lines_changed(self) -> None:
        """A telephone rings, talks or was left, or an extension wants something else done with its calls."""
        self._refresh({"lines"})

    def phones_changed(self) -> None:
        """A telephone registered or is gone, asked for its configuration, or somebody decided about one."""
        self._refresh({"phones"})

    def backups_changed(self) -> None:
        """A backup is being made, or was."""
        self._refresh({"backups"})

    def updates_changed(self) -> None:
        """A bundle came, is checked or installed, or the box is on its way to another slot."""
        self._refresh({"updates"})

    def network_changed(self) -> None:
        """The box's network is different, or a change of it got further."""
        self._refresh({"network"})

    def setup_changed(self) -> None:
        """The setup assistant tries something, or has."""
        self._refresh({"setup"})

    def replan(self, wards: Sequence[Ward], zone: ZoneInfo) -> None:
        """Another plan is in force: draw everything anew."""
        self.stations.replan(wards, zone)
        self._refresh({topic for view in self._channels for topic in view.topics})

    def announce(self, ward: str, say: Say) -> None:
        """Have the station screens of `ward` say a call, as loud as the hour allows."""
        told = {
            "call": say.call,
            "text": say.text,
            "url": f"/speech/{say.key}.wav" if say.key else None,
            "language": say.language,
            "priority": say.priority,
            "tone": say.tone,
            "volume": self.stations.volume(ward, say.priority),
        }
        for channel in self._channels.values():
            for screen in list(channel.screens):
                if screen.hears == ward:
                    screen.stream.send(encode("say", told))

    async def join(self, view: View, screen: Screen) -> None:
        """Show `view` on `screen` until it is gone. Raises what drawing raises."""
        channel = self._channels.setdefault(view, _Channel(view))
        await channel.refresh()
        screen.stream.send(encode("snapshot", self._now() | {"regions": differ({}, channel.shown)}, channel.number))
        channel.screens.append(screen)
        try:
            await screen.stream.gone
        finally:
            self._leave(channel, screen)

    def _leave(self, channel: _Channel, screen: Screen) -> None:
        channel.screens.remove(screen)
        if not channel.screens and not channel.drawing:
            self._channels.pop(channel.view, None)

    def _refresh(self, topics: set[str]) -> None:
        self._stale |= {channel: None for channel in self._channels.values() if channel.view.topics & topics}
        if self._stale and not self._painting:
            self._tasks.start(self._paint(), "drawing screens")

    async def _paint(self) -> None:
        """Then look at the wires again: however much changes meanwhile, each view is drawn once after that."""
        self._painting = True
        try:
            while self._stale:
                stale, self._stale = self._stale, {}
                for channel in stale:
                    # Not awaited: a view that asks the database must not hold up a station.
                    self._tasks.start(channel.refresh(), f"drawing {channel.view.name}")
                await sleep(self._clock, timedelta())
        finally:
            self._painting = False

    def _beat(self) -> None:
        self._timer = self._clock.later(BEAT, self._beat)
        message = encode("beat", self._now())
        for screen in self._screens():
            screen.stream.send(message)
            self._tasks.start(self._check(screen), "checking a screen's session")

    async def _check(self, screen: Screen) -> None:
        if not await screen.still():
            screen.stream.send(encode("bye", {}))
            screen.stream.close()

    def _now(self) -> dict[str, object]:
        return {"now": epoch(self._clock.now()), "build": build()}

    def _screens(self) -> list[Screen]:
        return [screen for channel in self._channels.values() for screen in channel.screens]
