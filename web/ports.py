"""What the panel needs from the rest of the house; `appliance.compose` hands it over as one `House`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from nursecall.analysis import Analysis
from nursecall.calls import OpenCall
from nursecall.care import Care
from nursecall.patients import Patient
from nursecall.plan import NurseCallPlan
from nursecall.roster_desk import Roster
from nursecall.speech import Speech as Talks
from nursecall.traces import Trace
from nursecall.troubles import Watched
from nursecall.views import PastCall, Summary, Wanted
from pbx.plan import PbxPlan
from pbx.sms.people import Person
from web.auth import Users
from web.plans import Draft, Revised, WardEdit


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

    def asked(self, ward: str) -> Sequence[OpenCall]:
        """Calls of other wards that wait for the help of `ward`, in that order."""
        ...

    async def acknowledge(self, call: str, by: str) -> bool:
        """Silence a call; it stays until the bedside reset. False when it is over already."""
        ...

    async def cancel(self, call: str, by: str) -> bool:
        """End a call from afar. False when it is over already. Raises nursecall.cancelling.MayNotCancel."""
        ...

    async def raise_service(self, ward: str, bed: str, call_type: str, text: str, by: str) -> str:
        """Somebody at a screen calls for a bed; the id of the call."""
        ...

    def presence(self, ward: str) -> Mapping[str, datetime]:
        """Beds at which a nurse is, and since when."""
        ...

    def terminals(self, ward: str) -> Sequence[Watched]:
        """How every line (`bed` None) and every terminal of a ward is."""
        ...


class Patients(Protocol):
    """Bed occupancy, from memory; `nursecall.patients.Patients`."""

    def at(self, ward: str, bed: str) -> Patient | None: ...
    def every(self, ward: str | None = None) -> Sequence[Patient]: ...

    async def import_list(self, found: Sequence[Patient]) -> int:
        """Put these patients in place of all patients of their wards; how many there are."""
        ...


class History(Protocol):
    """Past calls; the module `nursecall.views`."""

    async def history(
        self, database: Transactions, wanted: Wanted, *, limit: int | None = None, after: int = 0
    ) -> Sequence[PastCall]: ...
    async def count(self, database: Transactions, wanted: Wanted) -> int: ...
    async def one(self, database: Transactions, call: str) -> PastCall | None: ...

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
    async def analysis(self, first: date, last: date, wards: tuple[str, ...]) -> Analysis: ...
    async def analysis_file(
        self, first: date, last: date, wards: tuple[str, ...], kind: str, language: Language
    ) -> bytes: ...
    async def history_file(
        self, first: date, last: date, wanted: Wanted, kind: str, language: Language, *, named: bool
    ) -> bytes: ...
    async def handover(self, ward: str, day: date, shift: str, language: Language) -> bytes: ...


class Speech(Protocol):
    """Rendered sentences; `tts.speaker.Speaker`."""

    def clip_path(self, key: str) -> Path | None:
        """The WAV file of `key`; None when there is none."""
        ...


class Messages(Protocol):
    """Short messages; `pbx.messages.Messages`. All but `called` raise pbx.sms.trouble.Unsendable, which says why."""

    async def write(self, to: str, text: str, only: str = "") -> object:
        """One message. only: the one gateway it may use; empty for any."""
        ...

    async def broadcast(self, identity: str, text: str, people: Sequence[Person], by: str) -> object:
        """One text to many, under a fresh id."""
        ...

    async def again(self, broadcast: str, by: str) -> int:
        """Try again what failed; how many that is."""
        ...

    async def called(self, gateway: str, kind: str, token: str, said: Any) -> str:
        """A gateway calls us; what it wants to hear. Raises pbx.sms.http.Unwelcome, ValueError."""
        ...


class Traces(Protocol):
    """What went over each line lately, `pager:ID` for one to a pager system; `nursecall.traces.Traces`."""

    def of(self, line: str) -> Trace: ...


class Training(Protocol):
    """The simulated hospital at the far end of every wire; `appliance.training.Training`."""

    async def ask(self, verb: str, **request: Any) -> dict[str, Any]:
        """What it answers: `ok`, and what the verb says, or `message` and `facts` of why not. Never raises."""
        ...


class Plans(Protocol):
    """The plan as numbered revisions; `appliance.plan_desk.PlanDesk`. Raises web.plans.Unfit, LookupError."""

    async def every(self) -> Sequence[Revised]:
        """Newest first."""
        ...

    async def draft(self, number: int | None = None) -> Draft:
        """Revision `number`, else the newest."""
        ...

    async def diff(self, number: int, against: int) -> Sequence[str]:
        """Lines as `diff -u` has them."""
        ...

    async def save(self, edit: WardEdit, base: int, by: str) -> int:
        """Keep `base` with `edit` made as a new revision; its number. Raises web.plans.Overtaken too."""
        ...

    async def activate(self, number: int, by: str) -> None: ...
    async def name(self, slot: str, number: int, by: str) -> None: ...


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
    traces: Traces
    talks: Talks
    messages: Messages
    roster: Roster
    care: Care
    training: Training | None
    plans: Plans
