"""A softphone that is not ours: baresip, steered over its control port, sounding a tone and keeping what it hears.

with registered(SoftPhone(line, tmp_path, tone=700)) as (phone,):
    run(phone.command("dial", "8002"))
    run(phone.happens("CALL_ESTABLISHED"))
    run(phone.hears(900))
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import NetstringReceiver
from twisted.python.failure import Failure

from appliance.foundation.clock import ReactorClock, sleep
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import ENOUGH, Line, share
from tests.ports import free_pair, free_port, free_range
from tests.real_reactor import Heard, call, reactor, run

FIRST, SECOND, THIRD = 600, 900, 1300
"""What three phones sound, Hz."""
BLOCK = 400
SPEECH = 40
"""Ports."""
HEADER = 44
ALONE, A_GOOD_PART = 0.8, 0.25
"""Shares of the power of a sound."""
LOOK = timedelta(milliseconds=100)
"""Between two looks at what was heard: a file that grows tells nobody."""

CONFIG = """\
poll_method epoll
sip_listen {own}:{sip}
{trust}audio_source ausine,{tone}
audio_player aubridge,ear{sip}
audio_alert aubridge,alert{sip}
ausrc_srate 48000
auplay_srate 8000
ausrc_channels 2
auplay_channels 1
net_interface {own}
call_max_calls 4
call_local_timeout 20
rtp_ports {rtp}-{rtp_last}
jitter_buffer_delay 0-0
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {heard}
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module srtp.so
module uuid.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
"""


@dataclass(frozen=True)
class Manner:
    """How a phone speaks. dtmf: how it sends keys, `rtpevent` (RFC 4733) or `info`. transport: udp or tls.

    authority: PEM, by which it checks the exchange's certificate. srtp: whether it insists on encrypted speech.
    """

    dtmf: str = "rtpevent"
    transport: str = "udp"
    authority: Path | None = None
    srtp: bool = False

    @property
    def trust(self) -> str:
        """Lines of the configuration."""
        return f"sip_cafile {self.authority}\nsip_verify_server yes\n" if self.authority else ""

    @property
    def account(self) -> str:
        """Parameters of the account."""
        return f";dtmfmode={self.dtmf}" + (";mediaenc=srtp-mand" if self.srtp else "")


PLAIN = Manner()


class SoftPhone:
    """One phone with one line; gone with the `with` block. answers: whether it takes calls by itself.

    traces: whether it prints each SIP message.
    """

    def __init__(
        self,
        line: Line,
        directory: Path,
        *,
        tone: int,
        answers: bool = True,
        manner: Manner = PLAIN,
        traces: bool = False,
    ) -> None:
        self._trace = ["-s"] if traces else []
        self._line, self._directory = line, directory / f"phone-{line.extension}"
        self._heard_in = self._directory / "heard"
        self._heard_in.mkdir(parents=True)
        self._control, sip, (rtp, last) = free_port(), free_pair(), free_range(SPEECH)
        facts = {
            "sip": sip,
            "rtp": rtp,
            "rtp_last": last,
            "control": self._control,
            "trust": manner.trust,
            "own": line.own,
        }
        (self._directory / "config").write_text(CONFIG.format(tone=tone, heard=self._heard_in, **facts))
        mode = "auto" if answers else "manual"
        (self._directory / "accounts").write_text(
            f"<sip:{line.extension}@{line.exchange}:{line.exchange_port};transport={manner.transport}>"
            f";auth_user={line.extension};auth_pass={line.secret}"
            f";regint=60;answermode={mode}{manner.account};audio_codecs=PCMA\n"
        )
        (self._directory / "contacts").write_text("")
        self.said: Heard[dict[str, Any]] = Heard()

    def __enter__(self) -> SoftPhone:
        with (self._directory / "said").open("wb") as said:
            self._process = subprocess.Popen(
                ["baresip", "-f", str(self._directory), *self._trace],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self._wire = run(self._connect())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        call(self._wire.close)
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            # It waits for the end of a transfer whose other side is gone.
            self._process.kill()
            self._process.wait(30)

    @property
    def printed(self) -> str:
        """What it prints."""
        return (self._directory / "said").read_text("utf-8", "replace")

    async def registered(self) -> None:
        """The exchange knows where it is."""
        # It registers before anybody can listen to its control port.
        while "200 OK" not in self.printed:
            await sleep(ReactorClock(reactor), LOOK)

    async def happens(self, what: str, times: int = 1) -> None:
        """Its next event of that type, or that many since it was started."""
        await self.said.until(lambda all_: sum(one.get("type") == what for one in all_) >= times)

    async def command(self, name: str, parameters: str = "") -> None:
        """One of its menu's long commands: dial, hangup, hold, resume, transfer, sndcode…"""
        self._wire.ask(name, parameters)

    async def hears(self, tone: int) -> None:
        """Returns when `tone` Hz, and little else, has been heard for half a second, counted from now."""
        await self._until_heard(lambda block: share(block, tone) > ALONE)

    async def hears_both(self, first: int, second: int) -> None:
        """The same for two tones at once."""
        await self._until_heard(lambda block: min(share(block, first), share(block, second)) > A_GOOD_PART)

    async def _until_heard(self, wanted: Callable[[list[int]], bool]) -> None:
        begun = {file: file.stat().st_size for file in self._heard_in.glob("*dec.wav")}
        while not any(_sounds(file, begun.get(file, HEADER), wanted) for file in self._heard_in.glob("*dec.wav")):
            await sleep(ReactorClock(reactor), LOOK)
            for file, size in begun.items():
                # Two calls in one second are kept in one file: the second begins it anew.
                if file.stat().st_size < size:
                    begun[file] = HEADER

    async def _connect(self) -> _Wire:
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self._control, timeout=5)
        while True:
            try:
                wire: _Wire = await connectProtocol(endpoint, _Wire(self.said))  # type: ignore[no-untyped-call]
            except ConnectError:
                assert self._process.poll() is None, self.printed
                await sleep(ReactorClock(reactor), LOOK)
            else:
                return wire


@contextlib.contextmanager
def registered(*phones: SoftPhone) -> Iterator[tuple[SoftPhone, ...]]:
    """All of them, started and known to the exchange."""

    async def there() -> None:
        for phone in phones:
            await phone.registered()

    with contextlib.ExitStack() as stack:
        for phone in phones:
            stack.enter_context(phone)
        run(there())
        yield phones


def phones(
    telephony: Telephony, directory: Path, tones: Mapping[str, int]
) -> AbstractContextManager[tuple[SoftPhone, ...]]:
    """The same by their extensions, each with what its telephone sounds."""
    port = telephony.settings.sip_port
    lines = [Line(extension, telephony.secrets[extension], port) for extension in tones]
    return registered(*(SoftPhone(line, directory, tone=tones[line.extension]) for line in lines))


class _Wire(NetstringReceiver):
    """baresip's control port: JSON in netstrings."""

    def __init__(self, said: Heard[dict[str, Any]]) -> None:
        self._said = said
        self.over: Deferred[None] = Deferred()

    def ask(self, command: str, parameters: str) -> None:
        asked = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self.sendString(asked)  # type: ignore[no-untyped-call]

    def stringReceived(self, string: bytes) -> None:
        self._said.append(json.loads(string))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.over.callback(None)

    def close(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


def _sounds(file: Path, since: int, wanted: Callable[[list[int]], bool]) -> bool:
    """Whether the sound kept in `file` from byte `since` on has half a second of what is wanted in a row."""
    data = file.read_bytes()[max(since - since % 2, HEADER) :]
    samples = memoryview(data[: len(data) // 2 * 2]).cast("h").tolist()
    run_ = 0
    for at in range(0, len(samples) - BLOCK + 1, BLOCK):
        run_ = run_ + 1 if wanted(samples[at : at + BLOCK]) else 0
        if run_ >= ENOUGH:
            return True
    return False
