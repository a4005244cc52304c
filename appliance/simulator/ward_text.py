"""What a simulated host writes into a block, so that the line's plan reads the right bed and call type out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from appliance.simulator.control import Refused
from nursecall.plan_lines import EspaLine
from nursecall.reading import Ended, Press, read
from nursecall.wire.espa444 import Call, Message, Reset

FORMS = ("{bed}床 {word}", "Bed {bed} {word}", "{bed} {word}")
PRESSED, ENDED = ("呼叫", "call"), ("复位", "reset")
STANDARD_CALL, ALARM, NORMAL = 3, 1, 3


def press(line: EspaLine, bed: str, kind: str) -> Call:
    """A call of type `kind` at `bed`. Raises Refused when no text means that on this line."""
    priority = NORMAL if kind == line.default_type else ALARM
    for text in _texts(line, bed, [*_named(line, kind), *(PRESSED if kind == line.default_type else ())]):
        call = Call(address=bed[:16], text=text, type=STANDARD_CALL, transmissions=1, priority=priority)
        if read(line, call) == Press(line.ward, bed, kind):
            return call
    raise _no_text(line, bed, kind)


def reset(line: EspaLine, bed: str, kind: str | None = None) -> Reset:
    """The bedside reset of the call of type `kind`, or of whatever is open. Raises Refused like `press`."""
    for text in _texts(line, bed, ENDED if kind is None else _named(line, kind)):
        ended = Reset(address=bed[:16], text=text)
        if read(line, ended) == Ended(line.ward, bed, kind):
            return ended
    raise _no_text(line, bed, kind or "reset")


def as_written(line: EspaLine, message: Message) -> bytes:
    """`message` as a block in the line's encoding."""
    return message.encode(line.encoding)


def _named(line: EspaLine, kind: str) -> list[str]:
    patterns = [pattern for pattern, named in line.types.items() if named == kind]
    return [re.sub(r"[\\^$.*+?()\[\]{}]", "", word) for pattern in patterns for word in pattern.split("|")]


def _texts(line: EspaLine, bed: str, words: list[str] | tuple[str, ...]) -> Iterator[str]:
    for form in FORMS:
        for word in words:
            text = form.format(bed=bed, word=word)
            try:
                text.encode(line.encoding)
            except UnicodeEncodeError:
                continue
            yield text


def _no_text(line: EspaLine, bed: str, kind: str) -> Refused:
    known = ", ".join(sorted({line.default_type, *line.types.values()}))
    return Refused(
        "Line {line} has no text that means {type} at bed {bed}. It knows: {known}.",
        line=line.id,
        type=kind,
        bed=bed,
        known=known,
    )
