"""Runs supervisord in front of a person: progress while it starts, what to try, and an end that leaves nothing."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.health_file import read_health
from appliance.settings import Settings
from appliance.supervision import programs_of

PACE = 0.2
PATIENCE = 120.0
STEPS = (
    ("exchange:", "The exchange answers"),
    ("line:", "The ward lines are up"),
    ("trunk:", "The trunks to the carrier are up"),
    ("sms:", "Short messages can be sent"),
    ("speech:", "Speech is ready"),
    ("storage:", "Records are kept"),
)
"""The parts whose coming up the person watches, by how their names begin."""

PR_SET_PDEATHSIG = 1


class Foreground:
    """supervisord as a child that ends with us, however we end."""

    def __init__(self, settings: Settings, configuration: Path, told: dict[str, Any], language: Language) -> None:
        self._settings = settings
        self._configuration = configuration
        self._told = told
        self._language = language
        self._stopping = False

    def run(self) -> int:
        """Until Ctrl-C or SIGTERM. Returns the exit code: 0 when asked to stop, 1 when it ended by itself."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        self._say("Starting Nightbell. Ctrl-C stops it.")
        began = time.monotonic()
        command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._configuration)]
        child = subprocess.Popen(
            command,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            if self._watch(child, began):
                self._welcome(time.monotonic() - began)
            while not self._stopping and child.poll() is None:
                _pause(child)
        finally:
            self._end(child)
        return 0 if self._stopping else 1

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _watch(self, child: subprocess.Popen[bytes], began: float) -> bool:
        waiting = list(STEPS)
        while waiting and not self._stopping and child.poll() is None:
            if time.monotonic() - began > PATIENCE:
                self._complain(waiting)
                return True
            parts = read_health(self._settings.health_file)
            for step in [s for s in waiting if _all_up(parts, s[0])]:
                waiting.remove(step)
                print(f"  ✓ {translate(step[1], self._language)} ({time.monotonic() - began:.1f} s)", flush=True)
            _pause(child)
        return not waiting

    def _complain(self, waiting: list[tuple[str, str]]) -> None:
        for _, sentence in waiting:
            print(f"  ✗ {translate(sentence, self._language)}: {translate('not yet', self._language)}")
        for process in programs_of(self._settings.supervisor_socket):
            if process.state != "RUNNING":
                print(f"  ✗ {process.name}: {process.state}, {self._settings.logs / process.name}.log")

    def _welcome(self, seconds: float) -> None:
        for line in welcome(self._told, self._settings.directory / "demo.json", self._language):
            print(line)
        self._say("Ready after {seconds} s.", seconds=f"{seconds:.1f}")

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is not None:
            if not self._stopping:
                self._say("The supervisor ended by itself: see {log}.", log=self._settings.logs / "supervisor.log")
            return
        self._say("Stopping …")
        child.terminate()
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self._say("Stopped; nothing is left running.")

    def _say(self, message: str, **facts: object) -> None:
        print(translate(message, self._language, **facts), flush=True)


def welcome(told: dict[str, Any], file: Path, language: Language) -> list[str]:
    """What a person needs for the first five minutes."""

    def say(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    rich, poor = told["accounts"][0], told["accounts"][-1]
    phones = told["sip"]["accounts"]
    lines = ["", say("The panel: {address}", address=told["address"]), "", say("Log-ins:")]
    lines += [f"  {one['user']:10} {one['password']:20} {say(one['role'])}" for one in told["logins"]]
    lines += ["", say("Telephone accounts (600 + account + PIN + number):")]
    lines += [f"  {one['number']}  PIN {one['pin']}  ¥{one['deposit']:8} {one['holder']}" for one in told["accounts"]]
    lines += [
        "",
        say(
            "SIP phones: {first} to {last} at {host}:{port}; passwords are in {file}",
            first=phones[0]["extension"],
            last=phones[-1]["extension"],
            host=told["sip"]["host"],
            port=told["sip"]["port"],
            file=file,
        ),
        "",
        say("Five things to try:"),
        "  1. " + say("Log in as nurse, open the station, then press a bed button:"),
        "       ./nightbell simulate press 28      ./nightbell simulate reset 28",
        "  2. " + say("Press and let nobody come; after a minute the night nurse's SMS is here:"),
        "       ./nightbell simulate messages",
        "  3. " + say("A patient calls outside for 20 seconds and is billed (see Accounts as cashier):"),
        f"       ./nightbell simulate dial 8001 600{rich['number']}{rich['pin']}13800138000 --talk 20",
        "  4. " + say("The same with little credit is cut at zero:"),
        f"       ./nightbell simulate dial 8002 600{poor['number']}{poor['pin']}13800138000 --talk 120",
        "  5. " + say("Break something and watch the status page as it: a line, the modem, a carrier:"),
        "       ./nightbell simulate line ward-a drop      ./nightbell simulate modem sms1 silence",
        "",
    ]
    return lines


def _all_up(parts: list[dict[str, Any]], prefix: str) -> bool:
    states = [part["state"] for part in parts if part["part"].startswith(prefix)]
    return bool(states) and all(state == "up" for state in states)


def _pause(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(PACE)


def _end_with_parent() -> None:
    """Linux tells the child to end when we are gone, even by kill -9."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
