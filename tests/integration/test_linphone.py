"""Linphone, a softphone that is not ours, sets itself up by the link that the panel shows, and registers."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.exchange import Exchange
from pbx.leg import Latch
from pbx.plan_phones import PhonesPlan
from pbx.provisioning.briefing import Where
from pbx.provisioning.desk import PhoneDesk
from pbx.provisioning.server import PhoneServer
from tests.integration.asterisk import Telephony
from tests.pbx.provisioning.a_desk import ADesk, ASite
from tests.ports import free_port
from tests.real_reactor import call, reactor, run, start
from tests.support import now

NUMBER = "8004"


@dataclass
class Softphone:
    """linphonec with a home of its own. `settings` is its file."""

    home: Path

    def __post_init__(self) -> None:
        for place in (".local/share/linphone", ".config/linphone"):
            (self.home / place).mkdir(parents=True)
        self.settings = self.home / "linphonerc"

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it; it waits for what is typed."""
        environment = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
        }
        pipe = subprocess.PIPE
        return subprocess.Popen(["linphonec", "-c", str(self.settings)], env=environment, stdin=pipe, stdout=pipe)


class House:
    """An exchange, a desk and its server. The desk's records are its own; Asterisk is given what it made."""

    def __init__(self, directory: Path) -> None:
        start()
        self.telephony = Telephony(directory)
        plan = self.telephony.plan.model_copy(update={"phones": PhonesPlan(numbers=("8004-8006",))})
        port = free_port()
        self.furniture = ADesk()
        where = Where(f"http://127.0.0.1:{port}/", "127.0.0.1", self.telephony.settings.sip_port)
        self.desk = PhoneDesk(
            lambda: plan, ASite, where, self.furniture.database, self.furniture.clock, self.furniture.bus,
            renew=_nothing, registered=frozenset,
        )  # fmt: skip
        self.server = PhoneServer(self.desk.window, "127.0.0.1", port, reactor)
        call(self.server.start)

    def ask(self, address: str) -> bool:
        """Whether somebody gets anything at `address`."""
        path = "/" + address.partition("://")[2].partition("/")[2]
        return call(lambda: now(self.desk.window.ask(path, "Linphonec/5.1.65", "127.0.0.1"))) is not None

    def until_there(self, exchange: Exchange) -> None:
        """Wait until its telephone is registered."""
        there: Latch[bool] = Latch()

        def look() -> None:
            if NUMBER in exchange.phones.registered():
                there.set(True)

        async def wait() -> None:
            exchange.phones.changed = look
            look()
            await there.wait()

        run(wait())


async def _nothing() -> None:
    """Asterisk is started with what the desk has made."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Nothing is set up yet."""
    house = House(tmp_path)
    yield house
    run(house.server.stop())


def test_linphone_sets_itself_up_and_registers(house: House, tmp_path: Path) -> None:
    """By the link, once; the address inside goes on for it, and the link is worth nothing any more."""
    shown = call(lambda: now(house.desk.add_soft(NUMBER, "值班手机", "it")))
    house.telephony.secrets[NUMBER] = house.furniture.secret(NUMBER)
    phone = Softphone(tmp_path / "home")
    phone.settings.write_text(
        f"[misc]\nconfig-uri={shown.link}\n[sip]\nsip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\n"
    )
    with house.telephony as telephony:
        exchange = telephony.exchange()
        program = phone.begin()
        try:
            house.until_there(exchange)
        finally:
            out, _ = program.communicate(b"proxy list\nquit\n", timeout=60)
    assert b"identity: sip:8004@127.0.0.1" in out
    kept = re.search(r"^config-uri=(.*)$", phone.settings.read_text("utf-8"), re.MULTILINE)
    assert kept
    assert kept[1] != shown.link
    assert [house.ask(address) for address in (shown.link, kept[1])] == [False, True]
