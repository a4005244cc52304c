"""The panel asks the real control socket, in one reactor with it, and is never kept waiting by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock
from appliance.simulator.control import Answer, ControlSocket, Refused, Request, Simulator
from appliance.training import GONE, Training
from tests.fakes.clock import FakeClock
from tests.real_reactor import reactor, run


def story(path: Path, tell: Callable[[Training], Awaitable[None]], clock: FakeClock | None = None) -> None:
    """Run `tell` beside a simulator that greets, refuses and falls silent."""
    simulator = Simulator()

    async def silent(_request: Request) -> Answer:
        if clock is not None:
            clock.advance(6)
        return await Deferred()

    def refuses(_request: Request) -> Answer:
        raise Refused("There is no {what}.", what="bed")

    simulator.register("greet", lambda request: {"greeting": f"你好 {request['who']}"})
    simulator.register("refuse", refuses)
    simulator.register("silent", silent)

    async def whole() -> None:
        socket = ControlSocket(simulator, path / "s.sock", reactor=reactor)
        socket.start()
        try:
            await tell(Training(path / "s.sock", reactor=reactor, clock=clock or ReactorClock(reactor)))
        finally:
            await socket.stop()

    run(whole())


def test_what_is_asked_is_answered(tmp_path: Path) -> None:
    """In any script."""

    async def tell(training: Training) -> None:
        assert await training.ask("greet", who="护士") == {"ok": True, "greeting": "你好 护士"}

    story(tmp_path, tell)


def test_a_refusal_says_why(tmp_path: Path) -> None:
    """With its message id, to be said in the reader's language."""

    async def tell(training: Training) -> None:
        answer = await training.ask("refuse")
        assert (answer["message"], answer["facts"]) == ("There is no {what}.", {"what": "bed"})

    story(tmp_path, tell)


def test_a_simulator_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    """After five seconds by the clock."""

    async def tell(training: Training) -> None:
        assert (await training.ask("silent"))["message"] == GONE

    story(tmp_path, tell, FakeClock())


def test_where_there_is_none_that_is_said(tmp_path: Path) -> None:
    """At once."""

    async def whole() -> None:
        training = Training(tmp_path / "none.sock", reactor=reactor, clock=ReactorClock(reactor))
        assert (await training.ask("greet"))["message"] == GONE

    run(whole())
