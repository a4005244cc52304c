"""A leg is as alive as its channel, also where that ended before anybody watched it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from pbx.ari.messages import Changed, Channel, Destroyed
from pbx.ari.transport import Ari, Refused
from pbx.engine.records import Record, Records
from pbx.leg import Gone
from pbx.recovery import Past
from pbx.switchboard import REMEMBERED, Switchboard
from tests.fakes.clock import START, FakeClock
from tests.support import now

CALL = "0" * 32


class Engine:
    """An exchange with these channels, all in one bridge. The end of the first that is hung up is the end of all."""

    def __init__(self, *channels: str) -> None:
        self.channels, self.clock = [*channels], FakeClock()
        self.board = Switchboard(cast(Ari, self), cast(Records, self), self.clock)
        self.board._in_step.set(True)
        self.board.engine_started_at = datetime(2026, 1, 1, tzinfo=UTC)

    async def request(self, method: str, path: str, **query: Any) -> Any:
        if path == "channels":
            return [{"id": one, "name": f"PJSIP/8001-{one}", "state": "Up"} for one in self.channels]
        return []

    async def attempt(self, method: str, path: str, **query: Any) -> bool:
        was, self.channels = self.channels, []
        for one in was:
            self.board.received(ended(one))
        return path.partition("/")[2] in was

    def of_call(self, call: str) -> list[Record]:
        return []


def ended(identity: str) -> Destroyed:
    """The exchange tells that a channel is gone."""
    return Destroyed(START, Channel(identity, f"PJSIP/8001-{identity}", "Up"), 16)


def test_whose_end_was_told_before_is_gone() -> None:
    """Who comes to it late waits for nothing."""
    board = Engine().board
    board.received(ended("c1"))
    leg = board.leg("c1", "PJSIP/8001-1")
    assert leg.gone.value == Gone(START, 16)
    assert not leg.alive
    assert board.legs == {}


def test_who_was_not_told_to_have_ended_lives() -> None:
    """Other ends, and other news, are none of it."""
    board = Engine().board
    board.received(ended("c1"))
    board.received(Changed(START, Channel("c2", "PJSIP/8001-2", "Up")))
    assert board.leg("c2", "PJSIP/8001-2").alive
    assert [*board.legs] == ["c2"]


def test_so_many_ends_are_remembered() -> None:
    """The oldest are forgotten."""
    board = Engine().board
    for number in range(REMEMBERED + 1):
        board.received(ended(f"c{number}"))
    assert board.leg("c0", "PJSIP/8001-0").alive
    assert not board.leg("c1", "PJSIP/8001-1").alive


def test_what_is_left_of_a_call_is_cleared_though_all_of_it_ends_at_once() -> None:
    """Its legs are ended one by one; with the first the others go, before anybody watches them."""
    engine = Engine(f"{CALL}-out-1", f"{CALL}-out-2", f"{CALL}-out-3")
    past = Past(engine.board, cast(Records, engine), engine.clock)
    assert not now(past.evidence(CALL)).alive
    assert engine.board.legs == {}


class Loading(Engine):
    """One that answers `refusals` times that it cannot say what it has."""

    def __init__(self, refusals: int) -> None:
        super().__init__("c1")
        self.refusals = refusals
        self.board = Switchboard(cast(Ari, self), cast(Records, self), self.clock)

    async def request(self, method: str, path: str, **query: Any) -> Any:
        if path == "asterisk/info":
            return {"system": {"version": "22"}, "status": {"startup_time": "2026-01-01T00:00:00.000+0000"}}
        if self.refusals:
            self.refusals -= 1
            raise Refused(500, "Allocation failed")
        return await super().request(method, path, **query)


def test_an_exchange_that_cannot_say_what_it_has_is_asked_again() -> None:
    """Nobody else would: the connection is there and stays."""
    engine, found = Loading(2), list[str]()
    engine.board.found = lambda: found.append(engine.board.version)
    engine.board.connected()
    assert found == []
    engine.clock.advance(1)
    assert found == []
    engine.clock.advance(1)
    assert found == ["22"]
    engine.clock.advance(10)
    assert found == ["22"]


def test_a_connection_that_is_lost_is_asked_nothing_more() -> None:
    """The next one asks for itself."""
    engine, found = Loading(1), list[str]()
    engine.board.found = lambda: found.append(engine.board.version)
    engine.board.connected()
    engine.board.lost("")
    engine.clock.advance(10)
    assert found == []
    engine.board.connected()
    assert found == ["22"]
