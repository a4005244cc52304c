"""The part of `make image-test` that follows the manual's page "From the box to the first call" from a blank disk.

The machine is in a network with a telephone, a carrier and IT's laptop; a loudspeaker is in its sound card, and a host
that prints at its second serial port. They are in a network namespace of their own: run it by `unshare --net`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Error, Page, expect, sync_playwright

from appliance.foundation.config import parse
from appliance.settings import Settings
from imaging.machine import Lan, Machine, TooLate, wait_for
from imaging.trial import SOON, Trial, Wrong, passed
from imaging.trial import expect as demand
from imaging.words import words
from tests.e2e import walk
from tests.e2e.new_box import PrintingHost, carrier
from tests.e2e.screens import FLAGS, connected, shows
from tests.e2e.sound import Recording
from tests.integration.sip_phone import Line
from tests.integration.soft_phone import SoftPhone, registered
from tests.real_reactor import start

LAPTOP, TELEPHONE, BOX = "10.9.8.1", "10.9.8.17", "10.9.8.2"
TAP = "walk"
FILE = """\
language = "en"
[network]
address = "10.9.8.2/24"
[ssh]
key = "{key}"
"""
AUDIBLE = 300
"""Root mean square, of 32768: a whisper."""
HEADER = 44
LOUDSPEAKER = "plughw:0"


class Box:
    """The machine as the walk sees it."""

    patience = SOON
    port = "/dev/ttyS1"
    sound_card = LOUDSPEAKER

    def __init__(self, trial: Trial, machine: Machine) -> None:
        self._trial, self._machine = trial, machine

    @property
    def code(self) -> str:
        """As the console shows it."""
        return self._trial.code(self._machine)

    def page(self, path: str) -> str:
        """By HTTPS."""
        return f"https://{BOX}{path}"

    def until_part(self, part: str, state: str = "up") -> None:
        """As `nightbell status` says."""
        wanted = re.compile(rf'"part": "{re.escape(part)}", "state": "{state}"')
        self._until(lambda: wanted.search(self._ssh("nightbell status --json")), f"{part} to be {state}")

    def until_extensions(self) -> None:
        """As the plan in force has it."""
        self._until(lambda: "8001-8010" in self._ssh("cat /data/nightbell/plan-in-force.toml"), "the extensions")

    def line(self, extension: str, secret: str, port: int) -> Line:
        """Of the telephone in this network."""
        return Line(extension, secret, port, BOX, TELEPHONE)

    def asked(self) -> str:
        """By the telephone's own address."""
        provisioning = parse(self._ssh("cat /data/nightbell/nightbell.toml"), Settings).provisioning
        demand(provisioning is not None and provisioning.host == BOX, "telephones are told another address")
        assert provisioning is not None
        return walk.configuration(BOX, provisioning.port, TELEPHONE)

    def _ssh(self, command: str) -> str:
        return self._trial.ssh(self._machine, command)

    def _until(self, look: Callable[[], object], what: str) -> None:
        wait_for(look, SOON, what, self._machine.stands)


def network() -> None:
    """In the namespace that this process is in: a wire to the machine, with the laptop and the telephone on it."""
    for command in (
        "link set lo up", f"tuntap add dev {TAP} mode tap", f"addr add {LAPTOP}/24 dev {TAP}",
        f"addr add {TELEPHONE}/24 dev {TAP}", f"link set {TAP} up",
    ):  # fmt: skip
        subprocess.run(["ip", *command.split()], check=True)


def trial_walk(trial: Trial) -> None:
    """The nine steps. Raises Wrong, TooLate."""
    trial.new_disk({"nightbell.toml": trial.with_key(FILE)})
    played = trial.directory / "corridor.wav"
    card = ("-device", "ich9-intel-hda", "-device", "hda-output,audiodev=sound")
    sound = ("-audiodev", f"wav,id=sound,path={played}", *card)
    machine = Machine(trial.disk, trial.directory / "machine", extra=sound, lan=Lan(TAP, BOX))
    began = time.monotonic()
    title = words("按手册从开箱到第一个电话", "from the box to the first call, as the manual says")
    with trial.started(title, machine):
        box = Box(trial, machine)
        with _page() as page, PrintingHost(machine.on_ward_line) as host, carrier(LAPTOP) as port:
            walk.comes_in(page, box)
            walk.names_the_hospital(page)
            walk.brings_its_wards(page)
            passed(words("登录、院名、病区", "logged in, named, wards from a file"))
            walk.connects_the_host(page, box)
            passed(words("串口上的主机已识别并接通", "the host at the serial port was told by its sound, and is up"))
            walk.connects_the_carrier(page, box, LAPTOP, port)
            passed(words("中继正常", "the trunk is up"))
            line = walk.sets_a_telephone_up(page, box)
            with registered(SoftPhone(line, trial.directory, tone=600)):
                walk.rings_it(page, box, line.extension)
                trial.facts[words("从通电到第一个电话接听", "from power to the first call answered")] = (
                    time.monotonic() - began
                )
            heard = max(Recording(file.read_bytes()).level for file in trial.directory.rglob("*dec.wav"))
            demand(heard > AUDIBLE, f"the telephone heard nothing ({heard:.0f})")
            passed(
                words(f"话机接听并听到语音（音量 {heard:.0f}）", f"the telephone answered and heard it ({heard:.0f})")
            )
            walk.speaks_in_the_corridor(page, box)
            level = wait_for(lambda: _level(played), SOON, "sound from the sound card", machine.stands)
            passed(words(f"扬声器播放（音量 {level:.0f}）", f"the loudspeaker played ({level:.0f})"))
            host.say("28床 呼叫")
            page.goto(box.page("/station/im1"))
            connected(page)
            shows(page, "28")
            page.screenshot(path=trial.directory / "first-call.png")
            passed(words("按铃显示在护士站", "a press is on the station's screen"))
            text = walk.prints_the_report(page, box, trial.directory)
            for wanted in ("Renhe Hospital", "Internal medicine 1", "Town line", line.extension, "corridor"):
                demand(wanted in text, f"the report does not name {wanted}")
            passed(words("验收报告已生成", "the acceptance report is made"))


def _level(file: Path) -> float:
    """Of what the sound card played, where it is audible; else 0."""
    samples = np.frombuffer(file.read_bytes()[HEADER:][: (file.stat().st_size - HEADER) // 4 * 4], "<i2").astype(float)
    loudest = max((float(np.sqrt(np.mean(part**2))) for part in np.array_split(samples, 200) if len(part)), default=0.0)
    return loudest if loudest > AUDIBLE else 0.0


@contextmanager
def _page() -> Iterator[Page]:
    """IT's laptop."""
    expect.set_options(timeout=SOON * 1000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context(ignore_https_errors=True, locale="en-GB", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(SOON * 1000)
        yield context.new_page()
        browser.close()


def main() -> int:
    """Returns the exit code."""
    directory = Path(sys.argv[1])
    trial = Trial.of(directory, {})
    network()
    start()
    try:
        trial_walk(trial)
    except (Wrong, TooLate, OSError, ValueError, AssertionError, Error, subprocess.SubprocessError) as why:
        return trial.failed(why)
    trial.over()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
