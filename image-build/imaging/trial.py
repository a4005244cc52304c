"""`make image-test`: the image is started in QEMU and looked at as its users do.

Judged by what the panel answers over HTTP, by the box's own screen, and from inside by SSH with a key that was put into
`nightbell.toml`. Emulated: minutes a start.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from imaging.boot_partition import put
from imaging.browser import Browser
from imaging.machine import Kind, Machine, copy_sparse, free_port, wait_for
from imaging.trial_call import a_patient_pays, telephones
from imaging.words import words

DISK = 8 * 2**30
STARTS_WITHIN = float(os.environ.get("IMAGE_TEST_PATIENCE", "1200"))
"""Seconds from power to health, beside whatever else this machine does."""
SOON = STARTS_WITHIN / 2
"""Seconds for anything else that is waited for."""
PASSWORD = "try-the-image-9"  # noqa: S105 - of a box that lives for minutes
FILE = """\
language = "en"
[network]
hostname = "trial"
address = "10.0.2.15/24"
gateway = "10.0.2.2"
[ssh]
key = "{key}"
"""
BROKEN = 'language = "en"\n[network]\naddress = "10.0.2"\n'
PLAN = """\
[site]
name = { zh = "试验医院", en = "Trial Hospital" }
language = "en"

[[nursecall.wards]]
id = "ward-a"
name = { zh = "一病区", en = "Ward A" }
language = "en"
beds = ["1-40"]

[[nursecall.lines]]
id = "ward-a"
ward = "ward-a"
protocol = "text"
device = "/dev/ttyS1"
"""
READ_ENV = (
    ". /run/nightbell/disk; mkdir -p /run/look; mount -t ext2 -o ro $ENV_PARTITION /run/look; "
    "cat /run/look/grubenv; umount /run/look"
)


class Wrong(Exception):
    """The box does not do what it should; the text says what."""


@dataclass
class Trial:
    """One disk, started again and again."""

    image: Path
    tools: Path
    directory: Path
    bundles: Mapping[str, Path]
    facts: dict[str, float] = field(default_factory=dict)
    carrier_port: int = field(default_factory=free_port)

    @classmethod
    def of(cls, directory: Path, bundles: Mapping[str, Path]) -> Trial:
        """What was built in `directory`."""
        return cls(directory / "disk" / "nightbell.img", directory / "tools", directory / "trial", bundles)

    def failed(self, why: Exception) -> int:
        """Say it; returns the exit code."""
        print(
            f"  ✗ {why}\n"
            + words(
                f"（控制台全文见 {self.directory}/machine/console.log。）",
                f"(The console: {self.directory}/machine/console.log.)",
            )
        )
        return 1

    def over(self) -> None:
        """Nothing was wrong: say how long it took."""
        self.disk.unlink(missing_ok=True)
        if self.facts:
            say(words("从通电到健康检查通过（仿真，秒）", "From power to health (emulated, seconds)"))
        for title, long in self.facts.items():
            print(f"  {long:6.0f}  {title}")

    @property
    def disk(self) -> Path:
        """The disk of the machine."""
        return self.directory / "disk.img"

    @property
    def key(self) -> Path:
        """Of IT's laptop."""
        return self.directory / "key"

    def starts(self) -> None:
        """A first start, a file with a fault, a power cut. Raises Wrong, TooLate."""
        self.new_disk()
        with self.started(words("首次启动（UEFI，固定地址）", "first start (UEFI, static address)")) as machine:
            self.panel_and_code(machine)
            self._a_press_is_heard(machine, "28")
            passed(
                words("患者拨 600 外线：", "a patient dialled 600: ") + a_patient_pays(self, machine, PASSWORD, SOON)
            )
            self._inside(machine)
            machine.press_button()
        put(self.disk, self.tools, {"nightbell.toml": BROKEN.encode()})
        broken = words("BIOS 启动，配置文件有误", "BIOS start with a broken file")
        with self.started(broken, self._machine("bios")) as machine:
            self._complains(machine)
            self.kept(machine)
            self._press_while_nobody_looks(machine)
            machine.cut_power()
        cut, spoken = (
            words("断电之后", "after a power cut"),
            words("断电之后，到按铃说出", "after a power cut, to a spoken press"),
        )
        with self.started(cut) as machine:
            healthy = time.monotonic()
            self._a_press_is_heard(machine, "31")
            self.facts[spoken] = self.facts[cut] + time.monotonic() - healthy
            self._call_goes_on(machine)
            self.kept(machine)
            self.verifies(machine)

    def new_disk(self, files: Mapping[str, bytes] | None = None) -> None:
        """The image, written to a bare disk, with IT's files."""
        copy_sparse(self.image, self.disk, DISK)
        put(self.disk, self.tools, files or self.files())

    def _machine(self, kind: Kind) -> Machine:
        return Machine(self.disk, self.directory / "machine", kind, reaches_us=True)

    def files(self) -> dict[str, bytes]:
        """What IT puts on the boot partition, with Windows' ends of lines."""
        plan = PLAN + telephones(self.carrier_port)
        return {"nightbell.toml": self.with_key(FILE), "plan.toml": plan.replace("\n", "\r\n").encode()}

    def with_key(self, text: str) -> bytes:
        """`nightbell.toml` with IT's key, as Windows ends its lines."""
        return text.format(key=self.key.with_suffix(".pub").read_text().strip()).replace("\n", "\r\n").encode()

    @contextmanager
    def started(self, title: str, machine: Machine | None = None) -> Iterator[Machine]:
        """The machine, else one by UEFI, once its health is well; cut off afterwards. Raises TooLate."""
        machine = machine or self._machine("uefi")
        began = time.monotonic()
        say(title)
        machine.start()
        try:
            wait_for(
                Browser(machine.port, machine.host).health, STARTS_WITHIN, "GET /health answers 200", machine.stands
            )
            self.facts[title] = long = time.monotonic() - began
            passed(words(f"{long:.0f} 秒后健康检查通过", f"health answers after {long:.0f} s"))
            yield machine
        finally:
            machine.cut_power()

    def code(self, machine: Machine) -> str:
        """The one-time code, as the console shows it. Raises TooLate."""
        found = wait_for(
            lambda: re.search(r"with this code, once: (\S{14})", machine.text()),
            SOON,
            "the code on the console",
            machine.stands,
        )
        return found[1]

    def panel_and_code(self, machine: Machine) -> None:
        """The console says where the panel is; its code lets in, once. Raises Wrong."""
        code = self.code(machine)
        for wanted in ("on trial, slot A", "The panel: https://10.0.2.15/"):
            expect(wanted in machine.text(), f"the console does not say “{wanted}”; {machine.stands()}")
        passed(words("控制台显示地址与一次性代码", "the console shows the address and a one-time code"))
        browser = Browser(machine.port)
        expect('name="again"' in browser.log_in("admin", code), "the code does not lead to a new password")
        browser.change_password(code, PASSWORD)
        expect("Ward A" in Browser(machine.port).log_in("admin", PASSWORD), "the panel does not know ward A")
        passed(
            words(
                "用代码登录，改密码，看到预置规划的病区",
                "the code lets in, once; the plan from the boot partition is in force",
            )
        )

    def _a_press_is_heard(self, machine: Machine, bed: str) -> None:
        from imaging.trial_screen import press_is_seen_and_heard

        heard = press_is_seen_and_heard(machine, PASSWORD, bed, SOON, self.directory / "station.png")
        passed(words("串口上的按铃显示在护士站并说出：", "bytes on the serial port were shown and spoken: ") + heard)

    def _press_while_nobody_looks(self, machine: Machine) -> None:
        machine.on_ward_line(b"30\r\n")
        browser = Browser(machine.port)
        browser.log_in("admin", PASSWORD)
        wait_for(lambda: ">30<" in browser.page("/history"), SOON, "bed 30 in the history", machine.stands)

    def _call_goes_on(self, machine: Machine) -> None:
        from imaging.trial_screen import still_open

        still_open(machine, PASSWORD, "30", SOON)
        passed(words("断电前的呼叫仍在护士站", "the call from before the power cut is still on the station's screen"))

    def _inside(self, machine: Machine) -> None:
        failed = self.ssh(machine, "systemctl --failed --no-legend --plain")
        expect(not failed, f"units failed: {failed}")
        passed(words("没有失败的服务", "no unit has failed"))
        written = self.ssh(machine, "touch /x /usr/x /etc/x 2>&1; ls /x /usr/x /etc/x 2>/dev/null")
        expect(written.count("Read-only file system") == 3, f"the root can be written to: {written}")
        passed(words("系统区只读", "the root cannot be written to"))
        size = int(self.ssh(machine, "df -B1 --output=size /data | tail -1"))
        expect(size > DISK * 0.4, f"the data partition has {size} bytes of a disk of {DISK}")
        passed(words("数据分区已扩展到整盘", "the data partition has grown over the disk"))
        self.confirmed(machine)

    def confirmed(self, machine: Machine) -> None:
        """Slot A is the one to start from. Raises TooLate."""
        wait_for(lambda: "A_TRY=0" in self.ssh(machine, READ_ENV), SOON, "the slot is confirmed", machine.stands)
        passed(words("本系统区已确认可用", "the slot was confirmed"))

    def _complains(self, machine: Machine) -> None:
        wanted = "nightbell.toml: line 3: network.address: '10.0.2' is neither"
        wait_for(lambda: wanted in machine.text(), SOON, f"“{wanted}” on the console", machine.stands)
        passed(
            words(
                "控制台指出配置文件的错误；沿用上次的地址", "the console names the fault; the last good address counts"
            )
        )

    def kept(self, machine: Machine) -> None:
        """What was set before is still there. Raises Wrong."""
        expect("Ward A" in Browser(machine.port).log_in("admin", PASSWORD), "what was set before is lost")
        passed(words("密码与规划仍在", "password and plan are still there"))

    def verifies(self, machine: Machine) -> None:
        """The journal holds. Raises Wrong."""
        said = self.ssh(machine, "nightbell journal verify")
        passed(words("日志校验通过：", "the journal verifies: ") + said.strip().splitlines()[-1])

    def ssh(self, machine: Machine, command: str) -> str:
        """What the command prints on the box. Raises Wrong."""
        patient = f"ConnectTimeout={SOON:.0f}"
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", patient)
        words_of = [part for option in options for part in ("-o", option)]
        run = subprocess.run(
            ["ssh", *words_of, "-i", str(self.key), "-p", str(machine.ssh_port), f"root@{machine.host}", command],
            capture_output=True, text=True, check=False, timeout=SOON,
        )  # fmt: skip
        expect(run.returncode not in (255,), f"SSH: {run.stderr}")
        return run.stdout


def expect(true: bool, otherwise: str) -> None:
    """Raises Wrong."""
    if not true:
        raise Wrong(otherwise)


def say(title: str) -> None:
    """A heading."""
    print(f"\n{title}", flush=True)


def passed(what: str) -> None:
    """One thing that is as it should be."""
    print(f"  ✓ {what}", flush=True)
