"""The control socket: real, over a Unix socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from appliance.simulator.control import (
    Answer,
    ControlSocket,
    Refused,
    Request,
    Simulator,
    Unreachable,
    ask,
    number,
    word,
)
from tests.real_reactor import call, reactor, run
from tests.support import now


@pytest.fixture
def control(tmp_path: Path) -> Iterator[tuple[Simulator, Path]]:
    """A simulator that listens, and where."""
    simulator, path = Simulator(), tmp_path / "run" / "simulator"
    control = ControlSocket(simulator, path, reactor=reactor)
    call(control.start)
    yield simulator, path
    run(control.stop())
    assert not path.exists()


def test_a_verb_is_answered(control: tuple[Simulator, Path]) -> None:
    """Plain or async."""
    simulator, path = control
    waiting: Deferred[Answer] = Deferred()

    async def later(request: Request) -> Answer:
        reactor.callLater(0, waiting.callback, {"bed": request["bed"]})
        return await waiting

    simulator.register("press", lambda request: {"床": request["bed"]})
    simulator.register("later", later)
    assert ask(path, {"verb": "press", "bed": "28"}) == {"ok": True, "床": "28"}
    assert ask(path, {"verb": "later", "bed": "5", "id": 7}) == {"ok": True, "bed": "5", "id": 7}


def test_a_refusal_is_a_sentence_with_its_message_and_facts(control: tuple[Simulator, Path]) -> None:
    """So that it can be said in Chinese too."""
    simulator, path = control

    def refuse(request: Request) -> Answer:
        raise Refused("There is no bed {bed}.", bed=request["bed"])

    simulator.register("press", refuse)
    assert ask(path, {"verb": "press", "bed": 99}) == {
        "ok": False,
        "error": "There is no bed 99.",
        "message": "There is no bed {bed}.",
        "facts": {"bed": "99"},
    }


def test_many_requests_of_one_connection_are_answered_as_they_finish(control: tuple[Simulator, Path]) -> None:
    """Nonsense among them is answered too, and what raises."""
    simulator, path = control
    simulator.register("echo", lambda request: {"n": request["n"]})
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        connection.sendall(b'nonsense\n[]\n\n{"verb": "echo"}\n{"verb": "none"}\n{"verb": "echo", "n": 1, "id": "a"}\n')
        with connection.makefile() as answers:
            told = [json.loads(answers.readline()) for _ in range(5)]
    assert [answer["ok"] for answer in told] == [False, False, False, False, True]
    assert "echo" in told[3]["error"]
    assert told[4] == {"ok": True, "n": 1, "id": "a"}


def test_a_socket_left_over_is_replaced(tmp_path: Path) -> None:
    """After kill -9."""
    path = tmp_path / "simulator"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    control = ControlSocket(Simulator(), path, reactor=reactor)
    call(control.start)
    assert path.stat().st_mode & 0o777 == 0o600
    assert ask(path, {"verb": "x"})["ok"] is False
    run(control.stop())


def test_nobody_there_is_said_so(tmp_path: Path) -> None:
    """In a sentence."""
    with pytest.raises(Unreachable, match="not running"):
        ask(tmp_path / "nobody", {"verb": "lines"})


def test_no_answer_in_time_is_said_so(control: tuple[Simulator, Path]) -> None:
    """The verb waits for ever."""
    simulator, path = control

    async def never(_request: Request) -> Answer:
        return await Deferred[Answer]()

    simulator.register("never", never)
    with pytest.raises(Unreachable, match="within"):
        ask(path, {"verb": "never"}, timeout=0.2)


def test_a_verb_is_registered_once() -> None:
    """Two devices must not fight for it."""
    simulator = Simulator()
    simulator.register("press", lambda _request: {})
    with pytest.raises(ValueError, match="twice"):
        simulator.register("press", lambda _request: {})


def test_requests_are_read_kindly() -> None:
    """Numbers as text where text is wanted; what is missing is named."""
    assert word({"bed": 28}, "bed") == "28"
    assert number({"seconds": "2.5"}, "seconds", 5) == 2.5
    for wrong in ({}, {"bed": None}, {"bed": ["28"]}, {"bed": True}):
        with pytest.raises(Refused, match="bed"):
            word(wrong, "bed")
    for seconds in ("x", None, -1, "nan", float("inf")):
        with pytest.raises(Refused):
            number({"seconds": seconds}, "seconds", 5)
    assert now(Simulator().answer("press"))["ok"] is False
