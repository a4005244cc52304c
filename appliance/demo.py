"""The simulated hospital: settings, plan, people and money for a first look, kept in `demo.json`."""

from __future__ import annotations

import json
import re
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from appliance import revisions
from appliance.direct import finish
from appliance.foundation import durable
from appliance.foundation.bus import Bus
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import parse
from appliance.foundation.database import DirectDatabase
from appliance.foundation.values import Language, in_yuan, yuan
from appliance.plan import Plan
from appliance.settings import Settings, load
from appliance.taken import Wanted
from billing.accounts import Accounts
from billing.tariff import Tariffs
from nursecall.patients import Patients
from nursecall.plan_lines import EspaxLine, SerialLine
from nursecall.roster_file import read_staff
from nursecall.roster_store import RosterStore
from pbx.extensions import Extensions
from pbx.plan_trunks import SipTrunk
from web.auth import Users
from web.passwords import Passwords, fresh, here
from web.rights import Role

HOSPITAL = Path(__file__).parent.parent / "hospital"
LOGINS: tuple[tuple[str, Role], ...] = (
    ("nurse", "nurse"),
    ("cashier", "cashier"),
    ("boss", "manager"),
    ("it", "it"),
    ("admin", "admin"),
    ("operator", "operator"),
)
ACCOUNTS: tuple[tuple[str, str, Language], ...] = (
    ("王建国", "100", "zh"),
    ("John Smith", "50", "en"),
    ("李桂英", "0.60", "zh"),
)
"""Holder, deposit in yuan, language. The third is nearly empty: a call on it is cut."""


def settings_text(shift: int, root: Path, language: Language, voice: str = "") -> str:
    """A first `nightbell.toml`; every port is moved up by `shift`."""
    return f"""\
# Settings of this box. Change, then start it again. `nightbell check var/nightbell.toml` says what is wrong.
language = "{language}"
voice = "{voice}"   # where `make voice` puts the good voice; empty: not on this box

[panel]
address = "127.0.0.1"
port = {8080 + shift}

[exchange]
root = "{root}"            # where Asterisk was unpacked; empty: installed in the system
sip_address = "127.0.0.1"
sip_port = {5060 + shift}
ari_port = {8088 + shift}
rtp_first = {12000 + shift}
rtp_last = {12999 + shift}

[provisioning]              # where telephones fetch their configuration
address = "127.0.0.1"
port = {8085 + shift}

[simulator]                 # take this table away on a real box
address = "127.0.0.1"
sip_port = {5080 + shift}   # the simulated phones; the plan's trunks name the carrier's own ports
ari_port = {8089 + shift}
rtp_first = {13000 + shift}
rtp_last = {13999 + shift}

[ups]                       # a simulated one; on a real box upsd tells of it
port = {3493 + shift}
"""


def plan_text(shift: int) -> str:
    """The sample hospital, the ports of its carrier, its ADT feeds and its card system moved up by `shift`."""
    text = (HOSPITAL / "plan.toml").read_text("utf-8")
    port = re.compile(r'(?m)^(port = |listen = "[^"\n]*:|url = "http://127\.0\.0\.1:)(\d+)')
    return port.sub(lambda found: f"{found[1]}{int(found[2]) + shift}", text)


def wanted_ports(settings: Settings, plan: Plan) -> Iterator[Wanted]:
    """Every port the demo listens on."""
    exchange = settings.exchange
    yield Wanted("panel.port", settings.panel.address, settings.panel.port)
    yield Wanted("exchange.ari_port", "127.0.0.1", exchange.ari_port)
    yield Wanted("exchange.sip_port", exchange.sip_address, exchange.sip_port, socket.SOCK_DGRAM)
    if settings.provisioning is not None:
        yield Wanted("provisioning.port", settings.provisioning.address, settings.provisioning.port)
    if settings.ups is not None:
        yield Wanted("ups.port", settings.ups.host, settings.ups.port)
    if settings.simulator is not None:
        yield Wanted("simulator.ari_port", "127.0.0.1", settings.simulator.ari_port)
        yield Wanted("simulator.sip_port", settings.simulator.address, settings.simulator.sip_port, socket.SOCK_DGRAM)
        for trunk in _sip(plan):
            yield Wanted(f"pbx.trunks.{trunk.id}.port (plan)", trunk.host, trunk.port, socket.SOCK_DGRAM)
    for line in plan.nursecall.lines:
        if isinstance(line, EspaxLine):
            host, _, port = line.listen.rpartition(":")
            yield Wanted(f"nursecall.lines.{line.id}.listen (plan)", host, int(port))
    if settings.simulator is not None and plan.billing.card is not None and plan.billing.card.is_simulated:
        yield Wanted("billing.card.url (plan)", "127.0.0.1", urlsplit(plan.billing.card.url).port or 80)
    for feed in plan.nursecall.adt:
        yield Wanted(f"nursecall.adt.{feed.id}.listen (plan)", feed.host, feed.port)


def _sip(plan: Plan) -> list[SipTrunk]:
    return [trunk for trunk in plan.pbx.carriers() if isinstance(trunk, SipTrunk)]


@dataclass(frozen=True)
class Hospital:
    """Fills an empty box, once; what was made is in `demo.json`, for people and scripts."""

    settings: Settings
    database: DirectDatabase

    def fill(self, shift: int) -> dict[str, Any]:
        """Make what is missing. Returns what `demo.json` says."""
        file = self.settings.directory / "demo.json"
        plan = self._plan(shift)
        told: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        if "accounts" not in told:
            told["logins"] = self._logins()
            told["accounts"] = self._accounts(plan)
            self._patients(plan)
            self._staff(plan)
        told |= self._where(plan)
        _write_private(file, told)
        return told

    def _plan(self, shift: int) -> Plan:
        with self.database.engine.begin() as connection:
            revision = revisions.active(connection)
            if revision is None:
                now = CommandClock().now()
                number = revisions.keep(connection, plan_text(shift), by="demo", note="sample hospital", at=now)
                revision = revisions.activate(connection, number, by="demo", at=now)
        return revision.plan

    def _logins(self) -> list[dict[str, str]]:
        users = Users(self.database, CommandClock(), Passwords(here))
        return [self._login(users, name, role) for name, role in LOGINS]

    def _login(self, users: Users, name: str, role: Role) -> dict[str, str]:
        password = fresh(name)
        finish(users.add(name, role, password, must_change=False, by="demo"))
        return {"user": name, "password": password, "role": role}

    def _accounts(self, plan: Plan) -> list[dict[str, str]]:
        clock = CommandClock()
        tariffs = Tariffs(self.database, clock)
        for name in {plan.billing.tariff, *(trunk.tariff for trunk in plan.pbx.carriers())}:
            text = (HOSPITAL / "tariffs" / f"{name}.csv").read_text("utf-8")
            finish(tariffs.import_csv(name, datetime(2026, 1, 1, tzinfo=plan.site.zone), text))
        accounts = Accounts(self.database, plan.billing, clock, Bus())
        return [self._account(accounts, *one) for one in ACCOUNTS]

    def _account(self, accounts: Accounts, holder: str, deposit: str, language: Language) -> dict[str, str]:
        number, pin = finish(accounts.open(holder, language, "demo"))
        amount = yuan(deposit)
        finish(accounts.deposit(number, amount, "demo", f"demo-{secrets.token_hex(4)}"))
        return {"number": number, "pin": pin, "holder": holder, "deposit": str(in_yuan(amount)), "language": language}

    def _patients(self, plan: Plan) -> None:
        text = (HOSPITAL / "patients.csv").read_text("utf-8")
        finish(Patients(self.database).import_csv(text, plan.nursecall))

    def _staff(self, plan: Plan) -> None:
        people = read_staff((HOSPITAL / "staff.csv").read_bytes(), plan.nursecall)
        finish(RosterStore(self.database).write_staff(people, "demo", CommandClock().now()))

    def _where(self, plan: Plan) -> dict[str, Any]:
        settings = self.settings
        sip = finish(Extensions(self.database).secrets(plan.pbx.numbers()))
        return {
            "address": f"http://{settings.panel.address}:{settings.panel.port}/",
            "sip": {
                "host": settings.exchange.sip_address,
                "port": settings.exchange.sip_port,
                "accounts": [{"extension": number, "secret": secret} for number, secret in sorted(sip.items())],
            },
            "trunks": [{"id": trunk.id, "host": trunk.host, "port": trunk.port} for trunk in _sip(plan)],
            "lines": [
                {"id": line.id, "ward": line.ward, "device": str(settings.devices / line.device)}
                for line in plan.nursecall.lines
                if isinstance(line, SerialLine)
            ],
            "modems": [{"id": modem.id, "device": str(settings.devices / modem.device)} for modem in plan.pbx.modems],
        }


def _write_private(file: Path, told: dict[str, Any]) -> None:
    durable.write(file, (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode())


def make_settings(file: Path, shift: int, root: Path, language: Language) -> Settings:
    """The settings in `file`, made if there are none yet."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        text = settings_text(shift, root, language, voice=str(root.parent / "voice"))
        parse(text, Settings)
        durable.write(file, text.encode())
    return load(file)
