"""A captured TAP line in words."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from nursecall.wire.tap_blocks import ACK, EOT, ESC, ETB, ETX, LAST, NAK, RS, US, Block, read_page
from nursecall.wire.tap_reader import Garbled, Line, Prompt, Reader, Word

CONTROLS = {
    b"": "cr",
    ACK: "ack",
    NAK: "nak",
    RS: "rs",
    EOT: "eot",
    ESC + EOT: "disconnect",
    ESC + b"[p": "go-ahead",
    b"M": "manual",
}
TERMINATORS = {ETX: "ETX", ETB: "ETB", US: "US"}

MOST_BLOCKS = 64
"""Of one page."""

Facts = dict[str, object]


def decode_tap(chunks: Iterable[bytes], *, encoding: str | None = None, seven_bit: bool = True) -> Iterator[Facts]:
    """What the bytes of a TAP line mean, both directions mixed: one JSON-ready dict for each event.

    `block` has its `terminator` and, where that is ETX, the `pager`, the `text` and all `fields` of the page that it
    ends. `logon` has `service` and `type`, and whether it gave a `password`; `message` its response `code` and `text`;
    `garbled` says `why`, with the bytes in hexadecimal. The others are `cr`, `id`, `ack`, `nak`, `rs`, `eot`,
    `disconnect` (ESC EOT), `go-ahead` (ESC [p), `manual` (M) and `text`.
    """
    reader, parts = Reader(seven_bit=seven_bit), deque[bytes](maxlen=MOST_BLOCKS)
    for word in _words(reader, chunks):
        yield _block(word, parts, encoding) if isinstance(word, Block) else _in_words(word)


def _words(reader: Reader, chunks: Iterable[bytes]) -> Iterator[Word]:
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.flush()


def _in_words(word: Line | Prompt | Garbled) -> Facts:
    match word:
        case Prompt():
            return {"event": "id"}
        case Garbled():
            return {"event": "garbled", "why": word.why, "bytes": word.data.hex()}
        case Line():
            return _line(word.data)


def _line(data: bytes) -> Facts:
    text = data.decode("ascii", "backslashreplace")
    if data in CONTROLS:
        return {"event": CONTROLS[data]}
    if logon := re.fullmatch(r"\x1b(..)(.)(.*)", text):
        return {"event": "logon", "service": logon[1], "type": logon[2], "password": bool(logon[3])}
    if message := re.fullmatch(r"(\d{3}) ?(.*)", text):
        return {"event": "message", "code": int(message[1]), "text": message[2]}
    return {"event": "text", "text": text}


def _block(block: Block, parts: deque[bytes], encoding: str | None) -> Facts:
    facts: Facts = {"event": "block", "terminator": TERMINATORS[block.terminator]}
    if block.raw not in parts:
        parts.append(block.raw)
    if block.terminator == LAST:
        page = read_page(b"".join(Block(part).body for part in parts), encoding)
        parts.clear()
        facts |= {"pager": page.pager, "text": page.text, "fields": list(page.fields)} if page else {"pager": ""}
    return facts
