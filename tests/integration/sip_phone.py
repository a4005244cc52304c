"""A SIP phone that is not ours: SIPp signals, and an ear and a mouth of our own hear and make the sound."""

from __future__ import annotations

import itertools
import math
import struct
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread

from tests.ports import free_port
from tests.real_reactor import reactor

RATE = 8000
FRAME = 160
A_LAW = 8
ENOUGH = 10
"""Blocks of 50 ms in a row in which a tone must be most of what is heard."""


def decoded(byte: int) -> int:
    """One A-law byte as a linear sample (ITU-T G.711)."""
    byte ^= 0x55
    size, step = byte & 0x0F, (byte >> 4) & 0x07
    sample = (size << 4) + 8 if step == 0 else ((size << 4) + 0x108) << (step - 1)
    return sample if byte & 0x80 else -sample


_LINEAR = [decoded(byte) for byte in range(256)]


def encoded(sample: int) -> int:
    """The A-law byte nearest to a linear sample."""
    return min(range(256), key=lambda byte: abs(_LINEAR[byte] - sample))


def share(samples: list[int], tone: float) -> float:
    """How much of the power of `samples` is at `tone` Hz (Goertzel), 0 to 1; 0 for near silence."""
    power = sum(sample * sample for sample in samples)
    if power < len(samples) * 100 * 100:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * tone / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return float((last * last + before * before - turn * last * before) * 2 / (len(samples) * power))


class Ear(DatagramProtocol):
    """RTP in and out: sounds `tone` to whoever sends to us, and hears what comes."""

    noisy = False

    def __init__(self, tone: int) -> None:
        self._frames = itertools.cycle(_frames(tone))
        self._peer: Any = None
        self._block: list[int] = []
        self._heard: dict[tuple[int, ...], int] = {}
        self._waiting: dict[tuple[int, ...], Deferred[None]] = {}
        self._sent = 0
        self._talking = LoopingCall(self._talk)
        self.port = reactor.listenUDP(0, self, interface="127.0.0.1")  # type: ignore[attr-defined]

    @property
    def number(self) -> int:
        """Its UDP port."""
        return int(self.port.getHost().port)

    def hears(self, *tones: int) -> Deferred[None]:
        """Fires when `tones`, in Hz and together, were nearly all that was heard for half a second."""
        self._heard[tones] = 0
        if tones not in self._waiting or self._waiting[tones].called:
            self._waiting[tones] = Deferred()
        return self._waiting[tones]

    def close(self) -> None:
        """Be silent and deaf."""
        if self._talking.running:
            self._talking.stop()
        self.port.stopListening()

    def datagramReceived(self, data: bytes, source: Any) -> None:
        if self._peer is None:
            self._peer = source
            self._talking.start(FRAME / RATE)
        if data[1] & 0x7F == A_LAW:
            self._block += [_LINEAR[byte] for byte in data[12:]]
        while len(self._block) >= 400:
            block, self._block = self._block[:400], self._block[400:]
            self._judge(block)

    def _judge(self, block: list[int]) -> None:
        for tones, waiting in list(self._waiting.items()):
            shares = [share(block, tone) for tone in tones]
            there = sum(shares) > 0.8 and min(shares) > 0.5 / len(shares)
            self._heard[tones] = self._heard[tones] + 1 if there else 0
            if self._heard[tones] >= ENOUGH and not waiting.called:
                waiting.callback(None)

    def _talk(self) -> None:
        self._sent += 1
        header = struct.pack("!BBHII", 0x80, A_LAW, self._sent & 0xFFFF, self._sent * FRAME & 0xFFFFFFFF, 0x4E42)
        transport: Any = self.transport
        transport.write(header + next(self._frames), self._peer)


def _frames(tone: int) -> list[bytes]:
    """A second of a sine, in frames of 20 ms; `tone` in whole Hz, so that it goes round without a click."""
    table = {sample: encoded(sample) for sample in {sine(tone, n) for n in range(RATE)}}
    return [bytes(table[sine(tone, n + i)] for i in range(FRAME)) for n in range(0, RATE, FRAME)]


def sine(tone: int, n: int) -> int:
    """Sample `n` of a tone at 8 kHz."""
    return round(8000 * math.sin(2 * math.pi * tone * n / RATE))


@dataclass(frozen=True)
class Line:
    """Whose phone it is, where the exchange listens, and at which address the phone is."""

    extension: str
    secret: str
    exchange_port: int
    exchange: str = "127.0.0.1"
    own: str = "127.0.0.1"


async def answering(scenario: str, line: Line, directory: Path, *, ear: int = 0, talk: int = 0) -> None:
    """Register the phone, then let it be called once, as `scenarios/<scenario>.xml` says. Raises AssertionError."""
    port = free_port()
    await sipp("register", line, directory, port=port)
    await sipp(scenario, line, directory, ear=ear, talk=talk, port=port)


async def sipp(
    scenario: str,
    line: Line,
    directory: Path,
    *,
    dialled: str = "",
    ear: int = 0,
    talk: int = 0,
    port: int = 0,
    **keys: str,
) -> None:
    """Run one call of `scenarios/<scenario>.xml`, its `[name]`s filled from `keys`. Raises AssertionError.

    The error has SIPp's words.
    """
    scenarios = Path(__file__).parent / "scenarios"
    argv = [
        "sipp",
        f"127.0.0.1:{line.exchange_port}",
        *(
            "-sf",
            str(scenarios / f"{scenario}.xml"),
            "-m",
            "1",
            "-i",
            "127.0.0.1",
            "-p",
            str(port or free_port()),
            "-nostdin",
            "-cid_str",
            "%u-%p",
            "-trace_msg",
        ),
        *("-s", dialled or line.extension, "-au", line.extension, "-ap", line.secret, "-d", str(talk)),
        *("-key", "extension", line.extension, "-key", "ear", str(ear), "-timeout", "150s", "-timeout_error"),
        *(part for name, value in keys.items() for part in ("-key", name, value)),
    ]
    await _run(argv, directory)


async def _run(argv: list[str], directory: Path) -> None:
    # A thread waits for it: the reactor of the tests runs in a thread, where it hears no SIGCHLD.
    def wait() -> tuple[int, str]:
        done = subprocess.run(argv, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    code, words = await deferToThread(wait)
    assert code == 0, f"sipp ended with {code}:\n{words[-3000:]}"


def write_tone(file: Path, tone: int, seconds: float) -> None:
    """A WAV file as prompts are: 8 kHz, mono, 16 bits."""
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(
            b"".join(sine(tone, n).to_bytes(2, "little", signed=True) for n in range(int(RATE * seconds)))
        )
