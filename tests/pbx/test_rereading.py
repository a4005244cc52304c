"""Asterisk reads its configuration anew, also when it is busy or lost meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from pbx.ari.transport import AriError, Refused, Unreachable
from pbx.engine.rereading import A_MOMENT, read_at_last
from tests.fakes.clock import FakeClock


class Exchange:
    """Each reading comes to the next of `ends`."""

    def __init__(self, *ends: AriError | None) -> None:
        self.ends = list(ends)

    async def in_touch(self) -> None:
        """It always is."""

    async def reload(self) -> None:
        """Come to the next end."""
        end = self.ends.pop(0)
        if end is not None:
            raise end


def test_one_that_is_lost_meanwhile_reads_it_later() -> None:
    """A plan is no worse for it."""
    clock, outcome = FakeClock(), list[Any]()
    exchange = Exchange(Unreachable("lost"), Unreachable("lost"), None)
    Deferred.fromCoroutine(read_at_last(exchange, clock)).addBoth(outcome.append)
    clock.advance(A_MOMENT)
    assert outcome == []
    clock.advance(A_MOMENT)
    assert (outcome, exchange.ends) == ([None], [])


@pytest.mark.parametrize("status", [400, 500])
def test_one_that_will_not_have_it_is_not_asked_again(status: int) -> None:
    """That is the plan's fault."""
    outcome = list[Any]()
    exchange = Exchange(Refused(status, "no"), None)
    Deferred.fromCoroutine(read_at_last(exchange, FakeClock())).addBoth(outcome.append)
    assert isinstance(outcome[0].value, Refused)
    assert exchange.ends == [None]
