"""A desk for telephones over storage in memory, and telephones that ask there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from pbx.extensions import Extensions
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.plan_phones import PhoneKey, PhonesPlan
from pbx.provisioning.briefing import Where
from pbx.provisioning.configuring import File
from pbx.provisioning.desk import PhoneDesk
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

YEALINK = "001565a1b2c3"
SHANGHAI = ZoneInfo("Asia/Shanghai")
HERE = "10.0.0.21"


@dataclass(frozen=True)
class ASite:
    """The hospital."""

    language: Language = "zh"
    zone: ZoneInfo = SHANGHAI


def a_plan(skip: str = "457") -> PbxPlan:
    """Extensions 8001-8100, new telephones from 8083 on."""
    return PbxPlan(
        extensions=(ExtensionGroup(numbers="8001-8100", name=Text(zh="病区", en="Wards")),),
        phones=PhonesPlan(
            numbers=("8083-8089",),
            skip=skip,
            keys=(PhoneKey(name=Text(zh="总机", en="Operator"), number="8090", watch=True),),
        ),
    )


@dataclass
class ADesk:
    """`renewed` counts how often the exchange read its secrets anew; `there` are extensions with a telephone."""

    plan: PbxPlan = field(default_factory=a_plan)
    clock: FakeClock = field(default_factory=FakeClock)
    database: InlineDatabase = field(default_factory=InlineDatabase)
    bus: Bus = field(default_factory=Bus)
    renewed: int = 0
    there: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.health: list[HealthChanged] = []
        self.bus.subscribe(HealthChanged, self.health.append)
        where = Where("http://10.0.0.5:8085/", "10.0.0.5", 5060)
        self.desk = PhoneDesk(
            lambda: self.plan, ASite, where, self.database, self.clock, self.bus,
            renew=self._renew, registered=lambda: frozenset(self.there),
        )  # fmt: skip

    async def _renew(self) -> None:
        self.renewed += 1

    def ask(self, path: str = f"/{YEALINK}.cfg", address: str = HERE, agent: str = "") -> File | None:
        """A telephone asks."""
        return now(self.desk.window.ask(path, agent or f"Yealink SIP-T46S 66.85.0.5 {_colons(path)}", address))

    def accept(self, phone: str = YEALINK, number: str = "", place: str = "1床") -> str:
        """Somebody accepts it."""
        return now(self.desk.accept(phone, number, place, "it"))

    def token(self, path: str = f"/{YEALINK}.cfg", address: str = HERE) -> str:
        """The path of the address that a first configuration names."""
        file = self.ask(path, address)
        assert file is not None
        [line] = [line for line in file.text.splitlines() if "auto_provision.server.url" in line]
        return line.partition(":8085")[2]

    def states(self) -> dict[str, tuple[str, str | None]]:
        """State and number of each telephone."""
        return {phone.id: (phone.state, phone.extension) for phone in now(self.desk.every())}

    def secret(self, number: str) -> str:
        """What the exchange takes for proof."""
        return now(Extensions(self.database).secrets([number]))[number]

    def kinds(self) -> list[str]:
        """Kinds of the journal's lines."""

        def read(connection: sa.Connection) -> list[str]:
            return [entry.kind.partition(".")[2] for entry in journal.entries(connection)]

        return now(self.database.transact(read))

    def wait(self, **span: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**span))


def _colons(path: str) -> str:
    name = path.rpartition("/")[2].removeprefix("cfg").partition(".")[0]
    return ":".join(name[at : at + 2] for at in range(0, 12, 2)) if len(name) == 12 else "-"
