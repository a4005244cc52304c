"""`kill -9` in the middle of messages: nothing that was accepted is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from appliance.foundation.database import create_engine
from appliance.foundation.journal import entries, verify
from appliance.simulator.modem import Modems
from appliance.simulator.radio import Received
from pbx import plan
from pbx.schema import messages
from pbx.sms.pdu import Submit
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import Heard, call, reactor, run

ROOT = Path(__file__).parents[3]
TEXTS = [f"第{n}条:一病区28床呼叫无人应答,请您立即处理。" * 8 for n in range(4)]
DEATHS = (1, 4, 5, 9, 12)
"""Killed when the network has taken so many parts, before the modem can say so."""


class Executioner:
    """Counts the parts the network takes, and kills the sender at some of them."""

    def __init__(self, modems: Modems) -> None:
        self.victim: subprocess.Popen[str] | None = None
        self.deaths: Heard[int] = Heard()
        self.texts: Heard[Received] = Heard()
        self._parts = 0
        self._take = modems.network.take
        modems.network.told = self.texts.append
        modems.network.take = self.take  # type: ignore[method-assign]

    def take(self, modem: str, message: Submit) -> None:
        self._parts += 1
        if self._parts in DEATHS and self.victim is not None:
            self.victim.kill()
            self.victim.wait()
            self.deaths.append(self._parts)
        self._take(modem, message)

    async def killed(self, times: int) -> None:
        """Wait until it was done so often."""
        await self.deaths.until(lambda deaths: len(deaths) >= times)

    async def shown(self) -> list[Received]:
        """Wait until the phone shows every text."""
        return await self.texts.until(lambda texts: {text.text for text in texts} == set(TEXTS))


@contextmanager
def sender(directory: Path, *texts: str) -> Iterator[subprocess.Popen[str]]:
    """The process to be killed; killed at last."""
    command = [sys.executable, "-m", "tests.pbx.sms.sender", str(directory), *texts]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_nothing_accepted_is_lost(tmp_path: Path) -> None:
    """Killed as soon as the last text is accepted, then five times in mid-message: the phone shows every text."""
    modems = Modems([plan.Modem(id="sms1", device="sms1")], tmp_path, reactor=reactor, clock=HurriedClock(reactor))
    executioner = Executioner(modems)
    with sender(tmp_path, *TEXTS) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in TEXTS] == ["accepted\n"] * len(TEXTS)
    call(modems.start)
    try:
        for count, _ in enumerate(DEATHS, 1):
            with sender(tmp_path) as process:
                executioner.victim = process
                run(executioner.killed(count))
        with sender(tmp_path):
            texts = run(executioner.shown())
            assert list(dict.fromkeys(text.text for text in texts)) == TEXTS
    finally:
        call(modems.stop)
    engine = create_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with engine.connect() as connection:
        assert list(verify(connection)) == []
        kinds = [entry.kind for entry in entries(connection)]
        assert kinds.count("pbx.MessageAccepted") == len(TEXTS)
        states = set(connection.execute(sa.select(messages.c.state)).scalars())
        assert states <= {"sent", "delivered", "waiting"}
