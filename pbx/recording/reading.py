"""A sealed recording as the WAV file it would be: 16-bit PCM, both sides, read at any place."""

from __future__ import annotations

from collections.abc import Iterator

from pbx.recording.formats import CODECS, RATE, WIDTH, wave_head
from pbx.recording.sealed import Opened
from pbx.recording.store import Kept

HEAD = 44
PIECE = 512 * 1024


class Wave:
    """Decodes only what is asked for. It reads files and computes, so it is never run on a reactor."""

    def __init__(self, opened: Opened, one: Kept) -> None:
        self._opened, self._codec = opened, CODECS[one.format]
        self._samples = round(one.seconds * RATE)
        self.size = HEAD + self._samples * WIDTH
        """Of the whole file, in octets."""

    def read(self, offset: int, length: int) -> bytes:
        """`length` octets from `offset`, fewer at the end. Raises OSError, sealed.Unreadable."""
        end = min(offset + length, self.size)
        head = wave_head(self._samples)[offset:end]
        if end <= HEAD or end <= offset:
            return head
        start, stop = max(offset, HEAD) - HEAD, end - HEAD
        first, last = start // WIDTH // self._codec.samples, (stop - 1) // WIDTH // self._codec.samples
        data = self._opened.read(first * self._codec.block, (last - first + 1) * self._codec.block)
        sound = self._codec.decode(data).tobytes()
        skipped = first * self._codec.samples * WIDTH
        return head + sound[start - skipped : stop - skipped]

    def pieces(self) -> Iterator[bytes]:
        """The whole file, piece by piece."""
        yield from (self.read(offset, PIECE) for offset in range(0, self.size, PIECE))
