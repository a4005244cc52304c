"""Calls through our exchange beside Asterisk's own `Dial()` on the same Asterisk: how many a second, how many at once,
and what a day of them leaves behind. SIPp is the phones and the carriers."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from pbx.engine.files import USER
from pbx.engine.program import password
from tests.bench.day_memory import MB
from tests.bench.figures import Figure, Row, beside
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.integration.sip_phone import RATE, encoded, sine

HOST = "127.0.0.1"
OUTSIDE, PLAIN = "013800138000", "120"
"""One that the exchange decides and routes; and an emergency number, which the plain dialplan sends out by `Dial()`."""

PHONE = "8081"
"""Of an office: it may call anywhere, and for as long as it likes."""

ROUNDS, CALLS, BESIDE = 5, 100, 10
"""Rounds of so many calls, never more than `BESIDE` at once."""

AT_ONCE, HELD = 200, 40.0
"""Calls that are up at once, and for how many seconds."""

DAY, WARM, PARTS = 10_000, 1_000, 5
"""Calls of a day, before it, and in how many parts memory is looked at."""
TONE = 1000
SCENARIOS = Path(__file__).parent / "scenarios"
SILENT = Path(__file__).parent.parent / "integration" / "scenarios" / "talk_and_hang_up.xml"


@dataclass
class Ends:
    """The house with SIPp behind its trunks."""

    house: House
    directory: Path

    def rate(self, number: str, calls: int) -> float:
        """Calls a second, set up and taken down."""
        began = time.monotonic()
        self.phones(number, calls, SILENT, "-l", str(BESIDE), "-r", "1000", "-d", "0").wait()
        return calls / (time.monotonic() - began)

    def phones(self, number: str, calls: int, scenario: Path, *options: str) -> Sipp:
        """Start `calls` calls of `PHONE` to `number`."""
        sip = self.house.told["sip"]
        secret = next(one["secret"] for one in sip["accounts"] if one["extension"] == PHONE)
        argv = [
            "sipp", f"{HOST}:{sip['port']}", "-sf", str(scenario), "-m", str(calls), "-i", HOST, "-p", str(_free()),
            "-nostdin", "-s", number, "-au", PHONE, "-ap", secret, "-cid_str", "%u-%p", "-key", "extension", PHONE,
            "-key", "ear", "9", "-timeout", "3600s", *options,
        ]  # fmt: skip
        return Sipp(argv, self.directory)

    def asterisk(self) -> psutil.Process:
        """The exchange's."""
        return psutil.Process(self.house.pid("asterisk"))

    def daemon(self) -> psutil.Process:
        """Ours."""
        return psutil.Process(self.house.pid("daemon"))

    def ari(self, what: str) -> Any:
        """What the exchange has of `what`: channels, bridges."""
        settings = self.house.settings()
        secret = password(self.house.directory / "asterisk")
        key = base64.b64encode(f"{USER}:{secret}".encode()).decode()
        address = f"http://{HOST}:{settings.exchange.ari_port}/ari/{what}"
        asked = urllib.request.Request(address, headers={"Authorization": f"Basic {key}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def idle(self) -> None:
        """Wait until no call of ours is up."""
        until(lambda: not self.ari("channels"), "every channel to be gone", 120)


class Sipp:
    """One SIPp. Its own count of calls is believed."""

    def __init__(self, argv: list[str], directory: Path) -> None:
        self._process = subprocess.Popen(
            argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def wait(self) -> None:
        """To its end. Raises AssertionError where a call failed."""
        said, _ = self._process.communicate()
        assert self._process.returncode == 0, said.decode("utf-8", "replace")[-3000:]

    def well(self) -> bool:
        """At its end, whether every call was answered."""
        self._process.communicate()
        return self._process.returncode == 0

    def stop(self) -> None:
        """At once."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def ends(house: House) -> Iterator[Ends]:
    """Lead every trunk to a SIPp that answers whatever comes and echoes its sound; the house is theirs from now on."""
    trunks = house.told["trunks"]
    ports = [_free() for _ in trunks]
    carriers = [
        Sipp(["sipp", "-sn", "uas", "-i", HOST, "-p", str(port), "-aa", "-rtp_echo", "-mp", str(_free()), "-nostdin"],
             house.directory)
        for port in ports
    ]  # fmt: skip
    try:
        left = iter(ports)
        text = re.sub(r"(?m)^port = \d+", lambda _: f"port = {next(left)}", house.cli("plan", "show").stdout)
        file = house.directory / "bench.toml"
        file.write_text(re.sub(r"(?m)^channels = \d+", "channels = 300", text), "utf-8")
        house.cli("plan", "load", str(file), "--activate")
        _write_tone(house.directory / "tone.raw")
        found = Ends(house, house.directory)
        # Until the new plan is in force the trunks still lead to the simulated carrier, whom nobody hears any more.
        until(lambda: all(found.phones(number, 1, SILENT, "-d", "0").well() for number in (OUTSIDE, PLAIN)), "a call")
        yield found
    finally:
        for carrier in carriers:
            carrier.stop()


def measure(house: House) -> list[Figure]:
    """The three figures; afterwards the house's trunks lead nowhere."""
    with ends(house) as two:
        return [_rates(two), _at_once(two), _day(two)]


def _rates(two: Ends) -> Figure:
    ours, plain = list[float](), list[float]()
    for _ in range(1 + ROUNDS):
        ours.append(two.rate(OUTSIDE, CALLS))
        two.idle()
        plain.append(two.rate(PLAIN, CALLS))
        two.idle()
    return Figure(
        f"Calls a second: {ROUNDS} rounds of {CALLS} calls, {BESIDE} at once, set up and taken down, alternating",
        beside(
            Row("through our exchange", ours[1:], "/s", rate=True),
            Row("Asterisk's own Dial()", plain[1:], "/s", rate=True),
            "times as many by Dial()",
        ),
        ("In ours: the right, the route and the line found with their reasons, all of it on record.",),
    )


def _at_once(two: Ends) -> Figure:
    rows = [row for number, name in ((OUTSIDE, "ours"), (PLAIN, "Dial()")) for row in _held(two, number, name)]
    return Figure(
        f"{AT_ONCE} calls up at once, each with sound both ways, {psutil.cpu_count()} cores",
        rows,
        ("Percent of one core while all are up. Nothing more is asked of our daemon while people talk.",),
    )


def _held(two: Ends, number: str, name: str) -> list[Row]:
    held = f"{HELD * 1000:.0f}"
    scenario = SCENARIOS / "sound_and_hang_up.xml"
    phones = two.phones(number, AT_ONCE, scenario, "-l", str(AT_ONCE), "-r", "10", "-d", held, "-mp", "30000")
    try:
        until(lambda: len(two.ari("channels")) >= 2 * AT_ONCE, f"{AT_ONCE} calls to be up", 120)
        asterisk, daemon = two.asterisk(), two.daemon()
        for process in (asterisk, daemon):
            process.cpu_percent()
        looks = list[tuple[float, float]]()
        for _ in range(10):
            time.sleep(1)
            looks.append((asterisk.cpu_percent(), daemon.cpu_percent()))
        up = len(two.ari("channels")) // 2
        assert up == AT_ONCE, f"{up} of {AT_ONCE} calls were still up"
        phones.wait()
    finally:
        phones.stop()
    two.idle()
    first, second = zip(*looks, strict=True)
    return [Row(f"{name}: Asterisk", first, "%"), Row(f"{name}: our daemon", second, "%")]


def _day(two: Ends) -> Figure:
    two.rate(OUTSIDE, WARM)
    two.idle()
    before, marks, seconds = _left(two), list[dict[str, int]](), 0.0
    for _ in range(PARTS):
        seconds += DAY / PARTS / two.rate(OUTSIDE, DAY // PARTS)
        two.idle()
        marks.append(_left(two))
    grown = {name: marks[-1][name] - before[name] for name in before}
    steps = ", ".join(f"{(mark['asterisk'] - before['asterisk']) / MB:+.1f}" for mark in marks)
    return Figure(
        f"A day of {DAY:,} calls in {seconds:.0f} s, after {WARM:,} to warm up: what it left behind",
        [
            Row("channels and bridges", [grown["legs"]]),
            Row("open files of Asterisk and our daemon", [grown["files"]]),
            Row("memory of Asterisk", [grown["asterisk"] / MB], "MB"),
            Row("memory of our daemon", [grown["daemon"] / MB], "MB"),
        ],
        (
            f"{DAY / seconds:.0f} calls a second; every one answered.",
            f"Memory of Asterisk after each part of {PARTS}, over what it began with: {steps} MB.",
        ),
    )


def _left(two: Ends) -> dict[str, int]:
    asterisk, daemon = two.asterisk(), two.daemon()
    legs = len(two.ari("channels")) + sum(bool(one["channels"]) for one in two.ari("bridges"))
    return {
        "legs": legs,
        "files": asterisk.num_fds() + daemon.num_fds(),
        "asterisk": asterisk.memory_info().rss,
        "daemon": daemon.memory_info().rss,
    }


def _write_tone(file: Path) -> None:
    """A second of A-law, as SIPp streams it."""
    table = {sample: encoded(sample) for sample in {sine(TONE, n) for n in range(RATE)}}
    file.write_bytes(bytes(table[sine(TONE, n)] for n in range(RATE)))


def _free() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((HOST, 0))
        return int(held.getsockname()[1])
