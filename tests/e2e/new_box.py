"""A box as it comes from the image: an empty hospital, a one-time code, and the far ends of its wires in our hands."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import socket
import subprocess
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from appliance.box.file import BoxFile
from appliance.box.first_records import prepare
from appliance.demo import settings_text
from tests.e2e.house import ASTERISK, HOUSE, House
from tests.e2e.patience import DEADLINE, until
from tests.e2e.walk import configuration
from tests.integration.sip_phone import Line

TELEPHONE = "127.0.2.17"
"""Its address."""


class NewBox(House):
    """Started as the image starts it: `first_records`, then `nightbell run`. Everything of it lies in `directory`."""

    patience = DEADLINE

    @property
    def heard(self) -> Path:
        """What the loudspeaker in the corridor played."""
        return self.directory / "corridor.wav"

    @property
    def sound_card(self) -> str:
        """A sound device as ALSA names it, that keeps what it plays in `heard`."""
        return f"file:FILE={self.heard},FORMAT=wav"

    @property
    def port(self) -> str:
        """Where the host that prints is plugged in."""
        return str(self.directory / "devices" / "host-1")

    def line(self, extension: str, secret: str, port: int) -> Line:
        """The telephone's."""
        return Line(extension, secret, port)

    def until_extensions(self) -> None:
        """The plan in force has some."""
        until(lambda: self.plan().pbx.numbers(), "the extensions to be in force")

    def asked(self) -> str:
        """What the telephone is given for its configuration."""
        settings = self.settings().provisioning
        assert settings is not None
        return configuration(settings.address, settings.port, TELEPHONE)

    @property
    def code(self) -> str:
        """The administrator's one-time code, as the screen shows it."""
        return (self.directory / "first-code").read_text("utf-8").strip()

    def start(self) -> None:
        """Until the panel answers and the exchange works."""
        text = settings_text(self.shift, ASTERISK, "en").partition("[simulator]")[0]
        self.settings_file.write_text(text, "utf-8")
        prepare(BoxFile(language="en"), self.directory, "127.0.0.1", brought=self.directory / "no-plan.toml")
        self.told = {"address": f"http://127.0.0.1:{self.settings().panel.port}/"}
        self._process = self.begin()
        until(lambda: self.health().get("exchange:asterisk") == "up", f"the new box: {self.said()}; {self.health()}")

    def begin(self) -> subprocess.Popen[bytes]:
        """`nightbell run`."""
        with (self.directory / "demo.out").open("wb") as out:
            return subprocess.Popen(
                self.argv("run"), cwd=HOUSE, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )


class PrintingHost:
    """A nurse-call host that only prints; silent after the `with` block. write: puts bytes on its cable.

    It says its time every half-second, as such hosts do, and whatever `say` is told.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write, self._over = write, threading.Event()
        self._clock = threading.Thread(target=self._tick)

    def __enter__(self) -> PrintingHost:
        self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._clock.join()

    def say(self, text: str) -> None:
        """Print a line."""
        self._write(f"{text}\r\n".encode("gb18030"))

    def _tick(self) -> None:
        while not self._over.wait(0.5):
            self.say("TIME 08:00")


@contextlib.contextmanager
def plugged_in(box: NewBox) -> Iterator[PrintingHost]:
    """Such a host at the box's serial port."""
    far, near = pty.openpty()
    tty.setraw(near, termios.TCSANOW)
    port = Path(box.port)
    port.parent.mkdir(exist_ok=True)
    port.symlink_to(os.ttyname(near))
    try:
        with PrintingHost(lambda data: os.write(far, data)) as host:
            yield host
    finally:
        os.close(far)
        os.close(near)


@contextlib.contextmanager
def carrier(address: str) -> Iterator[int]:
    """A carrier's SBC that answers when it is asked whether it is there; its UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((address, 0))
        thread = threading.Thread(target=_answer, args=(wire,))
        thread.start()
        try:
            yield wire.getsockname()[1]
        finally:
            wire.sendto(b"", wire.getsockname())
            thread.join()


def _answer(wire: socket.socket) -> None:
    while True:
        data, whose = wire.recvfrom(65535)
        if not data:
            return
        if data.startswith(b"OPTIONS "):
            kept = re.findall(rb"(?im)^(?:via|from|to|call-id|cseq):.*\r\n", data)
            wire.sendto(b"SIP/2.0 200 OK\r\n" + b"".join(kept) + b"Content-Length: 0\r\n\r\n", whose)
