"""A captured line in words: what `nightbell decode` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nursecall.wire.espa444 import (
    Ack,
    Call,
    Eot,
    Garbled,
    Heard,
    Listener,
    Message,
    Nak,
    Other,
    Poll,
    Reset,
    Select,
    Status,
    StatusRequest,
)

NAMES: dict[type, str] = {
    Call: "call",
    Reset: "reset",
    Status: "status",
    StatusRequest: "status-request",
    Other: "other",
    Garbled: "garbled",
    Poll: "poll",
    Select: "select",
    Ack: "ack",
    Nak: "nak",
    Eot: "eot",
}


def decode_espa444(
    chunks: Iterable[bytes], *, encoding: str | None = None, seven_bit: bool = False
) -> Iterator[dict[str, object]]:
    """What the bytes of an ESPA 4.4.4 line mean, both directions mixed: one JSON-ready dict for each event.

    `event` and then, of a block, the records that were in it by the standard's names: `address` and `text` as text,
    the others as integers where they are digits; records unknown to the standard in `records`, by number. `poll` and
    `select` have their `address`, `nak` its `reason`, `garbled` says `why`, with the bytes in hexadecimal.
    """
    listener = Listener(encoding=encoding, seven_bit=seven_bit)
    for chunk in chunks:
        yield from map(_in_words, listener.feed(chunk))
    yield from map(_in_words, listener.end())


def _in_words(heard: Heard) -> dict[str, object]:
    return {"event": NAMES[type(heard)], **_facts(heard)}


def _facts(heard: Heard) -> dict[str, object]:
    match heard:
        case Message():
            return {**heard.records(), **({"records": dict(heard.others)} if heard.others else {})}
        case Garbled():
            return {"why": heard.why, "bytes": heard.data.hex()}
        case Poll() | Select():
            return {"address": heard.address}
        case Nak():
            return {} if heard.reason is None else {"reason": heard.reason}
        case _:
            return {}
