"""When the next certificate is asked for. Pure: the same facts, the same moment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=6)
"""Between two tries: after the first failure, doubled with each more, and at most. A certificate of a single day is
asked for six times in its last third."""


@dataclass(frozen=True)
class Standing:
    """How the last try went. mark: `Enrolment.mark` of it; empty for none yet. failures: in a row, 0 after success.
    why: message id for `facts`, of the last failure.
    """

    mark: str = ""
    at: datetime | None = None
    failures: int = 0
    why: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def succeeded(self, mark: str, now: datetime) -> Standing:
        """After a try that went well."""
        return Standing(mark, now)

    def failed(self, mark: str, now: datetime, why: str, facts: tuple[tuple[str, str], ...]) -> Standing:
        """After one that did not."""
        failures = self.failures + 1 if mark == self.mark else 1
        return replace(self, mark=mark, at=now, failures=failures, why=why, facts=facts)

    def packed(self) -> bytes:
        """For a file."""
        return json.dumps(asdict(self) | {"at": self.at.isoformat() if self.at else None}).encode()


def unpacked(content: bytes) -> Standing:
    """What `packed` made. Raises ValueError, TypeError, KeyError."""
    told: dict[str, Any] = json.loads(content)
    at, facts = told.pop("at"), told.pop("facts")
    return Standing(
        **told, at=datetime.fromisoformat(at) if at else None, facts=tuple((name, fact) for name, fact in facts)
    )


def due_at(begins: datetime, ends: datetime) -> datetime:
    """At two thirds of its life, however long that is."""
    return begins + (ends - begins) * 2 / 3


def patience(failures: int) -> timedelta:
    """How long to wait after so many failures in a row, one or more."""
    doublings: int = min(failures - 1, 20)
    return min(FIRST * (1 << doublings), LONGEST)


def next_at(standing: Standing, mark: str, life: tuple[datetime, datetime] | None, now: datetime) -> datetime:
    """When to ask: at once where nothing was tried under that mark. life: of the hospital's certificate that is there,
    begin and end; None for none.
    """
    last = standing.at
    if standing.mark != mark or last is None or last > now:  # a clock that was ahead must not hold it up
        return now
    if standing.failures:
        return last + patience(standing.failures)
    # Not at once again, though what came be of no use: an authority is not to be run down.
    return max(last + FIRST, due_at(*life)) if life is not None else last + FIRST
