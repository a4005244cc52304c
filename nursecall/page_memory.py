"""Pages that went to a pager system, kept in a file: what it says of one repeats no more than its address and text.

So a nurse who acknowledges on her pager is heard also when this box, or its plan, was started anew in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from nursecall.kept_rows import keep, kept
from nursecall.wire.espa444 import Message, Status

log = Logger()

MOST = 200
"""Pages remembered of one system; the oldest is forgotten for the next."""


@dataclass(frozen=True)
class Page:
    """Which telling of a call a page is: that of `device` in the step `serial`. at: when it was sent."""

    call: str
    serial: int
    device: str
    at: datetime


class Memory:
    """The pages of one system. file: where they are kept; a file that cannot be written or read is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._sent: deque[tuple[Page, str, str]] = deque(_read(file), maxlen=MOST)

    def sent(self, page: Page, said: Message) -> None:
        """`page` goes out now, and says so on the wire."""
        self._sent.append((page, *_named(said)))
        keep(self._file, [_row(*one) for one in self._sent])

    def of(self, status: Status) -> tuple[Page, ...]:
        """Those that `status` may be about, the latest first: all that say what it repeats; none where that is nothing.

        A system that repeats the address alone leaves open which of its pages is meant.
        """
        address, text = _named(status)
        if not (address or text):
            return ()
        fit = [page for page, to, said in self._sent if address in ("", to) and text in ("", said)]
        return tuple(reversed(fit))


def _named(message: Message) -> tuple[str, str]:
    # Systems with fixed fields fill them up with blanks.
    return (message.address or "").strip(), (message.text or "").strip()


def _row(page: Page, address: str, text: str) -> dict[str, Any]:
    which = {"call": page.call, "serial": page.serial, "device": page.device, "at": page.at.isoformat()}
    return {**which, "address": address, "text": text}


def _read(file: Path) -> Iterator[tuple[Page, str, str]]:
    try:
        for row in kept(file):
            page = Page(row["call"], row["serial"], row["device"], datetime.fromisoformat(row["at"]))
            yield page, row["address"], row["text"]
    except (OSError, ValueError, KeyError, TypeError):
        log.failure("which pages went to {file} cannot be read", file=file.name)
