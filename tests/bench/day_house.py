"""A box of 600 beds: the daemon as it runs in a hospital, and the other ends of its lines in a process of their own.

Without Asterisk and speech: calls are shown all the same, which is half of what this proves.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
from sqlalchemy import Engine

from appliance import revisions
from appliance.cli.house import open_database
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.programs import PYTHON
from appliance.settings import Settings, load
from tests.bench.day_plan import text, wards
from tests.bench.panel import Nurse
from tests.e2e.patience import until
from web.auth import Users
from web.passwords import Passwords, fresh, here

HOUSE = Path(__file__).parent.parent.parent

START = 300.0
"""Seconds it may take on a machine that has much else to do."""

SETTINGS = """\
language = "en"

[panel]
port = {panel}

[exchange]
sip_port = {sip}
ari_port = {ari}
"""
"""Nobody listens at the ports of the exchange."""


class DayHouse:
    """One box; `daemon` and `simulator` are its processes."""

    def __init__(self, directory: Path) -> None:
        file = directory / "nightbell.toml"
        panel, sip, ari = _free_ports(3)
        file.write_text(SETTINGS.format(panel=panel, sip=sip, ari=ari), "utf-8")
        self.directory, self._file = directory, file
        self.settings: Settings = load(file)
        self._passwords: dict[str, str] = {}
        self._logs = [(directory / f"{name}.log").open("wb") for name in ("daemon", "simulator")]
        self._fill()
        self.daemon = self._run("daemon", log=0)
        self.simulator = self._run("simulate", "serve", log=1)

    def until_lines_are_up(self) -> None:
        """Wait for the panel and for every line."""
        until(self._up, "every line to be up", START)

    def nurse(self, ward: str) -> Nurse:
        """The nurse who watches `ward`, logged in."""
        return Nurse(f"http://127.0.0.1:{self.settings.panel.port}", ward, self._passwords[ward])

    def memory(self) -> int:
        """Bytes of real memory that the daemon holds."""
        return int(psutil.Process(self.daemon.pid).memory_info().rss)

    def processor(self) -> float:
        """Seconds of processor time that the daemon has used."""
        times = psutil.Process(self.daemon.pid).cpu_times()
        return float(times.user + times.system)

    def records(self) -> Engine:
        """Its database, for when it was stopped."""
        return open_database(self.settings).engine

    def stop(self) -> int:
        """End it as supervisord does; the daemon's exit code."""
        for process in (self.simulator, self.daemon):
            process.terminate()
            process.wait(60)
        return int(self.daemon.returncode)

    def give_up(self) -> None:
        """Leave nothing behind."""
        for process in (self.simulator, self.daemon):
            if process.poll() is None:
                process.kill()
                process.wait()
        for log in self._logs:
            log.close()

    def faults(self) -> list[str]:
        """What the daemon wrote that begins a traceback, for a person to look at."""
        said = (self.directory / "daemon.log").read_text("utf-8", "replace")
        return [line for line in said.splitlines() if line.startswith("Traceback") or "[critical]" in line.lower()]

    def _run(self, *arguments: str, log: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "appliance", "--settings", str(self._file), *arguments]
        return subprocess.Popen(
            command,
            cwd=HOUSE,
            env={**os.environ, **PYTHON},
            stdin=subprocess.DEVNULL,
            stdout=self._logs[log],
            stderr=self._logs[log],
        )

    def _fill(self) -> None:
        for place in (self.settings.sockets, self.settings.devices, self.settings.sounds, self.settings.asterisk):
            place.mkdir(parents=True)
        database, now = open_database(self.settings), CommandClock().now()
        with database.engine.begin() as connection:
            number = revisions.keep(connection, text(), by="bench", note="600 beds", at=now)
            revisions.activate(connection, number, by="bench", at=now)
        users = Users(database, CommandClock(), Passwords(here))
        for ward in wards():
            self._passwords[ward] = fresh(ward)
            finish(users.add(ward, "nurse", self._passwords[ward], wards=(ward,), must_change=False, by="bench"))
        database.engine.dispose()

    def _up(self) -> bool:
        for process, log in ((self.daemon, "daemon"), (self.simulator, "simulator")):
            said = (self.directory / f"{log}.log").read_text("utf-8", "replace")
            assert process.poll() is None, f"the {log} has ended:\n{said[-4000:]}"
        with contextlib.suppress(OSError, ValueError):
            told = json.loads(self.settings.health_file.read_text("utf-8"))
            lines = [part["state"] for part in told["parts"] if part["part"].startswith("line:")]
            with socket.create_connection(("127.0.0.1", self.settings.panel.port), 5):
                return len(lines) == len(wards()) and set(lines) == {"up"}
        return False


@contextlib.contextmanager
def day_house(*, keep: bool = False) -> Iterator[DayHouse]:
    """One that is up, and gone afterwards; `keep` leaves its directory."""
    # Unix sockets lie in it, and their paths may have about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="nb", dir="/tmp"))
    house = DayHouse(directory)
    try:
        house.until_lines_are_up()
        yield house
    finally:
        house.give_up()
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        found = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in found]
