"""Behind the setup assistant: which serial ports there are and what is on them, a telephone rung, a place spoken in."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import translate
from appliance.foundation.serial_address import SERVER
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, Language
from appliance.hardware.board_ports import board_ports
from appliance.network_facts import network
from appliance.plan import Plan
from appliance.reach.ports import Telephones
from nursecall.ear import Heard
from nursecall.plan_lines import SerialLine
from pbx.callout import NotReached
from tts.deadline import TimeUp, within
from tts.places import Announcement
from tts.speaker import Clip
from web.bringing_up import Network, SerialPort
from web.events import CallTried, PlaceTried

BY_ID = Path("/dev/serial/by-id")
"""Where Linux gives serial ports names that outlast a restart."""

RINGS, LONGEST = timedelta(seconds=30), timedelta(minutes=1)
PATIENCE = timedelta(minutes=2)
"""For an announcement: calls of patients go first."""

PRIORITY = 9
"""Behind every call of a patient."""

SAID = "This is a test of Nightbell."


class Voice(Protocol):
    """`tts.speaker.Speaker`."""

    async def say(self, text: str, language: Language) -> Clip | None: ...
    async def prompt(self, text: str, language: Language) -> Path | None: ...


class Places(Protocol):
    """`tts.places.Places`."""

    def try_out(self, place: str, announcement: Announcement) -> bool: ...


class Ear(Protocol):
    """`nursecall.ear.Ear`."""

    async def listen(self, path: str) -> Heard: ...


class SetupDesk:
    """Satisfies `web.ports.SettingUp`. One thing is tried at a time; `changed` is told when it begins and ends."""

    log = Logger()

    def __init__(
        self,
        plan: Callable[[], Plan],
        devices: Path,
        phones: Callable[[], Telephones],
        voice: Voice,
        places: Places,
        database: Transactions,
        clock: Clock,
        ear: Ear,
        by_id: Path = BY_ID,
        on_board: Callable[[], Sequence[Path]] = board_ports,
    ) -> None:
        self._plan, self._devices, self._by_id, self._on_board = plan, devices, by_id, on_board
        self._phones, self._voice, self._places = phones, voice, places
        self._database, self._clock = database, clock
        self._ear, self._heard = ear, dict[str, Heard]()
        self._going, self._tasks = "", Tasks()
        self.changed: Callable[[], object] = lambda: None

    def serial_ports(self) -> list[SerialPort]:
        """Those with a lasting name, on the board, or in the box's directory of devices, then those that the plan names
        otherwise or that are not there.
        """
        users: dict[str, list[str]] = {}
        named: dict[str, str] = {}
        for who, name in self._named():
            path = str(self._devices / name)
            users.setdefault(os.path.realpath(path), []).append(who)
            named.setdefault(os.path.realpath(path), path)
        found = [*_in(self._by_id), *self._on_board(), *_in(self._devices)]
        ports = [
            SerialPort(str(one), device, Path(device).exists(), tuple(users.get(device, ())))
            for one, device in _real(found)
        ]
        known = {port.device for port in ports}
        return ports + [
            SerialPort(path, device, Path(device).exists(), tuple(users[device]))
            for device, path in named.items()
            if device not in known
        ]

    def _named(self) -> Iterator[tuple[str, str]]:
        """Who uses which device of this box; those behind serial servers are none of its own."""
        plan = self._plan()
        every = [(f"line {line.id}", line.device) for line in plan.nursecall.lines if isinstance(line, SerialLine)]
        every += [(f"pager {one.id}", one.device) for one in plan.nursecall.pagers]
        every += [(f"modem {modem.id}", modem.device) for modem in plan.pbx.modems]
        return ((who, name) for who, name in every if SERVER.fullmatch(name) is None)

    def network(self) -> Network:
        """How this box is in the network."""
        return network()

    def listen(self, path: str) -> bool:
        """Listen at a port that nothing uses; as `ring`. Raises LookupError where it is none."""
        if path not in {port.path for port in self.serial_ports() if port.there and not port.users}:
            raise LookupError(path)
        return self._begin(f"port {path}", self._listen(path))

    def heard(self) -> Mapping[str, Heard]:
        """What was heard at ports since the daemon was started, by their paths."""
        return self._heard

    def going(self) -> str:
        """What is being tried."""
        return self._going

    def ring(self, extension: str, by: str) -> bool:
        """Ring it and speak to who answers; on record when it is over. False while something is being tried."""
        return self._begin(f"call {extension}", self._call(extension, by))

    def announce(self, place: str, by: str) -> bool:
        """Speak in one place of the plan, in its turn; as `ring`. Raises LookupError."""
        known = next((one for one in self._plan().nursecall.places if one.id == place), None)
        if known is None:
            raise LookupError(place)
        return self._begin(f"place {place}", self._speak(place, known.ward, by))

    def stop(self) -> None:
        """Hang up."""
        self._tasks.stop()

    def _begin(self, what: str, trying: Coroutine[Any, Any, None]) -> bool:
        if self._going:
            trying.close()
            return False
        self._going = what
        self._tasks.start(trying, f"trying {what}").addBoth(self._over)
        self.changed()
        return True

    def _over(self, _: object) -> None:
        self._going = ""
        self.changed()

    async def _listen(self, path: str) -> None:
        self._heard.pop(path, None)
        self._heard[path] = await self._ear.listen(path)

    async def _call(self, extension: str, by: str) -> None:
        language = self._plan().site.language
        words = await self._voice.prompt(translate(SAID, language), language)
        outcome = "answered"
        try:
            party = await self._phones().desk(extension, RINGS, LONGEST, shown="Nightbell")
        except NotReached as why:
            outcome = why.outcome
        else:
            try:
                await party.play([words] if words else [])
            except HungUp:
                self.log.debug("{extension} hung up before the end", extension=extension)
            finally:
                await party.hang_up()
        await self._record(CallTried(at=self._clock.now(), extension=extension, outcome=outcome, by=by))

    async def _speak(self, place: str, ward: str, by: str) -> None:
        language = self._language(ward)
        clip, ended = await self._voice.say(translate(SAID, language), language), Deferred[str]()
        trial = Announcement(f"test {place}", ward, PRIORITY, "call", clip, ended.callback)
        why = "there is no such loudspeaker any more"
        if self._places.try_out(place, trial):
            try:
                why = await within(self._clock, PATIENCE, ended)
            except TimeUp:
                why = "its turn did not come within two minutes"
        await self._record(PlaceTried(at=self._clock.now(), place=place, heard=not why, why=why, by=by))

    def _language(self, ward: str) -> Language:
        plan = self._plan()
        known = plan.nursecall.ward(ward)
        return known.language if known else plan.site.language

    async def _record(self, event: journal.Event) -> None:
        await self._database.transact(lambda connection: journal.append(connection, event))


def _in(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _real(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    return ((path, os.path.realpath(path)) for path in paths)
