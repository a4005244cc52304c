"""A private pair of real Asterisks, exchange and simulated carrier, on free ports in a directory of their own.

    with Telephony(tmp_path) as telephony:
        telephony.start_controller()          # our program, in a process of its own, to be killed
        run(telephony.simulator.dial({...}))

Everything listens on 127.0.0.1; what is started is stopped by its own process id.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import IO, Any, TypeVar

from appliance.asterisk_process import silent
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from appliance.settings import Carrier as CarrierSettings
from appliance.settings import Exchange as ExchangeSettings
from appliance.simulator import outside
from appliance.simulator.carrier import Carrier
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.files import write
from pbx.engine.program import Engine, call_records, password
from pbx.engine.records import Records
from pbx.exchange import Exchange
from pbx.plan import ExtensionGroup, PbxPlan, Trunk
from tests.real_reactor import Heard, call, reactor, run

HOUSE = Path(__file__).parent.parent.parent
ROOT = HOUSE / "build" / "asterisk"
RTP_PORTS = 100
T = TypeVar("T")


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses for UDP or TCP."""
    ports: list[int] = []
    with contextlib.ExitStack() as held:
        while len(ports) < count:
            tcp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            tcp.bind(("127.0.0.1", 0))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
                ports.append(tcp.getsockname()[1])
    return ports


def free_range(count: int) -> tuple[int, int]:
    """First and last of `count` UDP ports in a row, none in use, the first even."""
    start = 20000 + os.getpid() * 211 % 10000
    for first in range(start - start % 2, 60000, count):
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first, first + count - 1
    raise AssertionError("no free range of ports")


def sample_plan(trunk_ports: list[int]) -> PbxPlan:
    """Extensions 8001-8020 (8020 may not dial out), a trunk for each port, the emergency numbers of China."""
    names = (("telecom", "national", "057188880000"), ("unicom", "e164", ""), ("mobile", "plus", ""))
    wards = Text(zh="病区", en="Wards")
    groups = (
        ExtensionGroup(numbers="8001-8019", name=wards),
        ExtensionGroup(numbers="8020", name=wards, may_dial=("internal",)),
    )
    trunks = tuple(
        Trunk.model_validate(
            {
                "id": name,
                "name": {"zh": name, "en": name},
                "host": "127.0.0.1",
                "port": port,
                "tariff": "cost",
                "format": form,
                "caller_id": caller,
            }
        )
        for (name, form, caller), port in zip(names, trunk_ports, strict=False)
    )
    return PbxPlan(extensions=groups, trunks=trunks)


class Telephony:
    """The pair. `simulator` makes phones dial and trunks fail; `exchange()` and `start_controller()` steer."""

    def __init__(self, directory: Path, trunks: int = 2) -> None:
        if not ROOT.is_dir():
            raise AssertionError("Asterisk is not in build/asterisk: run 'make test', which installs it")
        ports = free_ports(4 + trunks)
        self.plan = sample_plan(ports[4:])
        (rtp, rtp_last), (far, far_last) = free_range(RTP_PORTS), free_range(2 * RTP_PORTS)
        self.settings = ExchangeSettings(
            root=str(ROOT), sip_port=ports[0], ari_port=ports[1], rtp_first=rtp, rtp_last=rtp_last
        )
        self.far = CarrierSettings(sip_port=ports[2], ari_port=ports[3], rtp_first=far + RTP_PORTS, rtp_last=far_last)
        self.directory = directory
        self.main, self.carrier = directory / "main", directory / "carrier"
        self.secrets = {number: f"secret-of-{number}" for number in self.plan.numbers()}
        self.engine = Engine.at(str(ROOT))
        self.records = Records(call_records(self.main))
        self.health: Heard[HealthChanged] = Heard()
        self.bus = Bus()
        self.bus.subscribe(HealthChanged, self.health.append)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._exchanges: list[Exchange] = []
        self.simulator = Carrier(
            self.plan.trunks,
            self.far,
            self.carrier,
            password(self.carrier),
            reactor=reactor,
            clock=ReactorClock(reactor),
        )

    def __enter__(self) -> Telephony:
        write(
            self.main,
            configuration(
                self.plan,
                Secrets(password(self.main), self.secrets),
                self.settings,
                self.engine,
                self.main,
                qualify_seconds=1,
            ),
        )
        write(
            self.carrier,
            outside.configuration(
                self.plan,
                self.secrets,
                self.settings,
                self.far,
                self.engine,
                self.carrier,
                password(self.carrier),
                registered=("8002",),
            ),
        )
        self.start_asterisk()
        self._start("carrier", self.engine.argv(self.carrier))
        call(self.simulator.start)
        run(self.simulator.in_touch())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        for exchange in self._exchanges:
            call(exchange.stop)
        call(self.simulator.stop)
        for name in list(self._processes):
            self.kill(name)

    def start_asterisk(self) -> None:
        """Start the exchange's Asterisk, for the first time or after `kill("main")`."""
        self._start("main", self.engine.argv(self.main))

    def exchange(self) -> Exchange:
        """Our program's side, in this process, in touch; calls left from before are let be until swept."""
        exchange = Exchange(
            self.plan,
            port=self.settings.ari_port,
            password=password(self.main),
            records=self.records,
            country="CN",
            reactor=reactor,
            clock=ReactorClock(reactor),
            bus=self.bus,
        )
        self._exchanges.append(exchange)
        call(exchange.start)
        self._or_anew(lambda: run(self._ready(exchange)))
        return exchange

    def _or_anew(self, ready: Callable[[], T]) -> T:
        """What `ready` returns; where it waits in vain and Asterisk has wedged, once more with a new Asterisk.

        See docs/decisions/0009. A failure of ours is none of Asterisk's: it must be silent to a stranger too.
        """
        try:
            return ready()
        except TimeoutError:
            if not self.is_silent():
                raise
        warnings.warn("Asterisk had wedged and was started anew", stacklevel=2)
        self.kill("main")
        self.start_asterisk()
        return ready()

    def is_silent(self) -> bool:
        """Whether Asterisk takes a connection of a stranger and answers nothing."""
        return silent(self.settings.ari_port, password(self.main))

    async def _ready(self, exchange: Exchange) -> None:
        await exchange.in_touch()
        await self.trunks_are("up")

    async def trunks_are(self, state: str, trunk: str | None = None) -> None:
        """Wait until every trunk's, or one's, latest word is `state`."""
        wanted = [f"trunk:{one.id}" for one in self.plan.trunks if trunk in (None, one.id)]

        def settled(heard: list[HealthChanged]) -> bool:
            latest = {event.part: event.state.value for event in heard}
            return all(latest.get(part) == state for part in wanted)

        await self.health.until(settled)

    def start_controller(self, limit: float) -> Controller:
        """Our program in a process of its own: 600 + number is connected over the first trunk for `limit` seconds."""
        facts = {
            "plan": self.plan.model_dump(mode="json"),
            "port": self.settings.ari_port,
            "password": password(self.main),
            "records": str(call_records(self.main)),
            "limit": limit,
        }
        argv = [sys.executable, "-m", "tests.integration.controller", json.dumps(facts)]

        def ready() -> Controller:
            if "controller" in self._processes:
                self.kill("controller")
            process = self._start("controller", argv, stdout=subprocess.PIPE, cwd=HOUSE)
            assert process.stdout is not None
            controller = Controller(process.stdout)
            controller.says("ready")
            return controller

        return self._or_anew(ready)

    def kill(self, name: str) -> None:
        """SIGKILL `main`, `carrier` or `controller`, and wait until it is gone."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def signal(self, name: str, signal: int) -> None:
        """Send a signal to `main`, `carrier` or `controller`."""
        self._processes[name].send_signal(signal)

    def said(self) -> Iterator[tuple[Path, str]]:
        """Every file that the exchange wrote, configuration and sound apart: nothing in it may hold a PIN."""
        for file in [self.directory / "main.log", *(self.main / "log").rglob("*")]:
            if file.is_file():
                yield file, file.read_text("utf-8", "replace")

    def _start(self, name: str, argv: list[str], stdout: int | None = None, **options: Any) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log, umask=0o077, **options
            )
        self._processes[name] = process
        return process


class Controller:
    """What the controller process says, a JSON object a line."""

    def __init__(self, stdout: IO[bytes]) -> None:
        self._lines: Queue[bytes] = Queue()
        threading.Thread(target=self._read, args=(stdout,), daemon=True).start()

    def _read(self, stdout: IO[bytes]) -> None:
        with contextlib.suppress(ValueError):  # closed after a kill
            for line in stdout:
                self._lines.put(line)
        self._lines.put(b"")

    def says(self, what: str, within: float = 60) -> dict[str, Any]:
        """Its next line of that kind; the end of its output fails the test. Raises TimeoutError after `within` s."""
        while True:
            try:
                line = self._lines.get(timeout=within)
            except Empty:
                raise TimeoutError(f"the controller did not say {what!r} within {within:g} s") from None
            if not line:
                raise AssertionError(f"the controller ended before it said {what!r}")
            said: dict[str, Any] = json.loads(line)
            if said["what"] == what:
                return said
