"""What a pager system says of a page long after it took it: the status information of ESPA 4.4.4.

| record 7, record 8         | what it proves of the telling                                    |
|----------------------------|------------------------------------------------------------------|
| 2 queued                   | delivered, as the acknowledged block does                        |
| 3 paged, 7 speech open     | delivered: the pager itself was called                           |
| 6 acknowledged             | accepted: whoever carries the pager has pressed its button       |
| 4 absent, 8 fault          | failed                                                           |
| record 8: 1 transmitter    | failed, unless somebody has acknowledged all the same            |
| 1 busy, 5 terminated       | nothing: it may yet be called, or was called and put away unread |

Speech open is the paging system's own channel to the pager, and no person's answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from nursecall.events import Outcome
from nursecall.page_memory import Memory, Page
from nursecall.pager_health import TRANSMITTER_FAILED
from nursecall.wire import espa444_blocks as espa444

OUTCOMES: Mapping[espa444.Number, Outcome] = {
    espa444.QUEUED: "delivered",
    espa444.PAGED: "delivered",
    espa444.SPEECH_OPEN: "delivered",
    espa444.ACKNOWLEDGED: "accepted",
    espa444.ABSENT: "failed",
    espa444.FAULT: "failed",
}
CALLED = (espa444.PAGED, espa444.SPEECH_OPEN)

NOT_OURS = "It names no page of ours."
NOTHING = "It proves nothing of the page."
ACCEPTED = "The called party has acknowledged the page."
FAILED = "The page has failed."
RANG = "The pager was called."
WAITS = "The page was taken, and waits."


@dataclass(frozen=True)
class PageAnswered:
    """A pager system says what became of a page. Published only.

    pages: those it may mean, the latest first. called: whether it says that the pager itself was called.
    """

    at: datetime
    pager: str
    pages: tuple[Page, ...]
    outcome: Outcome
    called: bool = False


def outcome(status: espa444.Status) -> Outcome | None:
    """What `status` proves of its page; None for nothing."""
    proved = OUTCOMES.get(status.status)
    return "failed" if status.system == espa444.TRANSMITTER_FAILURE and proved != "accepted" else proved


def transmits(status: espa444.Status) -> bool | None:
    """Whether the transmitter works, by what `status` says, of whatever page; None where it does not say."""
    if isinstance(status.system, int):
        return status.system != espa444.TRANSMITTER_FAILURE
    return True if status.status in (*CALLED, espa444.ACKNOWLEDGED) else None


def meaning(status: espa444.Status, *, ours: bool) -> str:
    """What `status` means, as a message id. ours: whether it names a page of ours."""
    if not ours:
        return TRANSMITTER_FAILED if transmits(status) is False else NOT_OURS
    match outcome(status):
        case "accepted":
            return ACCEPTED
        case "failed":
            return FAILED
        case "delivered":
            return RANG if status.status in CALLED else WAITS
        case _:
            return NOTHING


class PageAnswers:
    """Of one pager system. memory: of the pages that went out to it."""

    log = Logger()

    def __init__(self, pager: str, memory: Memory, clock: Clock, bus: Bus) -> None:
        self._pager, self._memory, self._clock, self._bus = pager, memory, clock, bus

    def heard(self, status: espa444.Status) -> tuple[Page, ...]:
        """It says so; of these pages. What proves nothing, or of no page of ours, is logged and goes no further."""
        pages, proved = self._memory.of(status), outcome(status)
        if proved is None or not pages:
            about = f"{len(pages)} of our pages" if pages else "no page of ours"
            records = status.records()
            self.log.info("pager system {pager}: {records} of {about}", pager=self._pager, records=records, about=about)
            return pages
        called = proved == "delivered" and status.status in CALLED
        self._bus.publish(PageAnswered(self._clock.now(), self._pager, pages, proved, called))
        return pages
