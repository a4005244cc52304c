"""How fast captured ESPA 4.4.4 is understood, on good traffic and on noise, against reading the same bytes alone."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from nursecall.wire.decode import decode_espa444
from nursecall.wire.espa444 import Call, Reset
from tests.bench.figures import Figure, Row, beside

SIZE = 500_000
"""Bytes of each capture."""

CHUNK = 256
ROUNDS = 10
LINE = 960
"""Bytes a second of a line at 9600 8N1."""

SEED = 444


def measure() -> list[Figure]:
    """The figures for good traffic and for noise."""
    chance = random.Random(SEED)
    captures = {
        "polls, selections, presses and resets": _traffic(chance),
        "random bytes": chance.randbytes(SIZE),
    }
    return [_figure(name, capture) for name, capture in captures.items()]


def _figure(name: str, capture: bytes) -> Figure:
    with tempfile.NamedTemporaryFile(prefix="nb") as file:
        Path(file.name).write_bytes(capture)
        for work in (_decode, _read):
            work(Path(file.name))
        pairs = [(_rate(_decode, Path(file.name)), _rate(_read, Path(file.name))) for _ in range(ROUNDS)]
    ours = Row("decoded", [decoded for decoded, _ in pairs], "MB/s", 1e-6, rate=True)
    alone = Row("the same bytes read alone", [read for _, read in pairs], "MB/s", 1e-6, rate=True)
    slowest = min(ours.values)
    return Figure(
        f"Codec: ESPA 4.4.4 on {name}, {len(capture) / 1e6:.1f} MB in pieces of {CHUNK} bytes, {ROUNDS} rounds",
        beside(ours, alone, "time to decode ÷ time to read"),
        (f"The slowest round kept up with {slowest / LINE:,.0f} full lines at 9600 8N1.",),
    )


def _rate(work: Callable[[Path], None], file: Path) -> float:
    began = time.perf_counter()
    work(file)
    return file.stat().st_size / (time.perf_counter() - began)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        yield from iter(partial(source.read, CHUNK), b"")


def _read(file: Path) -> None:
    for _ in _pieces(file):
        pass


def _decode(file: Path) -> None:
    for _ in decode_espa444(_pieces(file)):
        pass


def _traffic(chance: random.Random) -> bytes:
    capture = bytearray()
    while len(capture) < SIZE:
        capture += b"\x042\x05\x04" * chance.randint(0, 6)
        capture += b"2\x05\x061\x05\x06" + _block(chance) + b"\x06\x04"
    return bytes(capture)


def _block(chance: random.Random) -> bytes:
    bed = str(chance.randint(1, 40))
    if chance.random() < 0.5:
        return Reset(address=bed, text=f"{bed}床 复位").encode("gb18030")
    return Call(address=bed, text=f"{bed}床 呼叫", type=3, transmissions=1, priority=3).encode("gb18030")
