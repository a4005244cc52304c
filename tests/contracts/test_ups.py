"""The same of a simulated upsd and of the real one, whose files are those that the image writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from appliance.box.file import UpsTable
from appliance.box.ups import nut_files
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.hardware.ups_watch import EVERY, UpsWatch
from appliance.settings import UpsServer
from appliance.simulator.upsd import ACTIONS, SimulatedUps
from tests.fakes.database import InlineDatabase
from tests.ports import free_port
from tests.real_reactor import Heard, call, reactor, run

NUT = Path(__file__).parents[2] / "build" / "nut"


class RealUps:
    """upsd with NUT's own simulated UPS, which reads its variables from a file again and again."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port
        self.children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Both run; upsd is there when its port answers."""
        home = self.directory
        for name, text in nut_files(UpsTable(driver="dummy-ups", port="sim.dev"), "secret", "true", self.port).items():
            (home / name).write_text(text)
        (home / "upsd.conf").write_text((home / "upsd.conf").read_text() + f"STATEPATH {home}\n")
        self.act("mains")
        self._run("lib/nut/dummy-ups", "-a", "ups", "-D", "-u", "root")
        self._run("lib/nut/upsd", "-F", "-D", "-u", "root")

    def _run(self, program: str, *arguments: str) -> None:
        found = next(one for one in (NUT / program, NUT / "usr" / program) if one.exists())
        libraries = ":".join(str(one.parent) for name in ("upsclient", "wrap") for one in NUT.rglob(f"lib{name}.so*"))
        environment = os.environ | {
            "NUT_CONFPATH": str(self.directory), "NUT_STATEPATH": str(self.directory),
            "NUT_ALTPIDPATH": str(self.directory), "LD_LIBRARY_PATH": libraries,
        }  # fmt: skip
        with (self.directory / f"{found.name}.log").open("wb") as log:
            child = subprocess.Popen([found, *arguments], env=environment, stdout=log, stderr=log)
        self.children.append(child)

    def act(self, action: str) -> None:
        """Mains, battery or the end of it."""
        rows = "".join(f"{name}: {value}\n" for name, value in ACTIONS[action].items() if not name.startswith("device"))
        fresh = self.directory / "sim.new"
        fresh.write_text(rows + "ups.mfr: EATON\n")
        fresh.replace(self.directory / "sim.dev")

    def stop(self) -> None:
        """Both end."""
        for child in reversed(self.children):
            child.terminate()
            child.wait(30)


@pytest.fixture(params=["simulated", "real"])
def ups(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, UpsServer]]:
    """One that runs, and where."""
    server = UpsServer(port=free_port())
    one: Any = SimulatedUps(server, reactor) if request.param == "simulated" else RealUps(tmp_path, server.port)
    call(one.start)
    try:
        yield one, server
    finally:
        call(one.stop)


def says(words: str, heard: list[HealthChanged]) -> bool:
    """Whether the latest word is that."""
    return bool(heard) and words in heard[-1].detail


class Impatient(ReactorClock):
    """Asks the UPS anew five times a second, as a test has no time; everything else takes as long as ever."""

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        return super().later(timedelta(seconds=0.2) if delay == EVERY else delay, call)


def test_mains_fails_runs_low_and_returns(ups: tuple[Any, UpsServer]) -> None:
    """As the status page shows it."""
    one, server = ups
    bus, heard = Bus(), Heard[HealthChanged]()
    bus.subscribe(HealthChanged, heard.append)
    watch = UpsWatch(server, InlineDatabase(), Impatient(reactor), bus, reactor)

    async def story() -> None:
        watch.start()
        for action, state, words in (
            ("mains", State.UP, "On mains"),
            ("battery", State.DOWN, "Mains has failed"),
            ("low", State.DOWN, "nearly empty"),
            ("mains", State.UP, "On mains"),
        ):
            one.act(action)
            await heard.until(partial(says, words))
            assert heard[-1].state is state
        assert not watch.is_low

    try:
        run(story(), timeout=90)
    finally:
        call(watch.stop)
