"""Captured bytes as people have them: hexadecimal digits, or the trace of a line that was saved from the panel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nursecall.traces import ARROWS, HEADER, Piece, Way

Facts = dict[str, object]
Decoder = Callable[[Iterable[bytes]], Iterator[Facts]]

WAYS: dict[str, tuple[tuple[Way, ...], ...]] = {
    "espax": (("in",), ("out",)),
    "mllp": (("in",), ("out",)),
    "text": (("in",),),
}
"""Wires on which the two directions do not take turns: each is read by itself, of a text host only what it says."""

_ROW = re.compile(r"\S+Z ([<>-]) *((?:[0-9a-f]{2} ?)*)(?: *#.*)?")


NOT_HEX = "line {number} of the input is not hexadecimal: {text}"
HALF_A_BYTE = "the input ends in the middle of a byte: a single hexadecimal digit is left over"
NO_ROW = "line {number} is no line of a trace: {text}"


class NoCapture(ValueError):
    """What was given is none of these. message: a message id, in one sentence; facts fill its fields."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message.format(**facts))
        self.message = message
        self.facts = facts


@dataclass(frozen=True)
class Part:
    """Some bytes of a capture. gap: whether something was left out before them."""

    data: bytes
    way: Way = "in"
    gap: bool = False


@dataclass
class Capture:
    """All of it, in order. wire: the protocol, where the capture says so."""

    wire: str | None = None
    parts: list[Part] = field(default_factory=list)


def of_trace(pieces: Iterable[Piece]) -> list[Part]:
    """The bytes of a trace in memory."""
    return [Part(piece.data, piece.way, piece.idle > 0) for piece in pieces]


def is_trace(text: str) -> bool:
    """Whether `text` begins as a saved trace does."""
    return text.startswith((HEADER, '{"trace"'))


def read(text: str) -> Capture:
    """What `text` holds: a saved trace, or hexadecimal digits. Raises NoCapture."""
    text = text.strip().removeprefix("\ufeff")
    if text.startswith(HEADER):
        return _from_text(text)
    if text.startswith('{"trace"'):
        return _from_json(text)
    return Capture(parts=[Part(data) for data in hexadecimal(text.splitlines())])


def hexadecimal(lines: Iterable[str]) -> Iterator[bytes]:
    """The bytes spelled in `lines`, white space ignored. Raises NoCapture."""
    odd = ""
    for number, line in enumerate(lines, 1):
        digits = odd + "".join(line.split())
        odd = digits[-1] if len(digits) % 2 else ""
        try:
            yield bytes.fromhex(digits[: len(digits) - len(odd)])
        except ValueError as why:
            raise NoCapture(NOT_HEX, number=number, text=line.strip()[:40]) from why
    if odd:
        raise NoCapture(HALF_A_BYTE)


def in_order(decode: Decoder, parts: Sequence[Part], ways: Sequence[Sequence[Way]] | None = None) -> list[list[Facts]]:
    """What each part completes. Where something was left out, reading begins anew. ways: read each by itself."""
    found: list[list[Facts]] = [[] for _ in parts]
    for way in ways or (("in", "out"),):
        for run in _runs([(at, part) for at, part in enumerate(parts) if part.way in way]):
            for at, facts in _aligned(decode, run):
                found[at].append(facts)
    return found


def _runs(parts: Iterable[tuple[int, Part]]) -> Iterator[list[tuple[int, Part]]]:
    run: list[tuple[int, Part]] = []
    for at, part in parts:
        if part.gap and run:
            yield run
            run = []
        run.append((at, part))
    yield run


def _aligned(decode: Decoder, parts: Sequence[tuple[int, Part]]) -> Iterator[tuple[int, Facts]]:
    now = 0

    def chunks() -> Iterator[bytes]:
        nonlocal now
        for at, part in parts:
            now = at
            yield part.data

    for facts in decode(chunks()):
        yield now, facts


def _from_text(text: str) -> Capture:
    header, *lines = text.splitlines()
    named = re.search(r", (\w+);", header)
    capture, gap = Capture(named[1] if named else None), False
    ways = {arrow: way for way, arrow in ARROWS.items()}
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.startswith("#"):
            gap = gap or bool(line)
            continue
        row = _ROW.fullmatch(line.strip())
        if row is None:
            raise NoCapture(NO_ROW, number=number, text=line.strip()[:40])
        if row[1] != ARROWS["note"]:
            capture.parts.append(Part(bytes.fromhex(row[2]), ways[row[1]], gap))
            gap = False
    return capture


def _from_json(text: str) -> Capture:
    capture = Capture()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            if number == 1:
                capture.wire = row.get("wire")
            elif row["way"] in ("in", "out"):
                capture.parts.append(Part(bytes.fromhex(row["hex"]), row["way"], bool(row.get("idle"))))
        except (ValueError, KeyError, TypeError, AttributeError) as why:
            raise NoCapture(NO_ROW, number=number, text=line.strip()[:40]) from why
    return capture
