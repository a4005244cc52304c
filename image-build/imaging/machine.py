"""A machine of QEMU's that starts from the image: console on a socket, ward line on a pty, panel on a port of ours."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from imaging.qmp import Qmp

T = TypeVar("T")

# /dev/kvm may be there and useless: emulation is what works everywhere.
ACCELERATOR = "tcg,thread=multi"
OVMF = Path("/usr/share/OVMF")
PANEL, SIP = 443, 5060
HOST = "10.0.2.2"
"""Under which the machine knows this one, where it may reach it at all."""
PACE = 1.0
Kind = Literal["uefi", "bios"]


class TooLate(Exception):
    """What was waited for did not come; the text says what, and how the machine stands."""


@dataclass(frozen=True)
class Lan:
    """A network of ours with the machine in it. tap: the interface of this end. address: the machine's."""

    tap: str
    address: str


@dataclass
class Machine:
    """Started by `start`. memory: MiB. stick: of USB; it is started from, and the disk is beside it.

    others: more sticks that are plugged in. reaches_us: it may send to this machine, as to a carrier; else to nobody.
    lan: the network it is in instead, where its own ports are reached.
    """

    disk: Path
    directory: Path
    kind: Kind = "uefi"
    memory: int = 1536
    has_cable: bool = True
    extra: Sequence[str] = ()
    stick: Path | None = None
    others: Sequence[Path] = ()
    reaches_us: bool = False
    lan: Lan | None = None
    console: bytearray = field(default_factory=bytearray)
    port: int = 0
    ssh_port: int = 0
    sip_port: int = 0
    _child: subprocess.Popen[bytes] | None = None
    _qmp: Qmp | None = None
    _line: socket.socket | None = None
    _ward: int | None = None

    def start(self) -> None:
        """Switch it on."""
        self.directory.mkdir(parents=True, exist_ok=True)
        ours = (PANEL, 22, SIP) if self.lan else (free_port(), free_port(), free_port())
        self.port, self.ssh_port, self.sip_port = ours
        log = (self.directory / "qemu.log").open("ab")
        for name in ("qmp", "console"):
            (self.directory / name).unlink(missing_ok=True)
        self._child = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        wait_for(lambda: (self.directory / "qmp").exists(), 30, "QEMU's control socket", self.stands)
        self._qmp = Qmp(self.directory / "qmp")
        self._plug_in()
        threading.Thread(target=self._drain, daemon=True).start()

    @property
    def host(self) -> str:
        """Where its ports are."""
        return self.lan.address if self.lan else "127.0.0.1"

    def command(self) -> list[str]:
        """The command line."""
        where = self.directory
        firmware: list[str] = []
        if self.kind == "uefi":
            variables = where / "variables.fd"
            shutil.copy(OVMF / "OVMF_VARS_4M.fd", variables)
            firmware = [
                "-drive", f"if=pflash,format=raw,readonly=on,file={OVMF / 'OVMF_CODE_4M.fd'}",
                "-drive", f"if=pflash,format=raw,file={variables}",
            ]  # fmt: skip
        network = ["-nic", "none"]
        card = "virtio-net-pci" if self.kind == "uefi" else "e1000e"
        if self.lan:
            wire = f"tap,id=net,ifname={self.lan.tap},script=no,downscript=no"
            network = ["-netdev", wire, "-device", f"{card},netdev=net,romfile="]
        elif self.has_cable:
            wanted = (("tcp", self.port, PANEL), ("tcp", self.ssh_port, 22), ("udp", self.sip_port, SIP))
            forward = ",".join(f"hostfwd={kind}:127.0.0.1:{ours}-:{theirs}" for kind, ours, theirs in wanted)
            restrict = "off" if self.reaches_us else "on"
            wire = f"user,id=net,restrict={restrict},{forward}"
            network = ["-netdev", wire, "-device", f"{card},netdev=net,romfile="]
        first = "1" if self.stick else "0"
        disk = f"{'virtio-blk-pci' if self.kind == 'uefi' else 'ide-hd'},drive=disk,bootindex={first}"
        return [
            "qemu-system-x86_64", "-machine", "q35,hpet=off", "-accel", ACCELERATOR, "-cpu", "max", "-smp", "2",
            "-m", str(self.memory), "-display", "none", "-vga", "none", "-nodefaults", "-no-user-config", *firmware,
            "-drive", f"if=none,id=disk,format=raw,file={self.disk}", "-device", disk, *network,
            "-qmp", f"unix:{where / 'qmp'},server=on,wait=off",
            "-chardev", f"socket,id=console,path={where / 'console'},server=on,wait=off", "-serial", "chardev:console",
            "-chardev", "pty,id=ward", "-serial", "chardev:ward", "-device", "i6300esb",
            *self._sticks(), *self.extra,
        ]  # fmt: skip

    def _sticks(self) -> list[str]:
        plugged = [*([self.stick] if self.stick else []), *self.others]
        words = ["-device", "qemu-xhci,id=usb"] if plugged else []
        for number, file in enumerate(plugged):
            order = ",bootindex=0" if file == self.stick else ""
            words += ["-drive", f"if=none,id=stick{number},format=raw,file={file}"]
            words += ["-device", f"usb-storage,bus=usb.0,drive=stick{number},removable=on{order}"]
        return words

    def type(self, keys: str) -> None:
        """On the serial console."""
        wait_for(lambda: self._line, 30, "the serial console", self.stands)
        assert self._line is not None
        self._line.sendall(keys.encode())

    def wait_off(self, seconds: float) -> None:
        """Until it has switched itself off. Raises TooLate."""
        assert self._child is not None
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired as why:
            raise TooLate(f"the machine does not switch off; {self.stands()}") from why
        self.cut_power()

    def on_ward_line(self, data: bytes) -> None:
        """Send on the cable to the guest's second serial port."""
        assert self._ward is not None
        os.write(self._ward, data)

    def _plug_in(self) -> None:
        # Held open: QEMU passes nothing on that was written by somebody who has gone again.
        assert self._qmp is not None
        rows = self._qmp.ask("query-chardev")
        device = next(row["filename"] for row in rows if row["label"] == "ward").removeprefix("pty:")
        self._ward = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._ward)

    def cut_power(self) -> None:
        """As a pulled plug."""
        if self._qmp is not None:
            self._qmp.close()
            self._qmp = None
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        if self._ward is not None:
            os.close(self._ward)
            self._ward = None

    def press_button(self) -> None:
        """The power button, short; waits until the machine is off."""
        assert self._qmp is not None
        assert self._child is not None
        self._qmp.ask("system_powerdown")
        self.wait_off(900)

    def stands(self) -> str:
        """The end of what it printed, for whoever looks for a fault."""
        code = None if self._child is None else self._child.poll()
        state = "runs" if code is None else f"ended with {code}"
        return f"the machine {state}; its console ends with:\n{self.text()[-3000:]}"

    def text(self) -> str:
        """What it printed."""
        return bytes(self.console).decode("utf-8", "replace")

    def _drain(self) -> None:
        # A console that nobody reads stalls the machine.
        with socket.socket(socket.AF_UNIX) as line, (self.directory / "console.log").open("ab", buffering=0) as log:
            line.connect(str(self.directory / "console"))
            self._line = line
            while True:
                try:
                    data = line.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                self.console += data
                log.write(data)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(found: Callable[[], T | None], seconds: float, what: str, stands: Callable[[], str]) -> T:
    """What `found` returns as soon as it is something. Raises TooLate."""
    end = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > end:
            raise TooLate(f"{what}: not within {seconds:.0f} s; {stands()}")
        threading.Event().wait(PACE)


def copy_sparse(image: Path, disk: Path, size: int) -> None:
    """A disk of `size` bytes that begins with the image, its holes kept."""
    subprocess.run(["cp", "--sparse=always", str(image), str(disk)], check=True)
    os.truncate(disk, size)
