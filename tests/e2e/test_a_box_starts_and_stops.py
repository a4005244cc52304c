"""A box that does not run, one that may not start, and one that is stopped."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.house import House, living
from tests.e2e.patience import until


@pytest.fixture
def own() -> Iterator[House]:
    """A house, not started."""
    house = House(Path(tempfile.mkdtemp(prefix="nb", dir="/tmp")))
    yield house
    house.give_up()
    shutil.rmtree(house.directory, ignore_errors=True)


@pytest.mark.parametrize(
    ("kind", "key"), [(socket.SOCK_STREAM, "panel.port"), (socket.SOCK_DGRAM, "exchange.sip_port")]
)
def test_a_taken_port_is_named_with_who_has_it(own: House, kind: socket.SocketKind, key: str) -> None:
    """Nothing is started."""
    port = own.shift + (8080 if key == "panel.port" else 5060)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        done = own.cli("demo", "--shift", str(own.shift), code=1)
    me = psutil.Process()
    assert f"Port {port} of 127.0.0.1 ({key}) is taken by {me.name()} ({me.pid})." in done.stderr
    assert "SHIFT=" in done.stderr
    assert own.family() == set()


def test_a_box_that_does_not_run_says_so(own: House) -> None:
    """Status, simulator and panel log-ins of a box that was never started."""
    assert "run 'make run' first" in own.cli("status", code=1).stderr
    assert "run 'make run' first" in own.cli("simulate", "press", "28", code=1).stderr


def test_ctrl_c_leaves_nothing(own: House) -> None:
    """Neither when it was ready nor, with kill -9 instead, while it starts; what was made is kept."""
    own.start()
    made = json.loads((own.directory / "demo.json").read_text("utf-8"))
    assert (own.directory / "demo.json").stat().st_mode & 0o777 == 0o600
    own.stop(signal.SIGINT)
    assert "nothing is left running" in own.said()
    assert "does not run" in own.cli("status", code=1).stdout
    assert not any((own.directory / "devices").iterdir())

    foreground = own.begin()
    until(lambda: len(own.family()) > 5, "the processes to start")
    family = own.family()
    foreground.kill()
    foreground.wait()
    until(lambda: not any(living(process) for process in family), "everything to end with it")
    assert json.loads((own.directory / "demo.json").read_text("utf-8")) == made
