"""The same block twice: said again because our ACK was lost, or meant twice?"""

from __future__ import annotations

PROMPT = 1.0
"""A sender that has our ACK goes on within so many seconds."""

REPEATED_WITHIN = 10.0
"""A sender that missed our ACK has said it again after so many seconds, or never will."""

GIVEN_UP_WITHIN = 60.0
"""A sender that missed our ACK says it again so many seconds later if it had to begin anew for that."""


class Receipts:
    """Remembers the last block that was acknowledged. Times are seconds on one steady clock.

    within: seconds after which a sender that missed our ACK has said it again.
    """

    def __init__(self, within: float = REPEATED_WITHIN) -> None:
        self._within = within
        self._last = b""
        self._at = 0.0
        self._doubtful = False
        self._cut_off = False

    def is_new(self, raw: bytes, now: float) -> bool:
        """Whether the block `raw`, being acknowledged now, is not the last one said again."""
        in_time = self._cut_off or now - self._at <= self._within
        again = self._doubtful and in_time and raw == self._last
        self._last, self._at, self._doubtful, self._cut_off = raw, now, True, False
        return not again

    def went_on(self, now: float) -> None:
        """The sender said something else: at once, so it has our ACK; late, so it may have waited for it in vain."""
        if not self._cut_off and now - self._at <= PROMPT:
            self._doubtful = False

    def line_lost(self, now: float) -> None:
        """The line broke: an ACK lately given may never have arrived, however long it takes to come back."""
        self._cut_off = self._cut_off or (self._doubtful and now - self._at <= GIVEN_UP_WITHIN)
