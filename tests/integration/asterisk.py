"""A private pair of real Asterisks, exchange and simulated carrier, on free ports in a directory of their own.

    with Telephony(tmp_path) as telephony:
        telephony.start_controller()          # our program, in a process of its own, to be killed
        run(telephony.simulator.dial({...}))

Everything listens on 127.0.0.1; what is started is stopped by its own process id.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import IO, Any, Literal, TypeVar

from twisted.logger import globalLogPublisher, textFileLogObserver

from appliance.asterisk_process import silent
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from appliance.settings import Carrier as CarrierSettings
from appliance.settings import Exchange as ExchangeSettings
from appliance.simulator import outside
from appliance.simulator.carrier import Carrier
from pbx.calls.book import CallBook
from pbx.engine.certificate import ensure
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.files import USER, write
from pbx.engine.program import Engine, call_records, password
from pbx.engine.records import Records
from pbx.engine.transports import kept_certificate, needs_certificate
from pbx.exchange import Exchange
from pbx.number_plan import Here
from pbx.numbers import carrier_form
from pbx.plan import ExtensionGroup, PbxPlan, SipTrunk
from pbx.ports import Prompts
from pbx.routing import Cost, Line, free_of_cost
from pbx.tones import Tones
from tests.e2e.patience import until
from tests.fakes.database import InlineDatabase
from tests.integration.sip_phone import write_tone
from tests.ports import free_ports, free_range
from tests.real_reactor import Heard, call, reactor, run

BY_CHANCE = re.compile(r"\d{10}\.\d+|\d\d:\d\d:\d\d\.\d+|[0-9a-f]{32}")
"""Seconds since 1970, times of day, and names that we make up."""
HOUSE = Path(__file__).parent.parent.parent
ROOT = HOUSE / "build" / "asterisk"
RTP_PORTS = 100
TRUNKS: Sequence[tuple[str, Literal["e164", "plus", "national"], str]] = (
    ("telecom", "national", "057188880000"),
    ("unicom", "e164", ""),
    ("mobile", "plus", ""),
)
"""Of the sample plan: id, how the carrier wants numbers, which number is shown."""
MUSIC = 2500
"""Hertz, of the music on hold."""
ALL_UP: Mapping[str, str] = {}
HERE = Here("CN", "571")
T = TypeVar("T")


def way(trunk: str, number: str) -> Line:
    """The line over a trunk of the sample plan to E.164 `number`."""
    name, form, shown = next(one for one in TRUNKS if one[0] == trunk)
    return Line(name, Text(zh=name, en=name), carrier_form(number, form, "CN"), shown)


def sample_plan(trunk_ports: list[int]) -> PbxPlan:
    """Extensions 8001-8020 (8020 may not dial out), a trunk for each port, the emergency numbers of China."""
    wards = Text(zh="病区", en="Wards")
    groups = (
        ExtensionGroup(numbers="8001-8019", name=wards),
        ExtensionGroup(numbers="8020", name=wards, may_dial=("internal",)),
    )
    trunks = tuple(
        SipTrunk.model_validate(
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
        for (name, form, caller), port in zip(TRUNKS, trunk_ports, strict=False)
    )
    return PbxPlan(extensions=groups, trunks=trunks)


class Telephony:
    """The pair. registered: extensions whose simulated phone takes calls. more: sections of the plan.

    `simulator` makes phones dial and trunks fail; `exchange()` and `start_controller()` steer."""

    def __init__(
        self,
        directory: Path,
        trunks: int = 2,
        shape: Callable[[PbxPlan], PbxPlan] = lambda plan: plan,
        passwords: Mapping[str, str] | None = None,
        *,
        registered: Sequence[str] = ("8002",),
        more: Mapping[str, Any] = {},
    ) -> None:
        if not ROOT.is_dir():
            raise AssertionError("Asterisk is not in build/asterisk: run 'make test', which installs it")
        ports = free_ports(6 + trunks)
        plan = shape(sample_plan(ports[6:]))
        self.plan = PbxPlan.model_validate({**plan.model_dump(), **more}) if more else plan
        self._registered = registered
        self._passwords = passwords or {}
        (rtp, rtp_last), (far, far_last) = free_range(RTP_PORTS), free_range(2 * RTP_PORTS)
        self.settings = ExchangeSettings(
            tls_authorities=str(kept_certificate(directory / "carrier")),
            root=str(ROOT),
            sip_port=ports[0],
            ari_port=ports[1],
            tls_port=ports[4],
            wss_port=ports[5],
            rtp_first=rtp,
            rtp_last=rtp_last,
        )
        self.far = CarrierSettings(sip_port=ports[2], ari_port=ports[3], rtp_first=far + RTP_PORTS, rtp_last=far_last)
        self.directory = directory
        self.main, self.carrier = directory / "main", directory / "carrier"
        self.secrets = {number: f"secret-of-{number}" for number in self.plan.numbers()}
        self.engine = Engine.at(str(ROOT))
        self.records = Records(call_records(self.main))
        self.health: Heard[HealthChanged] = Heard()
        self.bus = Bus()
        self.database = InlineDatabase()
        self.book = CallBook(self.database, ReactorClock(reactor), self.bus)
        self.bus.subscribe(HealthChanged, self.health.append)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._exchanges: list[Exchange] = []
        self._ours = io.StringIO()
        self._log: Any = textFileLogObserver(self._ours)
        self.simulator = Carrier(
            self.plan.trunks,
            self.far,
            self.carrier,
            password(self.carrier),
            reactor=reactor,
            clock=ReactorClock(reactor),
        )

    def __enter__(self) -> Telephony:
        globalLogPublisher.addObserver(self._log)
        ensure(kept_certificate(self.carrier), self.far.address, ReactorClock(reactor).now())
        if needs_certificate(self.plan):
            ensure(kept_certificate(self.main), self.settings.sip_address, ReactorClock(reactor).now())
        write(
            self.main,
            configuration(
                self.plan,
                Secrets(password(self.main), self.secrets, self._passwords),
                self.settings,
                self.engine,
                self.main,
                qualify_seconds=1,
                music=[self._music()],
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
                registered=self._registered,
            ),
        )
        self.start_asterisk()
        # The simulated phones try to register but once in a while.
        until(lambda: self.online() is not None, "the exchange's Asterisk")
        self._start("carrier", self.engine.argv(self.carrier))
        call(self.simulator.start)
        run(self.simulator.in_touch())
        self.come_online(*self._registered)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        for exchange in self._exchanges:
            call(exchange.stop)
        call(self.simulator.stop)
        for name in list(self._processes):
            self.kill(name)
        globalLogPublisher.removeObserver(self._log)

    def _music(self) -> Path:
        """What who is on hold hears: one tone, told apart from everything else."""
        sound = self.directory / "music.wav"
        write_tone(sound, MUSIC, seconds=10)
        return sound

    def start_asterisk(self) -> None:
        """Start the exchange's Asterisk, for the first time or after `kill("main")`."""
        self._start("main", self.engine.argv(self.main))

    def exchange(
        self,
        prompts: Prompts | None = None,
        *,
        found: Mapping[str, str] = ALL_UP,
        here: Here = HERE,
        cost: Cost = free_of_cost,
    ) -> Exchange:
        """Our program's side, in this process, in touch; calls left from before are let be until swept.

        found: trunks that are to be found down or degraded; the others are up. here, cost: as `Exchange` has them.
        """
        exchange = Exchange(
            self.plan,
            port=self.settings.ari_port,
            password=password(self.main),
            directory=self.main,
            records=self.records,
            here=here,
            cost=cost,
            reactor=reactor,
            clock=ReactorClock(reactor),
            bus=self.bus,
            book=self.book,
            prompts=prompts,
            tones=Tones(self.directory / "tones"),
        )
        self._exchanges.append(exchange)
        call(exchange.start)
        self._or_anew(lambda: run(self._ready(exchange, found)))
        return exchange

    def _or_anew(self, ready: Callable[[], T]) -> T:
        """What `ready` returns; once more with a new Asterisk where it waits in vain for one that wedged or ended.

        See docs/decisions/0009. A failure of ours is none of Asterisk's: it must be silent to a stranger too. The box
        has supervisord, which starts one that ended anew; here we do, and say how it ended.
        """
        ended = self._processes["main"].poll()
        if ended is None:
            try:
                return ready()
            except TimeoutError as why:
                ended = self._processes["main"].poll()
                if ended is None and not self.is_silent():
                    raise TimeoutError(f"{why}\n{self._last_words()}") from why
        found = "had wedged" if ended is None else f"had ended by itself ({ended})"
        warnings.warn(f"Asterisk {found} and was started anew\n{self._last_words()}", stacklevel=2)
        self.kill("main")
        self.start_asterisk()
        return ready()

    def _last_words(self) -> str:
        """What the exchange's Asterisk and its connection to us said last."""
        said = [line for _, text in self.said() for line in text.splitlines()[-15:]]
        return "\n".join(["Asterisk said last:", *said, "we said last:", *self._ours.getvalue().splitlines()[-15:]])

    def online(self) -> set[str] | None:
        """Endpoints that are there, asked of Asterisk as a stranger does: also while none of ours is in touch. None
        while it does not answer, or knows of none yet.
        """
        connection = HTTPConnection("127.0.0.1", self.settings.ari_port, timeout=5)
        key = base64.b64encode(f"{USER}:{password(self.main)}".encode()).decode()
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/ari/endpoints/PJSIP", headers={"Authorization": f"Basic {key}"})
                answer = connection.getresponse()
                told = json.load(answer)
            except (OSError, HTTPException, ValueError):
                return None
            if answer.status != HTTPStatus.OK or not told:
                return None
            return {found["resource"] for found in told if found["state"] == "online"}

    def come_online(self, *endpoints: str) -> None:
        """Wait until those are there: extensions, trunks as `trunk-telecom`."""
        until(lambda: set(endpoints) <= (self.online() or set()), f"{', '.join(endpoints)} to be there")

    def is_silent(self) -> bool:
        """Whether Asterisk takes a connection of a stranger and answers nothing."""
        return silent(self.settings.ari_port, password(self.main))

    async def _ready(self, exchange: Exchange, found: Mapping[str, str]) -> None:
        await exchange.in_touch()
        for trunk in self.plan.trunks:
            await self.trunks_are(found.get(trunk.id, "up"), trunk.id)

    async def trunks_are(self, state: str, trunk: str | None = None) -> None:
        """Wait until every trunk's, or one's, latest word is `state`."""
        wanted = [f"trunk:{one.id}" for one in self.plan.trunks if trunk in (None, one.id)]

        def settled(heard: list[HealthChanged]) -> bool:
            latest = {event.part: event.state.value for event in heard}
            return all(latest.get(part) == state for part in wanted)

        await self.health.until(settled)

    def start_controller(self, limit: float, record: Mapping[str, object] | None = None) -> Controller:
        """Our program in a process of its own: 600 + number is connected over the first trunk for `limit` seconds.

        record: what `recorded.record` needs, to record what is said.
        """
        facts = {
            "plan": self.plan.model_dump(mode="json"),
            "port": self.settings.ari_port,
            "password": password(self.main),
            "records": str(call_records(self.main)),
            "limit": limit,
            "record": record,
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
        """Every file that the exchange wrote, configuration and sound apart: nothing in it may hold a PIN.

        Without times and made-up names, in which any few digits stand now and then.
        """
        for file in [self.directory / "main.log", *(self.main / "log").rglob("*")]:
            if file.is_file():
                yield file, BY_CHANCE.sub("…", file.read_text("utf-8", "replace"))

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
