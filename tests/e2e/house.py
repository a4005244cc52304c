"""A private appliance with its simulated hospital, started and stopped as a person does it.

    house = House(Path("/tmp/nb1"))
    house.start()
    house.cli("simulate", "press", "28")
    house.stop()                             # fails when anything of it is left

Everything listens on 127.0.0.1, on ports that nobody used; everything lies in one short-named directory.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from appliance.demo import plan_text, settings_text, wanted_ports
from appliance.foundation.config import parse
from appliance.plan import Plan
from appliance.settings import Settings
from appliance.simulator.control import ask
from appliance.supervision import programs_of
from appliance.taken import Taken, taken
from nursecall.plan_types import TROUBLE
from tests.e2e.patience import until
from tests.ports import HOUSES, let_go, mine

HOUSE = Path(__file__).parent.parent.parent
ASTERISK = HOUSE / "build" / "asterisk"

Row = dict[str, Any]


class House:
    """One box. `told` is its demo.json."""

    def __init__(self, directory: Path) -> None:
        if not ASTERISK.is_dir():
            raise AssertionError("Asterisk is not in build/asterisk: run 'make test', which installs it")
        self.directory = directory
        self.settings_file = directory / "nightbell.toml"
        self.shift = free_shift()
        self.told: dict[str, Any] = {}
        self.pins: dict[str, str] = {}
        self.secrets: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._background = ThreadPoolExecutor(8, thread_name_prefix="simulate")

    # ------------------------------------------------------------- its life

    def start(self) -> None:
        """`nightbell demo`, until it says that it is ready."""
        self._process = self.begin()
        until(lambda: "Ready after" in self.said() or self._process_ended(), "the house to be ready", 150)
        assert not self._process_ended(), self.said()
        assert "not yet" not in self.said(), self.said()
        self.told = json.loads((self.directory / "demo.json").read_text("utf-8"))
        self.pins = {account["number"]: account["pin"] for account in self.told["accounts"]}

    def begin(self) -> subprocess.Popen[bytes]:
        """`nightbell demo`."""
        with (self.directory / "demo.out").open("wb") as out:
            return subprocess.Popen(
                self.argv("demo", "--shift", str(self.shift)),
                cwd=HOUSE,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to stop, to its whole terminal as Ctrl-C does; fails unless it ends well and leaves nothing."""
        assert self._process is not None
        family = self.family()
        self._background.shutdown(wait=False, cancel_futures=True)
        os.killpg(self._process.pid, how)
        code = self._process.wait(90)
        left = [process for process in family | self.family() if living(process)]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        assert (code, left) == (0, []), f"{self.said()}\nexit code {code}, still there: {left}"
        assert not self.taken()

    def taken(self) -> list[Taken]:
        """Ports of it that are in use."""
        return taken(list(wanted_ports(self.settings(), self.plan())))

    def give_up(self) -> None:
        """Leave nothing behind, after a failure too; its ports are for others."""
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        let_go(f"house-{self.shift}")

    def said(self) -> str:
        """What the person before it reads."""
        return (self.directory / "demo.out").read_text("utf-8", "replace")

    def family(self) -> set[psutil.Process]:
        """Every living process of this box: descendants, and whoever has its directory on the command line."""
        found: set[psutil.Process] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.status() != psutil.STATUS_ZOMBIE and any(
                    str(self.directory) in word for word in process.cmdline()
                ):
                    found |= {process, *process.children(recursive=True)}
        return found - {psutil.Process()}

    # ------------------------------------------------------------- the command line

    def argv(self, *arguments: str) -> list[str]:
        """`nightbell …` for this box."""
        settings = ("--settings", str(self.settings_file))
        return [sys.executable, "-m", "appliance", *settings, "--language", "en", *arguments]

    def cli(self, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run `nightbell …`; it must end with `code`, None for any."""
        done = subprocess.run(
            self.argv(*arguments), cwd=HOUSE, capture_output=True, encoding="utf-8", timeout=180, check=False
        )
        assert code in (None, done.returncode), f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def status(self) -> tuple[dict[str, str], dict[str, Row]]:
        """What `nightbell status` says: the state of each part, and its processes by name."""
        told = json.loads(self.cli("status", "--json", code=None).stdout)
        parts = {part["part"]: part["state"] for part in told["parts"]}
        return parts, {process["name"]: process for process in told["processes"]}

    def pid(self, name: str) -> int:
        """The process that the supervisor calls `name`, as `nightbell status` tells too."""

        def look() -> int:
            running = programs_of(self.directory / "run" / "supervisor.sock")
            return next((program.pid for program in running if program.name == name), 0)

        return until(look, f"a process {name}")

    def until_new(self, name: str, killed: int) -> None:
        """Wait until another process does the work of the one that was killed."""
        until(lambda: self.pid(name) != killed, f"a new {name}")

    def supervisor(self) -> int:
        """The supervisor's own process."""
        return int((self.directory / "run" / "supervisor.pid").read_text())

    def health(self) -> dict[str, str]:
        """The same states as `status`, read more quickly; empty while no daemon lives."""
        with contextlib.suppress(OSError, ValueError):
            told = json.loads((self.directory / "run" / "health.json").read_text("utf-8"))
            if psutil.pid_exists(told["pid"]):
                return {part["part"]: part["state"] for part in told["parts"]}
        return {}

    def until_part(self, part: str, state: str = "up") -> None:
        """Wait until `part` is so."""
        self._until(lambda: self.health().get(part) == state, f"{part} to be {state}")

    def _until(self, look: Callable[[], bool], what: str) -> None:
        try:
            until(look, what)
        except AssertionError as why:
            raise AssertionError(f"{why}; how all is: {self.health()}; plans: {self._plans()}") from None

    def _plans(self) -> list[Row]:
        """What became of them: put into force, taken back."""
        return self.rows("SELECT at, kind, body FROM journal WHERE kind LIKE 'appliance.Plan%' ORDER BY id")

    def until_well(self) -> None:
        """Wait until everything that a person's eyes and ears are not needed for is up."""

        def unwell() -> dict[str, str]:
            health = self.health()
            # Nobody has opened a station, the hospital system speaks only when somebody comes or goes, and what other
            # tests dial may be suspicious.
            far = ("station:", "adt:", "guard:")
            return {part: state for part, state in health.items() if not part.startswith(far) and state != "up"}

        self._until(lambda: len(self.health()) >= 10 and not unwell(), f"every part to be up; at first not: {unwell()}")

    # ------------------------------------------------------------- the simulated hospital

    def simulate(self, verb: str, timeout: float = 120, **request: Any) -> Row:
        """Ask the simulated hospital; it must do it."""
        answer = ask(self.directory / "run" / "simulator.sock", {"verb": verb, **request}, timeout=timeout)
        assert answer.pop("ok"), f"{verb} {request}: {answer}"
        return answer

    def legs(self) -> dict[str, Row]:
        """What the simulated telephones and the carrier are in now, by id.

        Some may be of a test before, that killed the exchange: their far ends never heard of it.
        """
        return {leg["id"]: leg for leg in self.simulate("calls")["calls"]}

    def until_hung_up(self, before: Set[str]) -> None:
        """Wait until no leg is left but those in `before`."""
        left: dict[str, Row] = {}

        def none() -> bool:
            nonlocal left
            left = {leg: told for leg, told in self.legs().items() if leg not in before}
            return not left

        try:
            until(none, "every telephone to be hung up")
        except AssertionError as why:
            raise AssertionError(f"{why}; not hung up: {list(left.values())}") from None

    def meanwhile(self, verb: str, **request: Any) -> Future[Row]:
        """The same, without waiting for the answer."""
        return self._background.submit(self.simulate, verb, **request)

    def press(self, bed: str, line: str = "ward-a", **more: Any) -> Row:
        """Press the button at `bed`; returns when the call is on record, which is soon after the ACK on the wire."""
        pressed = self.simulate("press", line=line, bed=bed, **more)
        query = "SELECT id FROM nurse_calls WHERE line = ? AND bed = ? AND ended_at IS NULL"
        until(lambda: self.rows(query, line, bed), f"the call of bed {bed} on record")
        return pressed

    def dialled(self, account: str, number: str, pin: str | None = None) -> str:
        """What a patient dials to call `number`; every PIN ever dialled is remembered in `secrets`."""
        whose = f"{account}{pin or self.pins[account]}"
        self.secrets.add(whose)
        return f"600{whose}{number}"

    def quieten(self) -> None:
        """Reset every open call at its bedside; those of lines and terminals in trouble end by themselves."""
        for call in self.rows("SELECT * FROM nurse_calls WHERE ended_at IS NULL AND call_type != ?", TROUBLE):
            self.simulate("reset", line=call["line"], bed=call["bed"])
        until(lambda: not self.rows("SELECT id FROM nurse_calls WHERE ended_at IS NULL"), "no open call to be left")

    # ------------------------------------------------------------- its records

    @property
    def records(self) -> Path:
        """The database file."""
        return self.directory / "nightbell.sqlite"

    def rows(self, query: str, *values: object) -> list[Row]:
        """Read the records, beside the running daemon."""
        with contextlib.closing(sqlite3.connect(f"file:{self.records}?mode=ro", uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def journal(self, kind: str, after: int = 0) -> list[Row]:
        """Journal lines of a kind, such as `nursecall.CallRaised`, after a number: their bodies with `id` and `at`."""
        lines = self.rows("SELECT * FROM journal WHERE kind = ? AND id > ? ORDER BY id", kind, after)
        return [{**json.loads(line["body"]), "id": line["id"], "at": line["at"]} for line in lines]

    def journal_end(self) -> int:
        """The number of the last line."""
        return int(self.rows("SELECT COALESCE(MAX(id), 0) AS last FROM journal")[0]["last"])

    def until_journal(self, kind: str, after: int, **facts: object) -> Row:
        """Wait for a journal line of that kind with these facts."""

        def look() -> Row | None:
            found = (line for line in self.journal(kind, after) if facts.items() <= line.items())
            return next(found, None)

        return until(look, f"{kind} with {facts} in the journal")

    # ------------------------------------------------------------- what it goes by

    def settings(self) -> Settings:
        """Its settings."""
        return parse(self.settings_file.read_text("utf-8"), Settings)

    def plan(self) -> Plan:
        """The plan in force, as the daemon keeps it beside its records."""
        return parse((self.directory / "plan-in-force.toml").read_text("utf-8"), Plan)

    def page(self, path: str) -> str:
        """The address of a page of its panel."""
        return f"{self.told['address']}{path.removeprefix('/')}"

    def password(self, user: str) -> str:
        """The log-in made for `user`."""
        return next(str(login["password"]) for login in self.told["logins"] if login["user"] == user)

    def logs(self) -> Iterator[Path]:
        """Every log file of every process."""
        yield self.directory / "demo.out"
        for place in ("log", "asterisk/log", "carrier/log"):
            yield from (file for file in sorted((self.directory / place).rglob("*")) if file.is_file())

    def _process_ended(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None


def living(process: psutil.Process) -> bool:
    """Whether a process still runs."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def free_shift() -> int:
    """A number to add to every port so that none is in use, nor given to another house of any test run."""
    for shift in HOUSES:
        if mine(f"house-{shift}"):
            if _all_free(shift):
                return shift
            let_go(f"house-{shift}")
    raise AssertionError("no free ports")


def _all_free(shift: int) -> bool:
    settings = parse(settings_text(shift, ASTERISK, "en"), Settings)
    if taken(list(wanted_ports(settings, parse(plan_text(shift), Plan)))):
        return False
    assert settings.simulator is not None
    ranges = (settings.exchange, settings.simulator)
    voice = [port for ports in ranges for port in range(ports.rtp_first, ports.rtp_last + 1)]
    with contextlib.ExitStack() as held:
        try:
            for port in voice:
                held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
