"""A house of cardboard for the panel: forty beds a ward, whatever calls a test wants, real users."""

from __future__ import annotations

import io
import os
import tempfile
import wave
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.config import parse
from appliance.foundation.database import Transactions
from appliance.foundation.days import CHINA, Calendar
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language, Money
from appliance.kept_secrets import KeptSecrets
from appliance.plan import Plan
from appliance.plan_desk import PlanDesk
from billing import views as billing_views
from billing.accounts import Accounts, NewAccount
from billing.card.desk import CardDesk
from billing.closing import Closings
from billing.events import MoneyMoved
from billing.guard.guard import TollGuard
from billing.guard.plan import GuardPlan as TollPlan
from billing.ledger import Movement
from billing.lockouts import Lockouts
from billing.margin import Earned, Margin, Reckoning
from billing.payers import Payers
from billing.plan import BillingPlan
from billing.till import Till
from billing.views import AccountRow, BilledCall, LedgerLine
from nursecall import views as nursecall_views
from nursecall.analysis import Analysis, PatientDays, analyse
from nursecall.calls import CallFacts, OpenCall, helpers
from nursecall.cancelling import forbids
from nursecall.care import Care
from nursecall.ear import Heard
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
from pbx.addresses.book import AddressBook
from pbx.conference.conduct import Conduct
from pbx.conference.meeting import Meeting
from pbx.conference.pins import RoomPins
from pbx.conference.room import Member, Room
from pbx.decision import Decision, decide
from pbx.dialer import Conversation
from pbx.emergencies import EmergencyCall
from pbx.engine.records import Record
from pbx.extensions import Phones
from pbx.fax.documents import Documents
from pbx.fax.office import Unfit
from pbx.fax.sending import NotAccepted
from pbx.fax.store import Fax
from pbx.fax.store import Store as FaxStore
from pbx.features.console import NOT_TALKING, NotDone
from pbx.features.lines import Line
from pbx.features.parking import Place
from pbx.features.wishes import WishBook
from pbx.guard.guard import Guard
from pbx.inbound import rules
from pbx.inbound.lists import Lists
from pbx.ivr.messages import LeftMessages
from pbx.ivr.sounds import Sounds
from pbx.ivr.views import PastMenus
from pbx.messages import Messages
from pbx.number_plan import Here, Served
from pbx.plan import ExtensionGroup, PbxPlan, SipTrunk
from pbx.plan_conference import RoomGroup
from pbx.plan_features import FeaturesPlan
from pbx.plan_guard import GuardPlan
from pbx.plan_inbound import Contact, Forward, InboundPlan, Ring, Rule
from pbx.plan_schedules import Schedule
from pbx.plan_seating import Seating
from pbx.plan_voicemail import Mailboxes, VoicemailPlan
from pbx.reason import Reason
from pbx.recording.desk import RecordingDesk
from pbx.recording.places import Places
from pbx.rights import GroupRights, who_may
from pbx.seating.pins import SeatPins
from pbx.seating.seats import Seats
from pbx.supervision import Mode, NoSupervision
from pbx.tones import Tones
from pbx.traffic.traffic import Traffic
from pbx.trunks import Trunks
from pbx.voicemail.voicemails import Voicemail
from tests.billing.exchange import FakeExchange as OutsideLines
from tests.fakes.card import FakeCardSystem
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.fakes.replays import FakeReplays
from tests.fakes.tariffs import FakeTariffs
from tts.wav import telephone_wav
from web.auth import Users
from web.backups import Planned, Try
from web.bringing_up import Network, SerialPort
from web.certificates import CertificateShown, NotTaken
from web.enrolments import EnrolmentShown, Wish
from web.network import NotTaken as NetworkNotTaken
from web.network import Standing as InNetwork
from web.network import Typed
from web.network import Unfit as UnfitNetwork
from web.passwords import Passwords, here
from web.periods import span
from web.plans import TakenBack, Threat
from web.ports import House, MenuRoom, NoBundle
from web.updates import NotTaken as UpdateNotTaken
from web.updates import Standing

T = TypeVar("T")

_aside = TemporaryDirectory(prefix="nightbell-fakes-")
"""Whatever fakes keep in files; gone with the process."""

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
    extensions=(
        ExtensionGroup(numbers="8001-8010", name=Text(zh="一病区", en="Ward 1")),
        ExtensionGroup(numbers="8050", name=Text(zh="总机", en="Operator")),
    ),
    trunks=(
        SipTrunk(id="telecom", name=Text(zh="电信", en="China Telecom"), host="127.0.0.1", tariff="telecom"),
        SipTrunk(id="unicom", name=Text(zh="联通", en="China Unicom"), host="127.0.0.1", port=5061, tariff="unicom"),
    ),
    features=FeaturesPlan(seating=Seating(numbers=("8003-8004",))),
    schedules=(
        Schedule(
            id="office",
            name=Text(zh="上班时间", en="Office hours"),
            switch="*28",
            hours={"workday": ("08:00-12:00", "13:30-17:30")},
        ),
    ),
    inbound=InboundPlan(
        fallback=("8050",),
        rules=(
            Rule(
                id="day",
                name=Text(zh="白天", en="By day"),
                called=("88880000",),
                open="office",
                steps=(Ring(do="ring", extensions=("8001", "8002")),),
            ),
            Rule(
                id="night",
                name=Text(zh="夜间", en="By night"),
                called=("88880000",),
                closed="office",
                steps=(Forward(do="forward", numbers=("13800000001",)),),
            ),
        ),
    ),
)


HOSPITAL = Text(zh="仁和医院", en="Renhe Hospital")


@dataclass(frozen=True)
class FakeSite:
    """The hospital."""

    name: Text = HOSPITAL
    language: Language = "zh"
    zone: ZoneInfo = SHANGHAI
    country: str = "CN"
    area: str = "571"
    calendar: Calendar = CHINA


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


class _NoDoor:
    """Keeps nobody out."""

    async def keep_out(self, addresses: Collection[str]) -> None: ...


class FakeInbound:
    """Decides by the rules of PBX."""

    def __init__(self, addresses: AddressBook, database: Transactions, clock: Clock, bus: Bus) -> None:
        self.lists, self._addresses = Lists(database, clock, bus), addresses

    def decide(self, arrival: rules.Arrival, at: datetime, plan: PbxPlan | None = None) -> rules.Decision:
        known = rules.Known(
            "CN", "571", CHINA, positions=self.lists.positions, blocked=tuple(self.lists.blocked),
            contact=self._contact,
        )  # fmt: skip
        return rules.decide(plan or PBX, arrival, at.astimezone(SHANGHAI), known)

    def _contact(self, number: str) -> Contact | None:
        entry = self._addresses.of(number)
        return Contact(number=entry.numbers[0], name=entry.name, vip=entry.vip) if entry else None


class FakeEmergencies:
    """Those that a test says."""

    def __init__(self) -> None:
        self.calls: list[EmergencyCall] = []

    def recent(self) -> list[EmergencyCall]:
        return self.calls


class FakeExchange:
    """The exchange, as far as pages see it."""

    def __init__(self, clock: Clock) -> None:
        self.phones = Phones(PBX.numbers())
        self.trunks = Trunks(PBX.trunks, clock, Bus())
        self.records: list[Record] = []
        self.emergencies = FakeEmergencies()

    def recorded(self, call: str) -> list[Record]:
        return [record for record in self.records if record.channel.startswith(call)]


class FakeConsole:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def dial(self, own: str, number: str, by: str) -> None:
        self.asked.append(("dial", own, number, by))

    async def hand_on(self, own: str, number: str, by: str) -> None:
        if number == "8010":
            raise NotDone(NOT_TALKING)
        self.asked.append(("hand-on", own, number, by))

    async def hang_up(self, own: str, by: str) -> None:
        self.asked.append(("hang-up", own, by))


class _Places:
    def __init__(self) -> None:
        self.there: list[Place] = []

    def places(self) -> Sequence[Place]:
        return self.there


class FakeFeatures:
    """Telephones as a test says. Forwards may go to extensions only."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self.wishes, self.console, self.parking = WishBook(database, clock, bus), FakeConsole(), _Places()
        self.seats, self.seat_pins = Seats(PBX, database, clock, bus), SeatPins(database, clock, bus)
        self.states = {number: Line(number, "idle") for number in PBX.numbers()}

    def lines(self) -> Sequence[Line]:
        return list(self.states.values())

    def may_forward(self, extension: str, number: str) -> bool:
        return number in PBX.numbers()


class FakeDialling:
    """The real decisions, by the house's own plan, without a tariff. healthy: trunks that can take a call now."""

    def __init__(self, clock: Clock) -> None:
        self.plan, self.healthy, self._clock = PBX, ["telecom", "unicom"], clock
        self.here = Here("CN", "571", SHANGHAI, CHINA)

    def who_may(self, at: datetime | None) -> Sequence[GroupRights]:
        return who_may(self.plan, self.here, at or self._clock.now())

    def decide(self, extension: str, dialled: str, at: datetime | None, text: str | None = None) -> Decision:
        plan = self.plan if text is None else parse(text, Plan).pbx
        healthy = self.healthy if at is None and text is None else None
        return decide(
            plan, self.here, extension, dialled, at or self._clock.now(), served=[Served("600")], healthy=healthy
        )


@dataclass
class FakeSupervision:
    """Calls that go on, and what supervisors did with them; `refuses` is raised for every act."""

    going_on: list[Conversation] = field(default_factory=list)
    acts: list[tuple[str, ...]] = field(default_factory=list)
    refuses: NoSupervision | None = None

    def talks(self) -> list[Conversation]:
        return self.going_on

    def attended(self, call: str) -> list[tuple[str, Mode]]:
        return [("8081", "whisper")] if self.acts else []

    async def attend(self, call: str, mode: Mode, extension: str, by: str) -> None:
        if self.refuses:
            raise self.refuses
        self.acts.append((call, mode, extension, by))

    async def release(self, call: str, by: str) -> None:
        self.acts.append((call, "end", by))


class _Silent(Meeting):
    """Nobody is in any bridge."""

    def __init__(self) -> None:
        pass

    async def mute(self, member: Member) -> None: ...
    async def remember(self, member: Member, *, taped: bool = False) -> None: ...
    async def lock(self, room: Room) -> None: ...


class FakeConferences:
    """Rooms without telephones. `asked`: who was invited where, by whom, and whether outside."""

    def __init__(self, database: InlineDatabase, clock: Clock, bus: Bus) -> None:
        group = RoomGroup(numbers="8801", name=Text(zh="晨会", en="Morning meeting"), outside=True)
        rooms = {"8801": Room("8801", group)}
        self.conduct = Conduct(rooms, _Silent(), database, clock, bus)
        self.pins = RoomPins(database, clock, bus)
        self.asked: list[tuple[str, str, str, bool]] = []

    async def invite(self, number: str, whom: str, by: str, *, outside: bool = False) -> None:
        self.asked.append((number, whom, by, outside))

    async def invite_all(self, number: str, by: str) -> int:
        return 0


class _TwoSheets:
    """Every PDF but a broken one has two sheets."""

    async def make(self, kind: Literal["pdf", "tiff"], source: Path, target: Path) -> int:
        if b"broken" in source.read_bytes():
            raise Unfit
        target.write_bytes(b"II*")
        return 2


class FakeFaxes:
    """Faxes on record, and nobody who sends them. `asked`: extension, number, by; only 8001 may send."""

    def __init__(self, directory: Path, database: InlineDatabase, clock: Clock, bus: Bus) -> None:
        self.store, self._clock = FaxStore(directory, database, clock, bus), clock
        self.asked: list[tuple[str, str, str]] = []
        self.documents = Documents(directory / "documents", _TwoSheets(), database, clock, bus)

    @property
    def sending(self) -> FakeFaxes:
        return self

    async def accept(self, extension: str, number: str, pdf: bytes, by: str) -> Fax:
        if extension != "8001":
            raise NotAccepted(Reason("There is no extension {number}.", {"number": extension}))
        self.asked.append((extension, number, by))
        return Fax("c" * 32, "out", extension, number, by, "waiting", self._clock.now())


SOUNDS = Path(tempfile.gettempdir()) / f"nightbell-{os.getpid()}"
"""Messages of mailboxes; made by who keeps some."""


class _NobodyTold:
    """No lamp, no short message, no mail."""

    async def accept(self, *_: object) -> Any: ...
    async def show(self, mailbox: str, new: int, old: int) -> None: ...
    async def prompt(self, text: str, language: Language) -> Path | None:
        return None


def mailboxes(directory: Path, database: InlineDatabase, clock: Clock, bus: Bus) -> Voicemail:
    """Real mailboxes of 8105 and 8106, without telephones."""
    plan, nobody = (
        PbxPlan.model_construct(voicemail=VoicemailPlan(number="*98", boxes=(Mailboxes(numbers="8105-8106"),))),
        _NobodyTold(),
    )
    return Voicemail(
        plan, cast(Any, None), nobody, nobody, nobody, nobody, database, clock, bus, language="en", zone=SHANGHAI,
        directory=directory, recordings=directory, tones=Tones(directory),
    )  # fmt: skip


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

    async def open_all(self, wanted: Sequence[NewAccount], digest: str, by: str) -> Sequence[tuple[str, str]]:
        return [await self.open(one.holder, one.language, by) for one in wanted]

    async def deposit(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> Movement:
        return self._move("deposit", number, amount, by, reference, note)

    async def refund(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> Movement:
        return self._move("refund", number, Money(-amount), by, reference, note)

    async def freeze(self, number: str, by: str) -> None:
        self._state(number, "frozen", by)

    async def thaw(self, number: str, by: str) -> None:
        self._state(number, "open", by)

    async def limit_credit(self, number: str, limit: Money, by: str) -> None:
        self._check()
        self.acts.append(("limit", number, limit, by))

    async def give_card(self, number: str, card: str, by: str) -> None:
        self._check()
        self.acts.append(("card", number, card, by))

    async def renew_pin(self, number: str, by: str) -> str:
        self._check()
        self.acts.append(("pin", number, "5820", by))
        return "5820"

    def _move(self, kind: str, number: str, amount: Money, by: str, reference: str, note: str) -> Movement:
        self._check()
        row = next(row for row in self._books.rows if row.number == number)
        changed = replace(row, balance=Money(row.balance + amount))
        self._books.rows[self._books.rows.index(row)] = changed
        line = LedgerLine(
            len(self._books.lines) + 1, self._clock.now(), kind, amount, changed.balance, reference, by, note
        )
        self._books.lines.append(line)
        self.acts.append((kind, number, amount, by, reference, note))
        event = MoneyMoved(
            at=line.at, account=number, movement=kind, amount=amount, balance=line.balance, reference=reference, by=by,
            entry=line.id, hash="",
        )  # fmt: skip
        return Movement(line.id, number, line.at, kind, amount, line.balance, reference, by, note, event)

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
    """Remembers what was printed. past: the calls it analyses. earned: those that brought money."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    past: list[PastCall] = field(default_factory=list)
    patient_days: PatientDays | None = None
    earned: list[Earned] = field(default_factory=list)

    async def card_comparison(self, first: date, last: date, kind: str, language: Language) -> bytes:
        return f"{kind} {first} {last} {language}".encode()

    async def daily_calls(self, day: date, ward: str | None, language: Language) -> bytes:
        self.asked.append(("calls", day, ward, language))
        return b"%PDF-1.7 calls"

    async def statement(self, account: str, start: date, end: date, kind: str, language: Language) -> bytes:
        self.asked.append(("statement", account, start, end, kind, language))
        return b"%PDF-1.7 statement"

    async def phone_labels(self, language: Language) -> bytes:
        self.asked.append(("phone labels", language))
        return b"%PDF-1.7 labels"

    async def ledger(self, first: date, last: date, kind: str, language: Language) -> bytes:
        self.asked.append(("ledger", first, last, kind, language))
        return b"ledger"

    async def receipt(self, entry: int, kind: str, language: Language) -> bytes:
        self.asked.append(("receipt", entry, kind, language))
        return b"%PDF-1.7 receipt"

    async def cash(self, first: date, last: date, kind: str, language: Language) -> bytes:
        self.asked.append(("cash", first, last, kind, language))
        return b"cash"

    async def top_accounts(self, first: date, last: date, kind: str, language: Language) -> bytes:
        self.asked.append(("top accounts", first, last, kind, language))
        return b"top accounts"

    async def lockouts(self, first: date, last: date, kind: str, language: Language) -> bytes:
        self.asked.append(("lock-outs", first, last, kind, language))
        return b"lock-outs"

    async def unpaid(self, day: date, kind: str, language: Language) -> bytes:
        self.asked.append(("unpaid", day, kind, language))
        return b"unpaid"

    async def bills(self, month: str, payer: str, kind: str, language: Language) -> bytes:
        self.asked.append(("bills", month, payer, kind, language))
        return b"bills"

    async def till_sheet(self, entry: int, language: Language) -> bytes:
        self.asked.append(("till sheet", entry, language))
        return b"%PDF-1.7 till sheet"

    async def telephone_call(self, call: str, language: Language) -> bytes:
        self.asked.append(("telephone call", call, language))
        return b"%PDF-1.7 telephone call"

    async def analysis(self, first: date, last: date, wards: tuple[str, ...]) -> Analysis:
        start, end = span(first, last, SHANGHAI)
        past = [call for call in self.past if start <= call.raised_at < end and (not wards or call.ward in wards)]
        return analyse(past, PLAN, first, last, SHANGHAI, end, wards=wards, patient_days=self.patient_days)

    async def analysis_file(
        self, first: date, last: date, wards: tuple[str, ...], kind: str, language: Language
    ) -> bytes:
        self.asked.append(("analysis", first, last, wards, kind, language))
        return b"analysis"

    async def margin(self, first: date, last: date, language: Language) -> Margin:
        reckoning = Reckoning(lambda at: at.astimezone(SHANGHAI))
        start, end = span(first, last, SHANGHAI)
        for earned in self.earned:
            if start <= earned.answered_at < end:
                reckoning.add(earned)
        return reckoning.margin(first, last)

    async def margin_file(self, first: date, last: date, kind: str, language: Language) -> bytes:
        self.asked.append(("margin", first, last, kind, language))
        return b"margin"

    async def history_file(
        self, first: date, last: date, wanted: Wanted, kind: str, language: Language, *, named: bool
    ) -> bytes:
        self.asked.append(("history", first, last, wanted, kind, language, named))
        return b"history"

    async def acceptance(self, language: Language) -> bytes:
        self.asked.append(("acceptance", language))
        return b"%PDF-1.7 acceptance"

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

    async def prompt(self, text: str, language: Language) -> Path | None:
        return self.clip_path(text)


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
    tariffs: FakeTariffs
    speech: FakeSpeech
    exchange: FakeExchange
    features: FakeFeatures
    dialling: FakeDialling
    traffic: Traffic
    conferences: FakeConferences
    supervision: FakeSupervision
    cards: FakeCardSystem
    outside_lines: OutsideLines
    house: House


def build(clock: Clock | None = None, plan: NurseCallPlan = PLAN) -> CardboardHouse:
    """A house with nothing in it but users' tables and a plan."""
    clock = clock or FakeClock()
    database, bus, books = InlineDatabase(), Bus(), FakeBooks()
    wards, patients, history = FakeWards(clock), FakePatients(), FakeHistory()
    accounts, health, speech = FakeAccounts(books, clock), FakeHealth(), FakeSpeech()
    reports, tariffs = FakeReports(past=history.past), FakeTariffs()
    roster = Roster(lambda: plan, SHANGHAI, database, clock, bus)
    faxes = FakeFaxes(SOUNDS / "faxes", database, clock, bus)
    voicemail = mailboxes(SOUNDS, database, clock, bus)
    dialling = FakeDialling(clock)
    telephones, conferences = FakeExchange(clock), FakeConferences(database, clock, bus)
    features = FakeFeatures(database, clock, bus)
    traffic, supervision = Traffic(database, clock), FakeSupervision()
    addresses = AddressBook(FakeSite, database, clock, bus)
    outside, guard = FakeInbound(addresses, database, clock, bus), Guard(GuardPlan, _NoDoor(), database, clock, bus)
    care = Care(lambda: plan, wards, patients, roster, database, clock, bus)
    books_of_cards, outside_lines = FakeCardSystem(clock), OutsideLines(clock)
    accounts_too = Accounts(database, BillingPlan(), clock, bus)
    cards = CardDesk(database, accounts_too, books_of_cards, clock, bus)
    tolls = TollGuard(TollPlan(), "CN", SHANGHAI, database, accounts_too, outside_lines, clock, bus)
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
        till=Till(database, clock, bus),
        payers=Payers(database, SHANGHAI, "zh", clock, bus),
        closings=Closings(database, SHANGHAI, clock, bus),
        books=books,
        health=health,
        reports=reports,
        tariffs=tariffs,
        speech=speech,
        traces=Traces(clock, bus),
        talks=FakeTalks(),
        exchange=lambda: telephones,
        features=lambda: features,
        dialling=dialling,
        inbound=lambda: outside,
        addresses=addresses,
        guard=guard,
        lockouts=Lockouts(BillingPlan, database, clock, bus),
        tolls=lambda: tolls,
        cards=lambda: cards,
        traffic=traffic,
        conferences=lambda: conferences,
        recordings=RecordingDesk(database, recording_places(), here, FakeRecorder, clock),
        supervision=lambda: supervision,
        voicemail=lambda: voicemail,
        faxes=lambda: faxes,
        messages=Messages(database, Path(), reactor=cast(Any, None), clock=clock, bus=bus),
        phones=None,
        roster=roster,
        care=care,
        training=None,
        plans=PlanDesk(database, clock, lambda: None),
        plan_watch=FakePlanWatch(),
        replays=FakeReplays(),
        secrets=KeptSecrets(Path(mkdtemp(dir=_aside.name))),
        backups=FakeBackups(),
        certificates=FakeCertificates(),
        enrolments=FakeEnrolments(),
        support=FakeSupport(),
        resets=FakeResets(),
        updates=FakeUpdates(),
        networking=FakeNetworking(),
        setup=FakeSetup(database, clock),
        menus=MenuRoom(
            Sounds(Path(mkdtemp(dir=_aside.name)), telephone_wav),
            LeftMessages(Path(), database, clock, bus),
            PastMenus(database),
            speech,
            lambda: CHINA,
        ),
    )
    return CardboardHouse(
        clock,
        database,
        bus,
        wards,
        patients,
        history,
        books,
        accounts,
        health,
        reports,
        tariffs,
        speech,
        telephones,
        features,
        dialling,
        traffic,
        conferences,
        supervision,
        books_of_cards,
        outside_lines,
        house,
    )


@dataclass
class FakeBackups:
    """One is planned, and was made last night; one begun stays so."""

    planned_: list[Planned] = field(default_factory=list)
    recent_: list[Try] = field(default_factory=list)
    begun: list[tuple[str, str]] = field(default_factory=list)

    async def planned(self) -> list[Planned]:
        return self.planned_

    async def recent(self) -> list[Try]:
        return self.recent_

    def begin(self, backup: str, by: str) -> bool:
        self.begun.append((backup, by))
        return len(self.begun) == 1


@dataclass
class FakeSetup:
    """One serial port, which line h1 uses; tries are over when a test says so."""

    database: InlineDatabase
    clock: Clock
    ports: list[SerialPort] = field(
        default_factory=lambda: [SerialPort("/dev/serial/by-id/usb-FTDI-port0", "/dev/ttyUSB0", True, ("line h1",))]
    )
    tried: list[tuple[str, str]] = field(default_factory=list)
    busy: str = ""
    listened: dict[str, Heard] = field(default_factory=dict)
    in_network: Network = field(
        default_factory=lambda: Network((("eno1", "10.1.2.3/24"),), "10.1.2.1", ("10.1.2.53",), (), is_image=False)
    )

    def serial_ports(self) -> list[SerialPort]:
        return self.ports

    def network(self) -> Network:
        return self.in_network

    def going(self) -> str:
        return self.busy

    def ring(self, extension: str, by: str) -> bool:
        return self._begin(f"call {extension}", by)

    def announce(self, place: str, by: str) -> bool:
        if place != "corridor":
            raise LookupError(place)
        return self._begin(f"place {place}", by)

    def listen(self, path: str) -> bool:
        if path not in {port.path for port in self.ports if port.there and not port.users}:
            raise LookupError(path)
        return self._begin(f"port {path}", "")

    def heard(self) -> dict[str, Heard]:
        return self.listened

    def _begin(self, what: str, by: str) -> bool:
        if self.busy:
            return False
        self.busy = what
        self.tried.append((what, by))
        return True


@dataclass
class FakePlanWatch:
    """Says what a test wants, until somebody keeps the plan."""

    threatens: Threat | None = None
    back: TakenBack | None = None
    kept: list[str] = field(default_factory=list)

    def threat(self) -> Threat | None:
        return self.threatens

    def taken_back(self) -> TakenBack | None:
        return self.back

    async def keep(self, by: str) -> int | None:
        found = self.threatens or self.back
        self.threatens, self.back = None, None
        self.kept.append(by)
        return found.revision if found else None


@dataclass
class FakeResets:
    """Begins where the words are right."""

    begun: list[tuple[str, str]] = field(default_factory=list)

    def words(self) -> dict[str, str]:
        return {"records": "ERASE RECORDS", "everything": "ERASE EVERYTHING"}

    def begin(self, tier: str, typed: str, by: str) -> bool:
        right = self.words().get(tier) == typed
        if right:
            self.begun.append((tier, by))
        return right


@dataclass
class FakeUpdates:
    """A box of the image on which a test says how it stands; what is asked of it is noted, or refused."""

    stands: Standing = field(default_factory=lambda: Standing(False, "0.1.0"))
    refuses: tuple[str, dict[str, str]] | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    takes: Path | None = None

    def standing(self) -> Standing:
        return self.stands

    def expect(self, octets: int) -> str:
        self._note("expect", str(octets))
        return f"ticket-{octets}"

    def admits(self, ticket: str, octets: int) -> Path | None:
        return self.takes if ticket == f"ticket-{octets}" else None

    async def arrived(self, ticket: str, by: str) -> None:
        self._note("arrived", ticket, by)

    async def check(self, identity: str) -> None:
        self._note("check", identity)

    async def install(self, identity: str, by: str, *, older: bool) -> None:
        self._note("install", identity, by, str(older))

    async def go_back(self, by: str) -> None:
        self._note("back", by)

    async def call_off(self, by: str) -> None:
        self._note("call off", by)

    async def restart(self, by: str, *, when_quiet: bool) -> None:
        self._note("restart", by, str(when_quiet))

    def stay(self) -> None:
        self._note("stay")

    def _note(self, *what: str) -> None:
        if self.refuses:
            raise UpdateNotTaken(*self.refuses)
        self.asked.append(what)


@dataclass
class FakeNetworking:
    """A box on which a test says how it is in the network; what is asked of it is noted, or refused."""

    stands: InNetwork = field(default_factory=lambda: InNetwork(False))
    refuses: NetworkNotTaken | UnfitNetwork | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)
    reached_at: str = ""

    def standing(self, reached_at: str) -> InNetwork:
        self.reached_at = reached_at
        return self.stands

    async def try_out(self, wanted: Typed, by: str) -> None:
        self._note("try", wanted, by)

    async def confirm(self, reached_at: str, by: str) -> None:
        self._note("confirm", reached_at, by)

    async def go_back(self, by: str) -> None:
        self._note("back", by)

    def _note(self, *what: object) -> None:
        if self.refuses:
            raise self.refuses
        self.asked.append(what)


@dataclass
class FakeSupport:
    """A bundle of four octets; none where it is broken. materials: the image's bill, where there is one."""

    broken: bool = False
    materials: bytes | None = None
    made: list[str] = field(default_factory=list)

    async def bundle(self, by: str) -> bytes:
        if self.broken:
            raise NoBundle("no")
        self.made.append(by)
        return b"PK\x05\x06"

    def bill(self) -> bytes | None:
        return self.materials


@dataclass
class FakeCertificates:
    """No HTTPS, unless a test says so. given: what was brought, with its passphrase and the name it came by."""

    https: int | None = None
    seconds: int = 0
    one: CertificateShown | None = None
    waiting: bytes = b""
    refuses: NotTaken | None = None
    given: list[tuple[list[bytes], str, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def hsts(self) -> int:
        return self.seconds

    def shown(self) -> CertificateShown | None:
        return self.one

    def asked(self) -> bytes:
        return self.waiting

    def names(self) -> list[str]:
        return ["nightbell", "10.1.2.3"]

    def authority(self) -> bytes:
        return b"-----BEGIN CERTIFICATE-----"

    async def request(self, names: str, organisation: str, by: str) -> bytes:
        self._deed(f"request {names} {organisation} {by}")
        return b"-----BEGIN CERTIFICATE REQUEST-----"

    async def take(self, files: Sequence[bytes], passphrase: str, reached_by: str, by: str) -> None:
        self._deed(f"take {by}")
        self.given.append((list(files), passphrase, reached_by))

    async def withdraw(self, by: str) -> None:
        self._deed(f"withdraw {by}")

    def _deed(self, what: str) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.done.append(what)


@dataclass
class FakeEnrolments:
    """Nobody is asked by itself, unless a test says so. wishes: what was typed."""

    port: int = 80
    one: EnrolmentShown | None = None
    refuses: NotTaken | None = None
    proofs: dict[str, bytes] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def shown(self) -> EnrolmentShown | None:
        return self.one

    def proof(self, token: str) -> bytes:
        return self.proofs.get(token, b"")

    async def enrol(self, wish: Wish, by: str) -> None:
        self._deed(f"enrol {by}")
        self.wishes.append(wish)

    async def renew(self, by: str) -> None:
        self._deed(f"renew {by}")

    async def end(self, by: str) -> None:
        self._deed(f"end {by}")

    def _deed(self, what: str) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.done.append(what)


class FakeRecorder:
    """8001 talks, and may be recorded on demand."""

    async def ask(self, extension: str, by: str, *, begins: bool) -> bool:
        return extension == "8001" and begins

    def on_demand(self) -> dict[str, bool]:
        return {"8001": False}


def recording_places() -> Places:
    """On a disk that always has room."""
    there = Path(mkdtemp(dir=_aside.name))
    (there / "spool").mkdir()
    return Places(there / "spool", there / "main", None, there / "key", 0, 0)


def real_views(house: House) -> House:
    """The same house over the real reading side: proves that the modules satisfy the ports."""
    return replace(house, history=nursecall_views, books=billing_views)
