"""RAUC, which judges bundles and writes slots: run as the program it is, for each task anew."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from appliance.updating import bundle, trouble
from appliance.updating.bundle import Bundle
from appliance.updating.life import Slot
from appliance.updating.trouble import Trouble
from appliance.updating.verity import BLOCK, is_whole

PLAIN = MappingProxyType({"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"})
SOON = 60.0
"""Seconds for whatever only reads a little."""
TRIES, PACE = 150, 0.2
"""How often, and in seconds how far apart, a service that starts is looked for."""
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
  <policy user="{user}">
    <allow own="*"/><allow send_destination="*"/><allow send_type="method_call"/><allow receive_sender="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class Installer:
    """settings: RAUC's system.conf. scratch: a directory of the caller's own, for its bus and for mounting."""

    settings: Path
    scratch: Path
    longest: timedelta = timedelta(minutes=30)
    environment: Mapping[str, str] = field(default_factory=lambda: PLAIN)

    def check(self, file: Path, told: Callable[[int], object] = lambda octets: None) -> Bundle:
        """What `file` holds, after all of it was read. told: bytes read so far. Raises Trouble, OSError."""
        with file.open("rb") as opened:
            octets = os.fstat(opened.fileno()).st_size
            _look(opened, octets)
            asked = self._run("info", "--output-format=json", str(file))
            if asked.returncode:
                raise bundle.refusal(asked.stderr)
            found = bundle.described(asked.stdout, asked.stderr, octets)
            _read_through(opened, octets, told)
        return found

    def install(self, file: Path, slot: Slot, told: Callable[[int, str], object]) -> None:
        """Write `file` into the slot that does not run and let it be started next. As root. Raises Trouble.

        slot: the one that runs. told: percent and what is done.
        """
        with self._service(slot) as environment:
            said = list[str]()
            installing = subprocess.Popen(
                self._command("install", str(file)), env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            )  # fmt: skip
            ended = threading.Event()

            def end() -> None:
                ended.set()
                installing.kill()

            limit = threading.Timer(self.longest.total_seconds(), end)
            limit.start()
            try:
                assert installing.stdout is not None
                for line in installing.stdout:
                    said.append(line)
                    step = bundle.progress(line)
                    if step is not None:
                        told(*step)
                code = installing.wait()
            finally:
                limit.cancel()
        if ended.is_set():
            raise Trouble(trouble.TOO_LONG, minutes=f"{self.longest / timedelta(minutes=1):.0f}")
        if code:
            raise bundle.failure("".join(said))

    @contextmanager
    def _service(self, slot: Slot) -> Iterator[Mapping[str, str]]:
        """RAUC's service on a bus of its own, which nobody else reaches. Yields the environment that finds it."""
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket = self.scratch / "bus"
        socket.unlink(missing_ok=True)
        settings = self.scratch / "bus.conf"
        settings.write_text(BUS.format(socket=socket, user=os.geteuid()))
        mounts = self.scratch / "mount"
        mounts.mkdir(exist_ok=True)
        environment = {**self.environment, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={socket}"}
        with _running(
            ["dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile", "--print-address"], environment
        ):
            serve = self._command(f"--mount={mounts}", f"--override-boot-slot={slot}", "service")
            serving = subprocess.Popen(
                serve, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                self._wait_for(serving, environment)
                yield environment
            finally:
                _end(serving)

    def _wait_for(self, serving: subprocess.Popen[bytes], environment: Mapping[str, str]) -> None:
        """Until it answers; where it never does, what is asked of it next says why."""
        for _ in range(TRIES):
            asked = self._command("status")
            told = subprocess.run(asked, env=dict(environment), capture_output=True, check=False, timeout=SOON)
            if told.returncode == 0 or serving.poll() is not None:
                return
            threading.Event().wait(PACE)

    def _command(self, *arguments: str) -> Sequence[str]:
        return ["rauc", f"--conf={self.settings}", *arguments]

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments), env=dict(self.environment), capture_output=True, text=True, errors="replace",
            check=False, timeout=SOON, stdin=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """A program that says a line when it is ready."""
    child = subprocess.Popen(
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        yield
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(10)
    if child.poll() is None:
        child.kill()
        child.wait()


def _look(file: BinaryIO, octets: int) -> None:
    if octets > bundle.LARGEST:
        raise Trouble(trouble.TOO_LARGE, size=f"{octets / 1e6:.0f}", largest=f"{bundle.LARGEST / 1e6:.0f}")
    head = file.read(bundle.HEAD)
    file.seek(max(octets - 8, 0))
    bundle.look(head, file.read(8), octets)


def _read_through(file: BinaryIO, octets: int, told: Callable[[int], object]) -> None:
    """The signature holds the manifest, and the manifest the root of the tree over all the rest."""
    file.seek(octets - 8)
    size = int.from_bytes(file.read(8), "big")
    file.seek(octets - 8 - size)
    signature = file.read(size)
    # RAUC has found whom to trust; here only what they signed is taken out.
    taken = ["openssl", "cms", "-verify", "-noverify", "-inform", "DER", "-binary"]
    out = subprocess.run(taken, input=signature, capture_output=True, check=False, timeout=SOON)
    tree = bundle.tree(out.stdout.decode("utf-8", "replace"))
    payload = octets - 8 - size - tree.size
    if payload <= 0 or payload % BLOCK or not is_whole(file, payload, tree.salt, tree.root, told):
        raise Trouble(trouble.DAMAGED)
