"""A house of cardboard for the panel: forty beds a ward, whatever calls a test wants, real users."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language, Money
from appliance.plan_desk import PlanDesk
from billing import views as billing_views
from billing.plan import BillingPlan
from billing.views import AccountRow, BilledCall, LedgerLine
from nursecall import views as nursecall_views
from nursecall.analysis import Analysis, PatientDays, analyse
from nursecall.calls import CallFacts, OpenCall, helpers
from nursecall.cancelling import forbids
from nursecall.care import Care
from nursecall.patients import Patient
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import EspaLine
from nursecall.plan_types import CallType
from nursecall.plan_wards import Ward
from nursecall.roster_desk import Roster
from nursecall.schema import nurse_calls
from nursecall.speech import NoSpeech
from nursecall.traces import Traces
from nursecall.troubles import Watched
from nursecall.views import PastCall, Wanted
from pbx.messages import Messages
from pbx.plan import PbxPlan, Trunk
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from web.auth import Users
from web.passwords import Passwords
from web.periods import span
from web.ports import House

T = TypeVar("T")

SHANGHAI = ZoneInfo("Asia/Shanghai")

PLAN = NurseCallPlan(
    call_types=(
        CallType(id="code", name=Text(zh="抢救", en="Code blue"), spoken=Text(zh="抢救", en="code blue"),
                 priority=1, icon="heart"),
        CallType(id="wc", name=Text(zh="卫生间", en="Bathroom"), spoken=Text(zh="卫生间呼叫", en="bathroom call"),
                 priority=2, icon="toilet"),
        CallType(id="call", name=Text(zh="呼叫", en="Call"), spoken=Text(zh="呼叫", en="is calling"),
                 priority=3, icon="bell"),
        CallType(id="drip", name=Text(zh="输液完毕", en="Infusion end"), spoken=Text(zh="输液完毕", en="infusion end"),
                 priority=4, icon="drip"),
        CallType(id="service", name=Text(zh="服务", en="Service"), spoken=Text(zh="服务", en="service"),
                 priority=6, icon="service"),
    ),
    wards=(
        Ward(id="w1", name=Text(zh="一病区 · 心内科", en="Ward 1 · Cardiology"), beds=("1-38", "加1", "加2")),
        Ward(id="w2", name=Text(zh="二病区 · 骨科", en="Ward 2 · Orthopaedics"), beds=("1-40",), language="en"),
    ),
    lines=(EspaLine(id="h1", ward="w1", device="w1"), EspaLine(id="h2", ward="w2", device="w2")),
)  # fmt: skip

PBX = PbxPlan(
    trunks=(
        Trunk(id="telecom", name=Text(zh="电信", en="China Telecom"), host="127.0.0.1", tariff="telecom"),
        Trunk(id="unicom", name=Text(zh="联通", en="China Unicom"), host="127.0.0.1", port=5061, tariff="unicom"),
    )
)


HOSPITAL = Text(zh="仁和医院", en="Renhe Hospital")


@dataclass(frozen=True)
class FakeSite:
    """The hospital."""

    name: Text = HOSPITAL
    language: Language = "zh"
    zone: ZoneInfo = SHANGHAI


class FakeWards:
    """Open calls in memory; `changed` is told the ward of each change."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.calls: dict[str, OpenCall] = {}
        self.changed: Callable[[str], object] = lambda _ward: None
        self.nurses: dict[tuple[str, str], datetime] = {}
        self.watched: list[Watched] = []
        self.pressed = 0

    def press(self, ward: str, bed: str, call_type: str = "call", *, ago: float = 0, **facts: Any) -> OpenCall:
        """Somebody calls, `ago` seconds before now."""
        kind = PLAN.call_type(call_type)
        assert kind is not None
        raised = self._clock.now() - timedelta(seconds=ago)
        self.pressed += 1
        call = open_call(
            id=f"c{self.pressed}",
            ward=ward,
            bed=bed,
            call_type=call_type,
            priority=kind.priority,
            raised_at=raised,
            **facts,
        )
        return self.put(call)

    def put(self, call: OpenCall) -> OpenCall:
        """A call that is new, or different."""
        self.calls[call.id] = call
        self.changed(call.ward)
        return call

    def end(self, call: str) -> None:
        """Reset at the bedside."""
        self.changed(self.calls.pop(call).ward)

    def open(self, ward: str | None = None) -> Sequence[OpenCall]:
        found = [call for call in self.calls.values() if ward in (None, call.ward)]
        return sorted(found, key=lambda call: (call.priority, call.raised_at))

    def asked(self, ward: str) -> Sequence[OpenCall]:
        return [call for call in self.open() if call.ward != ward and call.waiting and ward in helpers(call)]

    async def acknowledge(self, call: str, by: str) -> bool:
        known = self.calls.get(call)
        if known is None or known.state == "acknowledged":
            return False
        self.put(replace(known, state="acknowledged", acknowledged_by=by, acknowledged_at=self._clock.now()))
        return True

    def presence(self, ward: str) -> Mapping[str, datetime]:
        return {bed: since for (there, bed), since in self.nurses.items() if there == ward}

    async def raise_service(self, ward: str, bed: str, call_type: str, text: str, by: str) -> str:
        return self.press(ward, bed, call_type, note=text).id

    async def cancel(self, call: str, by: str) -> bool:
        known = self.calls.get(call)
        if known is None:
            return False
        kind, spoken_at = PLAN.call_type(known.call_type), known.raised_at if known.spoken_with else None
        facts = CallFacts(
            id=call, ward=known.ward, bed=known.bed, call_type=known.call_type, priority=known.priority,
            line=known.line, raised_at=known.raised_at, spoken_at=spoken_at,
        )  # fmt: skip
        why = forbids(facts, kind.cancel if kind else "bedside")
        if why is not None:
            raise why
        self.end(call)
        return True

    def terminals(self, ward: str) -> Sequence[Watched]:
        return [one for one in self.watched if one.ward == ward]


def open_call(**facts: Any) -> OpenCall:
    """An open call, as it is when nothing more has happened."""
    usual: dict[str, Any] = {
        "line": "h1", "state": "raised", "presses": 1, "escalations": 0, "acknowledged_at": None,
        "acknowledged_by": None, "patient": None, "care_grade": None, "stored": True,
    }  # fmt: skip
    return OpenCall(**usual | facts)


def a_patient(name: str, care_grade: int, *, ward: str = "w1", bed: str = "28", **facts: Any) -> Patient:
    """Somebody in a bed."""
    usual: dict[str, Any] = {
        "number": f"P{ward}-{bed}", "sex": "F", "born": date(1958, 5, 2), "admitted_on": None, "note": "",
    }  # fmt: skip
    return Patient(ward=ward, bed=bed, name=name, care_grade=care_grade, **usual | facts)


@dataclass
class FakePatients:
    """Beds by (ward, label)."""

    beds: dict[tuple[str, str], Patient] = field(default_factory=dict)
    loaded: bool = True

    def at(self, ward: str, bed: str) -> Patient | None:
        return self.beds.get((ward, bed))

    def every(self, ward: str | None = None) -> Sequence[Patient]:
        return [patient for (there, _), patient in self.beds.items() if ward in (None, there)]

    async def import_list(self, found: Sequence[Patient]) -> int:
        wards = {patient.ward for patient in found}
        self.beds = {place: patient for place, patient in self.beds.items() if place[0] not in wards}
        self.beds |= {(patient.ward, patient.bed): patient for patient in found}
        return len(found)


@dataclass
class FakeTalks:
    """Connects nobody: `asked` remembers who wanted to. beds: those with a telephone. refuse: raised once set."""

    beds: frozenset[tuple[str, str]] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)
    refuse: NoSpeech | None = None

    def possible(self, ward: str, bed: str) -> bool:
        return (ward, bed) in self.beds

    async def speak(self, call: str, by: str) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.asked.append((call, by))


@dataclass
class FakeHistory:
    """Past calls in a list, searched and summed up by the real thing."""

    past: list[PastCall] = field(default_factory=list)
    written: int = 0

    async def history(
        self, database: Transactions, wanted: Wanted, *, limit: int | None = None, after: int = 0
    ) -> Sequence[PastCall]:
        await self._write(database)
        return await nursecall_views.history(database, wanted, limit=limit, after=after)

    async def count(self, database: Transactions, wanted: Wanted) -> int:
        await self._write(database)
        return await nursecall_views.count(database, wanted)

    async def one(self, database: Transactions, call: str) -> PastCall | None:
        await self._write(database)
        return await nursecall_views.one(database, call)

    async def _write(self, database: Transactions) -> None:
        rows, self.written = [vars(call) for call in self.past[self.written :]], len(self.past)
        if rows:
            await database.transact(lambda connection: connection.execute(nurse_calls.insert(), rows))

    def summary(self, calls: Sequence[Any], zone: ZoneInfo) -> nursecall_views.Summary:
        return nursecall_views.summary(calls, zone)


@dataclass
class FakeBooks:
    """Billing's records in memory."""

    rows: list[AccountRow] = field(default_factory=list)
    lines: list[LedgerLine] = field(default_factory=list)
    calls: list[BilledCall] = field(default_factory=list)

    async def accounts(self, database: Transactions, search: str = "") -> Sequence[AccountRow]:
        return [row for row in self.rows if search in row.number or search in row.holder]

    async def account(self, database: Transactions, number: str) -> AccountRow | None:
        return next((row for row in self.rows if row.number == number), None)

    async def ledger(self, database: Transactions, number: str, start: datetime, end: datetime) -> Sequence[LedgerLine]:
        return [line for line in self.lines if start <= line.at < end]

    async def billed_calls(
        self, database: Transactions, start: datetime, end: datetime, *, account: str | None = None
    ) -> Sequence[BilledCall]:
        return [call for call in self.calls if start <= call.opened_at < end and account in (None, call.account)]


class FakeAccounts:
    """Moves money in `FakeBooks`; `acts` remembers each act with who did it. `refuse` is raised once set."""

    def __init__(self, books: FakeBooks, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self.acts: list[tuple[object, ...]] = []
        self.refuse: Exception | None = None

    async def open(self, holder: str, language: Language, by: str) -> tuple[str, str]:
        number = str(100001 + len(self._books.rows))
        self._books.rows.append(AccountRow(number, holder, language, Money(0), Money(0), "open", self._clock.now()))
        self.acts.append(("open", number, holder, language, by))
        return number, "4071"

    async def deposit(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> None:
        self._move("deposit", number, amount, by, reference, note)

    async def refund(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> None:
        self._move("refund", number, Money(-amount), by, reference, note)

    async def freeze(self, number: str, by: str) -> None:
        self._state(number, "frozen", by)

    async def thaw(self, number: str, by: str) -> None:
        self._state(number, "open", by)

    async def set_pin(self, number: str, pin: str, by: str) -> None:
        self._check()
        self.acts.append(("pin", number, pin, by))

    def _move(self, kind: str, number: str, amount: Money, by: str, reference: str, note: str) -> None:
        self._check()
        row = next(row for row in self._books.rows if row.number == number)
        changed = replace(row, balance=Money(row.balance + amount))
        self._books.rows[self._books.rows.index(row)] = changed
        line = LedgerLine(
            len(self._books.lines) + 1, self._clock.now(), kind, amount, changed.balance, reference, by, note
        )
        self._books.lines.append(line)
        self.acts.append((kind, number, amount, by, reference, note))

    def _state(self, number: str, state: str, by: str) -> None:
        self._check()
        row = next(row for row in self._books.rows if row.number == number)
        self._books.rows[self._books.rows.index(row)] = replace(row, state=state)
        self.acts.append((state, number, by))

    def _check(self) -> None:
        if self.refuse is not None:
            raise self.refuse


@dataclass
class FakeHealth:
    """Parts as a test wants them."""

    known: dict[str, HealthChanged] = field(default_factory=dict)

    def say(self, at: datetime, part: str, state: State, detail: str = "", **facts: str) -> None:
        """A part's word."""
        self.known[part] = HealthChanged(at=at, part=part, state=state, detail=detail, facts=tuple(facts.items()))

    def parts(self) -> Sequence[HealthChanged]:
        return [self.known[name] for name in sorted(self.known)]


@dataclass
class FakeReports:
    """Remembers what was printed. past: the calls it analyses."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    past: list[PastCall] = field(default_factory=list)
    patient_days: PatientDays | None = None

    async def daily_calls(self, day: date, ward: str | None, language: Language) -> bytes:
        self.asked.append(("calls", day, ward, language))
        return b"%PDF-1.7 calls"

    async def statement(self, account: str, start: date, end: date, language: Language) -> bytes:
        self.asked.append(("statement", account, start, end, language))
        return b"%PDF-1.7 statement"

    async def analysis(self, first: date, last: date, wards: tuple[str, ...]) -> Analysis:
        start, end = span(first, last, SHANGHAI)
        past = [call for call in self.past if start <= call.raised_at < end and (not wards or call.ward in wards)]
        return analyse(past, PLAN, first, last, SHANGHAI, end, wards=wards, patient_days=self.patient_days)

    async def analysis_file(
        self, first: date, last: date, wards: tuple[str, ...], kind: str, language: Language
    ) -> bytes:
        self.asked.append(("analysis", first, last, wards, kind, language))
        return b"analysis"

    async def history_file(
        self, first: date, last: date, wanted: Wanted, kind: str, language: Language, *, named: bool
    ) -> bytes:
        self.asked.append(("history", first, last, wanted, kind, language, named))
        return b"history"

    async def handover(self, ward: str, day: date, shift: str, language: Language) -> bytes:
        self.asked.append(("handover", ward, day, shift, language))
        return b"%PDF-1.7 handover"


@dataclass
class FakeSpeech:
    """Clips in a directory."""

    directory: Path | None = None

    def clip_path(self, key: str) -> Path | None:
        path = None if self.directory is None else self.directory / f"{key}.wav"
        return path if path is not None and path.is_file() else None


def silence(seconds: float = 0.3) -> bytes:
    """A WAV file that says nothing."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * int(8000 * seconds))
    return file.getvalue()


async def at_once(work: Callable[[], T], /) -> T:
    """No threads in unit tests."""
    return work()


def cheap_passwords() -> Passwords:
    """Hashes that cost nothing."""
    return Passwords(at_once, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class CardboardHouse:
    """The fakes by name, and the `House` made of them."""

    clock: Clock
    database: InlineDatabase
    bus: Bus
    wards: FakeWards
    patients: FakePatients
    history: FakeHistory
    books: FakeBooks
    accounts: FakeAccounts
    health: FakeHealth
    reports: FakeReports
    speech: FakeSpeech
    house: House


def build(clock: Clock | None = None, plan: NurseCallPlan = PLAN) -> CardboardHouse:
    """A house with nothing in it but users' tables and a plan."""
    clock = clock or FakeClock()
    database, bus, books = InlineDatabase(), Bus(), FakeBooks()
    wards, patients, history = FakeWards(clock), FakePatients(), FakeHistory()
    accounts, health, speech = FakeAccounts(books, clock), FakeHealth(), FakeSpeech()
    reports = FakeReports(past=history.past)
    roster = Roster(lambda: plan, SHANGHAI, database, clock, bus)
    care = Care(lambda: plan, wards, patients, roster, database, clock, bus)
    house = House(
        database=database,
        clock=clock,
        bus=bus,
        users=Users(database, clock, cheap_passwords()),
        site=FakeSite,
        nursecall=lambda: plan,
        pbx=lambda: PBX,
        billing=BillingPlan,
        wards=wards,
        patients=patients,
        history=history,
        accounts=accounts,
        books=books,
        health=health,
        reports=reports,
        speech=speech,
        traces=Traces(clock, bus),
        talks=FakeTalks(),
        messages=Messages(database, Path(), reactor=cast(Any, None), clock=clock, bus=bus),
        roster=roster,
        care=care,
        training=None,
        plans=PlanDesk(database, clock, lambda: None),
    )
    return CardboardHouse(
        clock, database, bus, wards, patients, history, books, accounts, health, reports, speech, house
    )


def real_views(house: House) -> House:
    """The same house over the real reading side: proves that the modules satisfy the ports."""
    return replace(house, history=nursecall_views, books=billing_views)
