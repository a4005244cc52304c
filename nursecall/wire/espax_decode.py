"""A captured ESPA-X connection in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nursecall.wire.espax_messages import Message
from nursecall.wire.espax_reader import Garbled, Reader

SECRET = ("LI-PASSWORD",)


def decode_espax(chunks: Iterable[bytes], *, encoding: str | None = None) -> Iterator[dict[str, object]]:
    """What the bytes of an ESPA-X connection mean: one JSON-ready dict for each message.

    `event` is the message's name in lower case, such as `req.p-start`; then `invokeID` and `sessionID`, and the fields
    by the standard's names, passwords hidden; proprietary ones are left out. `garbled` says `why`, with how the bytes
    begin, in hexadecimal. Both directions may be mixed message by message.
    """
    reader = Reader(encoding=encoding)
    for chunk in chunks:
        yield from map(_in_words, reader.feed(chunk))
    yield from map(_in_words, reader.flush())


def _in_words(found: Message | Garbled) -> dict[str, object]:
    if isinstance(found, Garbled):
        return {"event": "garbled", "why": found.why, "bytes": found.data.hex()}
    names = {"invokeID": found.invoke, "sessionID": found.session}
    return {
        "event": found.name.lower(),
        **{name: value for name, value in names.items() if value is not None},
        **{name: "***" if name in SECRET else value for name, value in found.fields.items()},
    }
