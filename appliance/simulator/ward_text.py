"""What a simulated host writes, so that the line's plan reads the right thing at the right bed out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from appliance.simulator.control import Refused
from nursecall.line_ends import Heard
from nursecall.plan_lines import TextLine, Worded
from nursecall.reading import Ended, Presence, Press, Reading, Terminal

FORMS = ("{bed}床 {word}", "Bed {bed} {word}", "{bed} {word}", "{bed}{word}")
PRESSED, ENDED = ("呼叫", "call"), ("复位", "reset")


@dataclass(frozen=True)
class Said:
    """What was put in the queue. size: bytes of the block, where that is one."""

    ticket: int
    text: str
    size: int = 0


Outcome = tuple[int, bool]
"""A ticket, and whether the other side took it."""

Reads = Callable[[str], Heard | None]
"""What the line's plan makes of a text."""


def text_for(line: Worded, reading: Reading, reads: Reads) -> str:
    """A text that means `reading`, and nothing else. Raises Refused when there is none on this line."""
    for word in _words(line, reading):
        for form, bed in product(FORMS, _called(line, reading)):
            text = form.format(bed=bed, word=word)
            if _fits(text, line.encoding) and reads(text) == reading:
                return text
    known = ", ".join(sorted({line.default_type, *line.types.values()}))
    raise Refused(
        "Line {line} has no text that means {type} at bed {bed}. It knows: {known}.",
        line=line.id,
        type=meaning(reading),
        bed=reading.bed,
        known=known,
    )


def _called(line: Worded, reading: Reading) -> Iterator[str]:
    """What the host calls the bed: by its call point, else as the door does."""
    place = (reading.ward, reading.bed)
    yield from (point.says for point in line.points if (point.ward or line.ward, point.bed) == place)
    yield reading.bed


def meaning(reading: Reading) -> str:
    """One word for it."""
    match reading:
        case Press(call_type=kind):
            return kind
        case Ended(call_type=kind):
            return kind or "reset"
        case Presence(here=here):
            return "present" if here else "absent"
        case Terminal(well=well):
            return "mended" if well else "fault"


def _words(line: Worded, reading: Reading) -> Iterator[str]:
    """Words of the plan that may mean it; of several languages, those of the first form first."""
    if isinstance(line, TextLine):
        yield from (code for code, means in line.codes.items() if means == meaning(reading))
    match reading:
        case Press(call_type=kind):
            yield from _named(line, kind)
            yield from PRESSED if kind == line.default_type else ()
        case Ended(call_type=None):
            yield from (*_plain(line.ends), *ENDED)
        case Ended(call_type=kind):
            named = list(_named(line, kind or ""))
            yield from (*named, *(f"{word} {end}" for word in named for end in _plain(line.ends)))
            yield from _plain(line.ends) if kind == line.default_type else ()
        case Presence(here=here):
            yield from _plain(line.present if here else line.absent)
        case Terminal(well=well):
            yield from _plain(line.mended if well else line.faults)


def _named(line: Worded, kind: str) -> Iterator[str]:
    yield from _plain(pattern for pattern, named in line.types.items() if named == kind)


def _plain(patterns: Iterable[str]) -> Iterator[str]:
    """The alternatives of regular expressions, without their marks."""
    for pattern in patterns:
        yield from (re.sub(r"[\\^$.*+?()\[\]{}]", "", word) for word in pattern.split("|"))


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode("ascii" if encoding == "hex" else encoding)
    except UnicodeEncodeError:
        return False
    return True
