"""Can each ward's station be heard? Told by the screens themselves; a silent station is a health matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from nursecall.plan_wards import Ward
from web.events import SoundTested, SpeechHeard, SpeechMuted
from web.soundcheck import SoundChecks

EMERGENCY = 1
"""Calls of this priority are as loud by night as by day."""

GRACE = timedelta(seconds=10)
"""A page that is reloaded is away for a moment; only what lasts is worth an alarm."""

WHYS: dict[str, str] = {
    "asleep": "The station screen is open but its sound has not been enabled: tap the screen.",
    "hidden": "The station screen is hidden behind another window or tab.",
    "unsupported": "The browser of the station screen cannot play sound.",
    "failing": "The station screen could not play an announcement.",
    "muted": "The sound of the station screen is turned off.",
}

UNHEARD = "The test tone could not be heard at the station: look at its loudspeaker and its volume."
UNTESTED = "The sound of this shift has not been tested: press T at the station."


@dataclass
class _Screen:
    user: str
    heard: bool | None = None
    why: str = ""


class Stations:
    """Which station screens are open, and which of them can be heard.

    changed: is told the ward when something about its station is to be drawn anew.
    """

    log = Logger()

    def __init__(self, database: Transactions, clock: Clock, bus: Bus, changed: Callable[[str], None]) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._changed = changed
        self._plan: dict[str, Ward] = {}
        self._zone = ZoneInfo("UTC")
        self.checks = SoundChecks(database, clock, self._checked)
        self._wards: dict[str, dict[str, _Screen]] = {}
        self._told: dict[str, tuple[State, str]] = {}
        self._pending: dict[str, Timer] = {}
        self._tasks = Tasks()

    def start(self, wards: Sequence[Ward], zone: ZoneInfo) -> None:
        """Say of each ward that nobody has opened its station yet."""
        self._plan, self._zone = {ward.id: ward for ward in wards}, zone
        self.checks.start(wards, zone)
        for ward in self._plan:
            if ward not in self._told:
                self._publish(ward, State.STARTING, "No station screen has been opened yet.")

    def replan(self, wards: Sequence[Ward], zone: ZoneInfo) -> None:
        """Go by other wards from now on."""
        self._plan, self._zone = {ward.id: ward for ward in wards}, zone
        self.checks.replan(wards, zone)

    def volume(self, ward: str, priority: int) -> int:
        """How loud a call of this priority may be at the ward's screens now, 0 to 100."""
        plan = self._plan.get(ward)
        if plan is None:
            return 100
        night = plan.night.covers(self._clock.now().astimezone(self._zone).time())
        return plan.sound.night if night and priority > EMERGENCY else plan.sound.day

    def stop(self) -> None:
        """Judge no more."""
        self._tasks.stop()
        self.checks.stop()
        for timer in self._pending.values():
            if timer.active():
                timer.cancel()

    def joined(self, ward: str, screen: str, user: str) -> None:
        """A screen opened; it says by itself whether it can be heard."""
        self._wards.setdefault(ward, {})[screen] = _Screen(user)
        self._judge(ward)

    def left(self, ward: str, screen: str) -> None:
        """A screen closed, or its connection broke."""
        self._wards.get(ward, {}).pop(screen, None)
        self._judge(ward)

    def told(self, ward: str, screen: str, heard: bool, why: str = "") -> bool:
        """A screen says whether it can be heard. False when no such screen is connected."""
        known = self._wards.get(ward, {}).get(screen)
        if known is None:
            return False
        if known.heard is not heard or known.why != why:
            known.heard, known.why = heard, why
            at, user = self._clock.now(), known.user
            self._record(
                SpeechHeard(at=at, ward=ward, screen=screen, user=user)
                if heard
                else SpeechMuted(at=at, ward=ward, screen=screen, user=user, why=why)
            )
        self._judge(ward)
        return True

    async def tested(self, ward: str, screen: str, user: str, *, heard: bool, flowed: bool) -> None:
        """Somebody has listened to the test tone at a screen. Raises what the records raise; it counts all the same."""
        event = SoundTested(at=self._clock.now(), ward=ward, screen=screen, user=user, heard=heard, flowed=flowed)
        self._bus.publish(event)
        await self.checks.tested(event)

    def _checked(self, ward: str) -> None:
        if self._wards.get(ward):
            self._judge(ward)
        self._changed(ward)

    def _judge(self, ward: str) -> None:
        state, _ = self._verdict(ward)
        if state is State.UP:
            self._publish(ward, *self._verdict(ward))
        elif ward not in self._pending:
            self._pending[ward] = self._clock.later(GRACE, lambda: self._judge_at_last(ward))

    def _judge_at_last(self, ward: str) -> None:
        self._pending.pop(ward, None)
        self._publish(ward, *self._verdict(ward))

    def _verdict(self, ward: str) -> tuple[State, str]:
        screens = self._wards.get(ward, {}).values()
        if not screens:
            return State.DOWN, "No station screen is open: calls of this ward are neither shown nor spoken."
        if any(screen.heard for screen in screens):
            if self.checks.unheard(ward):
                return State.DEGRADED, UNHEARD
            return (State.DEGRADED, UNTESTED) if self.checks.overdue(ward) else (State.UP, "")
        why = next((screen.why for screen in screens if screen.why), "asleep")
        return State.DEGRADED, WHYS.get(why, WHYS["asleep"])

    def _publish(self, ward: str, state: State, detail: str) -> None:
        if self._told.get(ward) != (state, detail):
            self._told[ward] = (state, detail)
            event = HealthChanged(at=self._clock.now(), part=f"station:{ward}", state=state, detail=detail)
            self._bus.publish(event)

    def _record(self, event: SpeechHeard | SpeechMuted) -> None:
        self._bus.publish(event)
        writing = self._database.transact(lambda connection: journal.append(connection, event))
        self._tasks.start(writing, "writing down whether a station can be heard")
