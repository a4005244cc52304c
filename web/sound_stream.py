"""Sound to a browser: the part it asks for (HTTP Range), as fast as it takes it, never all in memory."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from web.visit import Refused, Visit

PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

Read = Callable[[int, int], Awaitable[bytes]]


def part_of(asked: str | None, size: int) -> tuple[int, int] | None:
    """First octet and the one after the last, of what a Range header asks for; None for the whole. Raises Refused.

    A header that makes no sense, or asks for several parts, is passed over, as RFC 9110 has it.
    """
    found = _RANGE.fullmatch(asked or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    if first > last:
        raise Refused(416, "This recording is shorter.")
    return first, last + 1


async def send(visit: Visit, size: int, read: Read) -> bytes:
    """Answer `visit` with a WAV file of `size` octets; `read(offset, length)` has them. Raises Refused."""
    request = visit.request
    part = part_of(request.getHeader("range"), size)
    start, end = part or (0, size)
    request.setHeader("content-type", "audio/wav")
    request.setHeader("accept-ranges", "bytes")
    request.setHeader("content-length", str(end - start))
    if part is not None:
        request.setResponseCode(206)
        request.setHeader("content-range", f"bytes {start}-{end - 1}/{size}")
    if request.method == b"HEAD":
        return b""
    pace = _Pace()
    request.registerProducer(pace, True)
    try:
        for offset in range(start, end, PIECE):
            piece = await read(offset, min(PIECE, end - offset))
            await pace.wait()
            request.write(piece)
    finally:
        if request.channel is not None:  # a browser that has gone took it along
            request.unregisterProducer()
    return b""


@implementer(IPushProducer)
class _Pace:
    """Holds us while the browser has enough."""

    def __init__(self) -> None:
        self._held: Deferred[None] | None = None

    async def wait(self) -> None:
        if self._held is not None:
            await self._held

    def pauseProducing(self) -> None:
        if self._held is None:
            self._held = Deferred()

    def resumeProducing(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.callback(None)

    def stopProducing(self) -> None:
        """The browser is gone, and whoever answers it is cancelled."""
