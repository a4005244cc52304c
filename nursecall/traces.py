"""What went over each line lately, kept in memory for hospital IT: bytes, when, which way, and what came of them.

An idle line says the same over and over; that is counted, not kept, so that two thousand pieces are hours, not seconds.
Whatever differs is kept with what came right before and after it.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from nursecall.wire.masking import SECRETS, Mask

PIECES = 2000
"""Pieces kept of each line."""

BYTES = 512 * 1024
"""Bytes kept of each line, at most."""

CONTEXT = 8
"""Pieces kept before and after what was not idle."""

KNOWN = 512
"""Successions of two pieces that count as idle when they come again."""

HEADER = "# nightbell trace"
"""How a trace that was saved as text begins."""

Way = Literal["in", "out", "note"]
"""From the other end, to it, or about the line itself."""


@dataclass(eq=False, slots=True)
class Piece:
    """Bytes that came or went together, or a note. told: what came of them: readings, what was garbled.

    idle: how many pieces before this one were left out because they said nothing new.
    """

    number: int
    at: datetime
    way: Way
    data: bytes
    told: tuple[object, ...] = ()
    idle: int = 0


@dataclass(frozen=True)
class Meant:
    """What came of a piece, in a sentence: a message id, with `{name}` fields filled from `facts`."""

    message: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Traced:
    """The trace of `line` has grown. Published only."""

    line: str


class Trace:
    """The last pieces of one line, without the passwords that its protocol says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._masks: dict[Way, Mask] = {}
        self._pieces: deque[Piece] = deque()
        self._bytes = 0
        self._numbers = 0
        self._known: OrderedDict[tuple[object, object], None] = OrderedDict()
        self._last: tuple[Way, bytes] | None = None
        self._idle: deque[Piece] = deque()
        self._left_out = 0
        self._follow = 0
        self._heard: Piece | None = None
        self.grew = False

    def speaks(self, protocol: str) -> None:
        """The line goes by this protocol of the plan from here on."""
        secret = SECRETS.get(protocol)
        self._masks = {} if secret is None else {"in": Mask(secret), "out": Mask(secret)}

    def pieces(self, last: int = PIECES) -> list[Piece]:
        """The last so many, the oldest first."""
        return list(self._pieces)[-last:]

    def heard(self, data: bytes) -> None:
        """The other end said so."""
        self._heard = self._add("in", data)

    def said(self, data: bytes) -> None:
        """We said so."""
        self._add("out", data)

    def note(self, *about: object) -> None:
        """Something about the line itself: it was opened or lost."""
        self._keep(self._piece("note", b"", about))

    def told(self, about: object) -> None:
        """What came of the piece that was heard last."""
        if self._heard is None:
            self.note(about)
            return
        self._heard.told += (about,)
        self._keep()

    def _add(self, way: Way, data: bytes) -> Piece:
        if mask := self._masks.get(way):
            data = mask.hidden(data)
        piece = self._piece(way, data)
        if self._is_new(way, data):
            self._keep(piece)
        elif self._follow:
            self._follow -= 1
            self._store(piece)
        else:
            self._idle.append(piece)
            if len(self._idle) > CONTEXT:
                self._leave_out(self._idle.popleft())
        return piece

    def _is_new(self, way: Way, data: bytes) -> bool:
        step = self._last, (way, data)
        self._last = way, data
        new = step not in self._known
        self._known[step] = None
        self._known.move_to_end(step)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return new

    def _piece(self, way: Way, data: bytes, told: tuple[object, ...] = ()) -> Piece:
        self._numbers += 1
        return Piece(self._numbers, self._clock.now(), way, data, told)

    def _keep(self, *pieces: Piece) -> None:
        """Something is new: keep it, what came right before it, and what comes right after it."""
        for piece in (*self._idle, *pieces):
            self._store(piece)
        self._idle.clear()
        self._follow = CONTEXT
        self.grew = True

    def _store(self, piece: Piece) -> None:
        piece.idle, self._left_out = self._left_out, 0
        self._pieces.append(piece)
        self._bytes += len(piece.data)
        self.grew = True
        while len(self._pieces) > PIECES or self._bytes > BYTES:
            self._bytes -= len(self._pieces.popleft().data)

    def _leave_out(self, piece: Piece) -> None:
        self._left_out += 1
        if piece is self._heard:
            self._heard = None


class Traces:
    """The traces of every line; they outlive a change of the plan."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self._clock = clock
        self._bus = bus
        self._traces: dict[str, Trace] = {}

    def of(self, line: str) -> Trace:
        """The trace of the line with this plan id; `pager:ID` for a line to a pager system."""
        if line not in self._traces:
            self._traces[line] = Trace(self._clock)
        return self._traces[line]

    def tell(self, line: str) -> None:
        """Publish that the trace of `line` has grown, if it has since this was asked last."""
        trace = self.of(line)
        if trace.grew:
            trace.grew = False
            self._bus.publish(Traced(line))


ARROWS: dict[Way, str] = {"in": "<", "out": ">", "note": "-"}


def as_text(line: str, wire: str, pieces: Iterable[tuple[Piece, str]]) -> Iterator[str]:
    """A trace as people read it, line by line, which `nightbell decode` reads too. pieces: each with its meaning."""
    yield f"{HEADER}: line {line}, {wire}; < received, > sent; times are UTC"
    for piece, meaning in pieces:
        if piece.idle:
            yield f"# {piece.idle} pieces that said nothing new"
        about = f"# {meaning}" if meaning else ""
        yield f"{_moment(piece.at)} {ARROWS[piece.way]} {piece.data.hex(' '):<47}  {about}".rstrip()


def as_json(line: str, wire: str, pieces: Iterable[tuple[Piece, str]]) -> Iterator[str]:
    """The same, one JSON object a line; the first says which line."""
    yield json.dumps({"trace": line, "wire": wire})
    for piece, meaning in pieces:
        row = {"at": _moment(piece.at), "way": piece.way, "hex": piece.data.hex(), "meaning": meaning}
        yield json.dumps(row | ({"idle": piece.idle} if piece.idle else {}), ensure_ascii=False)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
