"""What the panel needs from the rest of the house; `appliance.compose` hands it over as one `House`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language, Money
from billing.plan import BillingPlan
from billing.views import AccountRow, BilledCall, LedgerLine
from nursecall.calls import OpenCall
from nursecall.patients import Patient
from nursecall.plan import NurseCallPlan
from nursecall.views import PastCall, Summary
from pbx.plan import PbxPlan
from web.auth import Users


class Site(Protocol):
    """The hospital itself; `appliance.plan.Site` by shape."""

    @property
    def name(self) -> Text: ...
    @property
    def language(self) -> Language: ...
    @property
    def zone(self) -> ZoneInfo: ...


class Wards(Protocol):
    """The calls that are open; `nursecall.ward.Wards`."""

    def open(self, ward: str | None = None) -> Sequence[OpenCall]:
        """Highest priority first, then oldest."""
        ...

    async def acknowledge(self, call: str, by: str) -> bool:
        """Silence a call; it stays until the bedside reset. False when it is over already."""
        ...


class Patients(Protocol):
    """Bed occupancy, from memory; `nursecall.patients.Patients`."""

    def at(self, ward: str, bed: str) -> Patient | None: ...


class History(Protocol):
    """Past calls; the module `nursecall.views`."""

    async def history(
        self, database: Transactions, start: datetime, end: datetime, *, ward: str | None = None, limit: int = 500
    ) -> Sequence[PastCall]: ...

    def summary(self, calls: Sequence[Any], zone: ZoneInfo) -> Summary:
        """Figures over `calls`, as `history` returned them; hours are of `zone`."""
        ...


class Books(Protocol):
    """Reading billing's records; the module `billing.views`."""

    async def accounts(self, database: Transactions, search: str = "") -> Sequence[AccountRow]: ...
    async def account(self, database: Transactions, number: str) -> AccountRow | None: ...
    async def ledger(
        self, database: Transactions, number: str, start: datetime, end: datetime
    ) -> Sequence[LedgerLine]: ...
    async def billed_calls(
        self, database: Transactions, start: datetime, end: datetime, *, account: str | None = None
    ) -> Sequence[BilledCall]: ...


class Accounts(Protocol):
    """Moving money; `billing.accounts.Accounts`. What it raises says in plain words why not."""

    async def open(self, holder: str, language: Language, by: str) -> tuple[str, str]:
        """A new account: its number and its PIN, which is told this once."""
        ...

    async def deposit(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> object: ...
    async def refund(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> object: ...
    async def freeze(self, number: str, by: str) -> object: ...
    async def thaw(self, number: str, by: str) -> object: ...
    async def set_pin(self, number: str, pin: str, by: str) -> object: ...


class HealthBoard(Protocol):
    """The latest word of each part, in the order of their names; `appliance.health.HealthBoard`."""

    def parts(self) -> Sequence[HealthChanged]: ...


class Reports(Protocol):
    """Printed matter. Made in a process of its own, so that the reactor never waits for a PDF."""

    async def daily_calls(self, day: date, ward: str | None, language: Language) -> bytes: ...
    async def statement(self, account: str, start: date, end: date, language: Language) -> bytes: ...


class Speech(Protocol):
    """Rendered sentences; `tts.speaker.Speaker`."""

    def clip_path(self, key: str) -> Path | None:
        """The WAV file of `key`; None when there is none."""
        ...


@dataclass(frozen=True)
class House:
    """Everything the panel reaches. `site`, `nursecall`, `pbx` and `billing` return what the active plan says now."""

    database: Transactions
    clock: Clock
    bus: Bus
    users: Users
    site: Callable[[], Site]
    nursecall: Callable[[], NurseCallPlan]
    pbx: Callable[[], PbxPlan]
    billing: Callable[[], BillingPlan]
    wards: Wards
    patients: Patients
    history: History
    accounts: Accounts
    books: Books
    health: HealthBoard
    reports: Reports
    speech: Speech
