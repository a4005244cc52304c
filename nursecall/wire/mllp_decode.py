"""A captured HL7 wire in words: what `nightbell decode` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nursecall.wire import hl7
from nursecall.wire.hl7_names import named
from nursecall.wire.mllp import Deframer, Event, Garbage, TooLarge

CUT = "The message began and never ended."
GARBAGE = "It stands outside of any message."


def decode_mllp(chunks: Iterable[bytes], *, encoding: str | None = None) -> Iterator[dict[str, object]]:
    """What the bytes of an MLLP connection mean, of one direction or of both: JSON-ready dicts.

    `event` is `message`, with its type, event, control id and character set; after it one for each of its segments,
    by its name, with its fields by number and by the standard's name; or `unreadable`, `too-large`, `cut`, `garbage`,
    which say `why`. encoding: overrules MSH-18.
    """
    deframer = Deframer()
    for chunk in chunks:
        for event in deframer.feed(chunk):
            yield from _in_words(event, encoding)
    for event in deframer.end():
        yield from _in_words(event, encoding)


def _in_words(event: Event, encoding: str | None) -> Iterator[dict[str, object]]:
    if isinstance(event, Garbage):
        kind, sentence = ("cut", CUT) if event.cut else ("garbage", GARBAGE)
        yield {"event": kind, "why": sentence, "size": event.size, "bytes": event.data.hex()}
    elif isinstance(event, TooLarge):
        yield {"event": "too-large", "why": f"{event.size} bytes are too many.", "bytes": event.data.hex()}
    else:
        try:
            message = hl7.read(event.data, encoding)
        except hl7.Unreadable as why:
            yield {"event": "unreadable", "why": str(why), "where": why.where, "bytes": event.data.hex()}
        else:
            yield _head(message)
            yield from map(_fields, message.segments)


def _head(message: hl7.Message) -> dict[str, object]:
    return {
        "event": "message",
        "type": message.kind,
        "trigger": message.event,
        "control": message.control,
        "encoding": message.encoding,
    }


def _fields(segment: hl7.Segment) -> dict[str, object]:
    fields = ((number, str(segment.fields[number])) for number in range(1, len(segment.fields)))
    return {"event": segment.name, **{named(segment.name, number): text for number, text in fields if text}}
