"""A captured text host's line in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nursecall.wire.text_host import Event, Frame, Layout, Reader


def decode_text(chunks: Iterable[bytes], *, layout: Layout | None = None) -> Iterator[dict[str, object]]:
    """What the host printed: one JSON-ready dict for each frame. layout: what a frame looks like; None for plain lines.

    `event` is `frame` with its `text`, and its `check` where it has one; or `garbled` with `why` and the bytes in
    hexadecimal. What we answered is garbled here: give the host's direction only.
    """
    layout = layout or Layout()
    reader = Reader(layout)
    for chunk in chunks:
        for event in reader.feed(chunk):
            yield _in_words(event, layout)
    for event in reader.flush():
        yield _in_words(event, layout)


def _in_words(event: Event, layout: Layout) -> dict[str, object]:
    if isinstance(event, Frame):
        return {"event": "frame", "text": event.text, **({"check": "right"} if layout.check_length else {})}
    return {"event": "garbled", "why": event.why, "bytes": event.data.hex()}
