"""Records nobody waits for."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from appliance.foundation import aside
from appliance.foundation.aside import Aside
from appliance.foundation.tasks import AGAIN
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


class Writer:
    """Keeps what is written and what is told."""

    def __init__(self) -> None:
        self.database, self.clock = InlineDatabase(), FakeClock()
        self.written: list[int] = []
        self.told: list[int] = []
        self.aside = Aside(self.database, self.clock, self._write, self.told.append, "writing")

    def _write(self, connection: sa.Connection, some: Sequence[int]) -> None:
        self.written += some


def test_it_is_written_in_order_and_then_told() -> None:
    """One after the other."""
    writer = Writer()
    for number in range(3):
        writer.aside.add(number)
    assert writer.written == writer.told == [0, 1, 2]


def test_what_cannot_be_written_waits_in_order() -> None:
    """Storage is gone for a while: nothing is told, nothing lost, nothing written twice."""
    writer = Writer()
    writer.database.broken = OSError("disk full")
    for number in range(3):
        writer.aside.add(number)
    assert writer.told == []
    writer.database.broken = None
    writer.clock.advance(AGAIN)
    assert writer.written == writer.told == [0, 1, 2]


def test_the_oldest_goes_when_too_much_waits() -> None:
    """Memory has an end."""
    writer = Writer()
    writer.database.broken = OSError("disk full")
    for number in range(aside.MOST + 2):
        writer.aside.add(number)
    writer.database.broken = None
    now(writer.aside.finish())
    assert (writer.told[0], writer.told[-1], len(writer.told)) == (2, aside.MOST + 1, aside.MOST)
