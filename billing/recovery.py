"""How a call ended that nobody here saw end. Pure."""

from __future__ import annotations

from datetime import datetime

from billing.bill import Lease
from billing.care import HEARTBEAT
from billing.ports import Ended, Evidence


def presumed(lease: Lease, evidence: Evidence, now: datetime) -> Ended:
    """The end of a call that is no longer alive.

    - Never answered, by our books and by the exchange's: nothing is charged.
    - Answered, and the exchange recorded the end: that is the end.
    - Answered, and no end recorded (the exchange died with the call, most often in a power cut): the call certainly
      lived when we last noted it (`last_seen_at`, at least its answer), and certainly ended before Asterisk would have
      cut it (answer + granted), before the exchange that now runs was started, and before now. Had we and the call
      lived on, another note would have followed within a heartbeat; so the earliest of those ends and of the last
      note + one heartbeat counts. Should the call have outlived us before the exchange died too, the rest is the
      hospital's loss: nobody is charged for talk that nobody recorded.
    """
    answered = lease.answered_at or evidence.answered_at
    if answered is None:
        return Ended("no-answer")
    if evidence.ended_at is not None:
        return Ended("answered", answered, evidence.ended_at)
    seen = max(answered, lease.last_seen_at or answered)
    ends = [answered + lease.granted, seen + HEARTBEAT, now]
    if evidence.engine_started_at > answered:
        ends.append(evidence.engine_started_at)
    return Ended("presumed", answered, max(answered, min(ends)))
