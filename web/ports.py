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
from appliance.foundation.days import Calendar
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language, Money
from billing.accounts import NewAccount
from billing.card.desk import CardDesk
from billing.closing import Closings
from billing.guard.guard import TollGuard
from billing.ledger import Movement
from billing.lockouts import Lockout
from billing.margin import Margin
from billing.payers import Payers
from billing.plan import BillingPlan
from billing.tariff import Version
from billing.till import Till
from billing.views import AccountRow, BilledCall, LedgerLine
from nursecall.analysis import Analysis
from nursecall.calls import OpenCall
from nursecall.care import Care
from nursecall.ear import Heard
from nursecall.patients import Patient
from nursecall.plan import NurseCallPlan
from nursecall.roster_desk import Roster
from nursecall.speech import Speech as Talks
from nursecall.traces import Trace
from nursecall.troubles import Watched
from nursecall.views import PastCall, Summary, Wanted
from pbx.addresses.book import AddressBook
from pbx.conference.conduct import Conduct
from pbx.conference.pins import RoomPins
from pbx.decision import Decision
from pbx.dialer import Conversation
from pbx.emergencies import EmergencyCall
from pbx.engine.records import Record
from pbx.fax.documents import Documents
from pbx.fax.store import Fax
from pbx.fax.store import Store as FaxStore
from pbx.features.lines import Line
from pbx.features.parking import Place
from pbx.features.wishes import WishBook
from pbx.guard.guard import Ban
from pbx.inbound.lists import Lists
from pbx.inbound.rules import Arrival
from pbx.inbound.rules import Decision as Inwards
from pbx.ivr.edit import Doc
from pbx.ivr.messages import LeftMessages
from pbx.ivr.sounds import Sounds
from pbx.ivr.views import PastMenus
from pbx.plan import PbxPlan
from pbx.provisioning.desk import PhoneDesk
from pbx.recording.desk import RecordingDesk
from pbx.regions.store import Imported
from pbx.rights import GroupRights
from pbx.schedules import Kind
from pbx.seating.pins import SeatPins
from pbx.seating.seats import Seats
from pbx.sms.people import Person
from pbx.supervision import Mode
from pbx.traffic.hours import Amount, Key
from pbx.trunk_words import Failure
from pbx.voicemail.store import Message, Store
from web.auth import Users
from web.backups import Planned, Try
from web.bringing_up import Network, SerialPort
from web.certificates import CertificateShown
from web.enrolments import EnrolmentShown, Wish
from web.network import Standing as InNetwork
from web.network import Typed
from web.plans import Draft, Edit, MenuDraft, Revised, TakenBack, Threat, Tried, WardEdit, Written
from web.replays import Replayed
from web.tariffs import Attempt
from web.updates import Standing


class Site(Protocol):
    """The hospital itself; `appliance.plan.Site` by shape."""

    @property
    def name(self) -> Text: ...
    @property
    def language(self) -> Language: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def country(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def calendar(self) -> Calendar: ...


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

    async def open_all(self, wanted: Sequence[NewAccount], digest: str, by: str) -> Sequence[tuple[str, str]]:
        """The accounts of a list: their numbers and PINs, which are told this once."""
        ...

    async def deposit(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> Movement: ...
    async def refund(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> Movement: ...
    async def freeze(self, number: str, by: str) -> object: ...
    async def thaw(self, number: str, by: str) -> object: ...
    async def renew_pin(self, number: str, by: str) -> str: ...
    async def limit_credit(self, number: str, limit: Money, by: str) -> object: ...
    async def give_card(self, number: str, card: str, by: str) -> object: ...


class HealthBoard(Protocol):
    """The latest word of each part, in the order of their names; `appliance.health.HealthBoard`."""

    def parts(self) -> Sequence[HealthChanged]: ...


class Reports(Protocol):
    """Printed matter. Made in a process of its own, so that the reactor never waits for a PDF."""

    async def daily_calls(self, day: date, ward: str | None, language: Language) -> bytes: ...
    async def statement(self, account: str, start: date, end: date, kind: str, language: Language) -> bytes: ...
    async def analysis(self, first: date, last: date, wards: tuple[str, ...]) -> Analysis: ...
    async def analysis_file(
        self, first: date, last: date, wards: tuple[str, ...], kind: str, language: Language
    ) -> bytes: ...
    async def margin(self, first: date, last: date, language: Language) -> Margin: ...
    async def margin_file(self, first: date, last: date, kind: str, language: Language) -> bytes: ...
    async def history_file(
        self, first: date, last: date, wanted: Wanted, kind: str, language: Language, *, named: bool
    ) -> bytes: ...
    async def telephone_call(self, call: str, language: Language) -> bytes: ...
    async def phone_labels(self, language: Language) -> bytes: ...
    async def acceptance(self, language: Language) -> bytes: ...
    async def receipt(self, entry: int, kind: str, language: Language) -> bytes: ...
    async def ledger(self, first: date, last: date, kind: str, language: Language) -> bytes: ...
    async def cash(self, first: date, last: date, kind: str, language: Language) -> bytes: ...
    async def unpaid(self, day: date, kind: str, language: Language) -> bytes: ...
    async def top_accounts(self, first: date, last: date, kind: str, language: Language) -> bytes: ...
    async def lockouts(self, first: date, last: date, kind: str, language: Language) -> bytes: ...
    async def bills(self, month: str, payer: str, kind: str, language: Language) -> bytes: ...
    async def till_sheet(self, entry: int, language: Language) -> bytes: ...
    async def card_comparison(self, first: date, last: date, kind: str, language: Language) -> bytes: ...
    async def handover(self, ward: str, day: date, shift: str, language: Language) -> bytes: ...


class Tariffs(Protocol):
    """Versions of tariffs and the table of regions; `appliance.tariff_desk.TariffDesk`."""

    async def versions(self) -> Sequence[Version]: ...
    async def take_in(self, name: str, valid_from: datetime, content: bytes, by: str, language: Language) -> str:
        """Import a file; what is said of it. Raises NotDone with every bad row."""
        ...

    async def withdraw(self, version: Version, by: str, language: Language) -> None:
        """Take back one that does not count yet. Raises NotDone."""
        ...

    async def rows(self, version: Version, search: str) -> Mapping[str, Any]: ...
    async def compare(self, before: Version, after: Version, search: str) -> Mapping[str, Any]: ...
    async def file(self, version: Version, kind: str) -> bytes: ...
    def try_out(self, version: Version, first: date, last: date, by: str) -> str: ...
    def trials(self) -> Sequence[Attempt]: ...
    def trial(self, identity: str) -> Attempt | None: ...
    async def trial_file(self, identity: str, kind: str, language: Language) -> bytes: ...
    async def regions(self) -> Imported | None: ...
    async def take_in_regions(self, content: bytes, code: str, by: str, language: Language) -> str:
        """Import a table; what is said of it. Raises NotDone with every bad row."""
        ...

    async def regions_file(self) -> bytes: ...
    async def whose(self, number: str, language: Language) -> Mapping[str, str]:
        """`class`, `carrier`, `region` of a number. Raises NotDone."""
        ...


class Speech(Protocol):
    """Rendered sentences; `tts.speaker.Speaker`."""

    def clip_path(self, key: str) -> Path | None:
        """The WAV file of `key`; None when there is none."""
        ...


class Prompts(Protocol):
    """Speech for the telephone; `tts.speaker.Speaker`."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """An 8 kHz WAV file that says `text`; None when speech is down."""
        ...


@dataclass(frozen=True)
class MenuRoom:
    """What the pages of voice menus reach. kind: of day, by the site's country."""

    sounds: Sounds
    messages: LeftMessages
    past: PastMenus
    speech: Prompts
    kind: Callable[[], Kind]


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


class Phones(Protocol):
    """Which extensions have their phone there; `pbx.extensions.Phones`."""

    def registered(self) -> frozenset[str]: ...


class Trunks(Protocol):
    """How lines to carriers are; `pbx.trunks.Trunks`."""

    def used(self, name: str) -> int:
        """How many calls go over it."""
        ...

    def last_failure(self, name: str) -> tuple[datetime, Failure] | None:
        """When its carrier last failed a call, and how."""
        ...


class Traffic(Protocol):
    """What went over trunks, hour by hour; `pbx.traffic.traffic.Traffic`."""

    async def read(self, first: datetime, end: datetime) -> Mapping[Key, Amount]: ...


class Exchange(Protocol):
    """The telephone exchange; `pbx.exchange.Exchange`. Another one takes its place when the plan changes."""

    def recorded(self, call: str) -> Sequence[Record]:
        """What the engine itself wrote down of a call's legs."""
        ...

    @property
    def phones(self) -> Phones: ...
    @property
    def trunks(self) -> Trunks: ...
    @property
    def emergencies(self) -> Emergencies: ...


class Emergencies(Protocol):
    """Emergency calls of the house; `pbx.emergencies.Emergencies`."""

    def recent(self) -> Sequence[EmergencyCall]:
        """Those that go on, and those of the last hour; the newest first."""
        ...


class Supervision(Protocol):
    """Supervisors with calls of others; `pbx.supervision.Supervision`. Raises pbx.supervision.NoSupervision."""

    def talks(self) -> Sequence[Conversation]: ...
    def attended(self, call: str) -> Sequence[tuple[str, Mode]]: ...
    async def attend(self, call: str, mode: Mode, extension: str, by: str) -> None:
        """Bring a telephone to a call, or change how it is with it."""
        ...

    async def release(self, call: str, by: str) -> None: ...


class Features(Protocol):
    """What telephones can do besides calling; `pbx.features.features.Features`."""

    @property
    def wishes(self) -> WishBook: ...
    @property
    def seats(self) -> Seats: ...
    @property
    def seat_pins(self) -> SeatPins: ...
    @property
    def console(self) -> Console: ...
    @property
    def parking(self) -> Parked: ...

    def lines(self) -> Sequence[Line]: ...

    def may_forward(self, extension: str, number: str) -> bool:
        """Whether calls of an extension may go to a number."""
        ...


class Parked(Protocol):
    """Who waits; `pbx.features.parking.Parking`."""

    def places(self) -> Sequence[Place]: ...


class Console(Protocol):
    """What an operator does with a telephone; `pbx.features.console.Console`. Each raises NotDone."""

    async def dial(self, own: str, number: str, by: str) -> None: ...
    async def hand_on(self, own: str, number: str, by: str) -> None: ...
    async def hang_up(self, own: str, by: str) -> None: ...


class Dialling(Protocol):
    """Who may dial what; `appliance.dialling.DialDesk`. A moment of None is now."""

    def who_may(self, at: datetime | None) -> Sequence[GroupRights]: ...

    def decide(self, extension: str, dialled: str, at: datetime | None, text: str | None = None) -> Decision:
        """What becomes of it; nothing of account or PIN is in the answer. Raises NoSuchExtension.

        text: a plan that is not in force and fits; None: the one that is.
        """
        ...


class Conferences(Protocol):
    """Conference rooms; `pbx.conference.conferences.Conferences`. Others take their place when the plan changes."""

    @property
    def conduct(self) -> Conduct: ...
    @property
    def pins(self) -> RoomPins: ...

    async def invite(self, number: str, whom: str, by: str, *, outside: bool = False) -> None:
        """Ring an extension, or E.164 `whom` outside. Raises pbx.conference.conduct.NoConference."""
        ...

    async def invite_all(self, number: str, by: str) -> int:
        """Ring everybody of the room's list who is not there; how many."""
        ...


class Faxes(Protocol):
    """Faxes; `pbx.fax.faxes.Faxes`. Others take their place when the plan changes."""

    @property
    def store(self) -> FaxStore: ...
    @property
    def sending(self) -> FaxesOut: ...
    @property
    def documents(self) -> Documents: ...


class FaxesOut(Protocol):
    """`pbx.fax.sending.Sending`."""

    async def accept(self, extension: str, number: str, pdf: bytes, by: str) -> Fax:
        """Take a PDF that is to be sent. Raises pbx.fax.sending.NotAccepted."""
        ...


class Voicemail(Protocol):
    """Mailboxes; `pbx.voicemail.voicemails.Voicemail`. Others take their place when the plan changes."""

    @property
    def store(self) -> Store: ...

    def has(self, mailbox: str) -> bool:
        """Whether the extension has a mailbox."""
        ...

    async def heard(self, message: Message, by: str) -> None:
        """Somebody listens to it; on record."""
        ...

    async def delete(self, message: Message, by: str) -> None:
        """Somebody does not want it any more; on record."""
        ...


class Traces(Protocol):
    """What went over each line lately, `pager:ID` for one to a pager system; `nursecall.traces.Traces`."""

    def of(self, line: str) -> Trace: ...


class Training(Protocol):
    """The simulated hospital at the far end of every wire; `appliance.training.Training`."""

    async def ask(self, verb: str, **request: Any) -> dict[str, Any]:
        """What it answers: `ok`, and what the verb says, or `message` and `facts` of why not. Never raises."""
        ...


class PlanWatch(Protocol):
    """What the box thinks of the plan that came into force last; `appliance.plan_watch.PlanWatch`."""

    def threat(self) -> Threat | None:
        """Why it is about to be taken back; None where it is not."""
        ...

    def taken_back(self) -> TakenBack | None:
        """That it was, until another is put in force."""
        ...

    async def keep(self, by: str) -> int | None:
        """Keep it, or put it back in force, for good: its number; None where nothing threatens it any more."""
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

    async def menus(self, number: int | None = None) -> MenuDraft:
        """The voice menus of revision `number`, else of the newest."""
        ...

    async def save_menu(self, menu: str, doc: Doc | None, base: int, by: str) -> int:
        """Keep `base` with one menu replaced, added or gone as a new revision; as `save`."""
        ...

    async def written(self, number: int | None = None) -> Written:
        """Revision `number`, else the newest, as it is written."""
        ...

    async def tried(self, edits: Sequence[Edit], base: int) -> Tried:
        """`base` with those edits, checked and not kept."""
        ...

    async def write(self, edits: Sequence[Edit], base: int, by: str, note: str) -> int:
        """Keep `base` with those edits as a new revision; as `save`."""
        ...

    async def activate(self, number: int, by: str) -> None: ...
    async def name(self, slot: str, number: int, by: str) -> None: ...


class Replays(Protocol):
    """Past calls by another plan; `appliance.replay_desk.ReplayDesk`."""

    async def replay(self, text: str, language: Language) -> Replayed:
        """The calls of the last 31 days by the plan `text`, which fits. Raises web.replays.NotReplayed."""
        ...


class Secrets(Protocol):
    """Where passwords are put; `appliance.kept_secrets.KeptSecrets`."""

    def keep(self, name: str, text: str) -> str:
        """Put one away: the place that the plan is to name."""
        ...


class Resets(Protocol):
    """The box begins anew; `appliance.reset.desk.ResetDesk`."""

    def words(self) -> Mapping[str, str]:
        """What must be typed for each tier."""
        ...

    def begin(self, tier: str, typed: str, by: str) -> bool:
        """Begin; False where what was typed is not what must be."""
        ...


class NoBundle(Exception):
    """None could be made; the text says why, in English."""


class Support(Protocol):
    """What is handed to whoever helps; `appliance.support.desk.SupportDesk`."""

    async def bundle(self, by: str) -> bytes:
        """A ZIP. Raises NoBundle."""
        ...

    def bill(self) -> bytes | None:
        """The software bill of materials (CycloneDX, JSON) that the image brings; none where there is no image."""
        ...


class Certificates(Protocol):
    """By which certificate browsers know the box; `appliance.tls.desk.TlsDesk`. NotTaken: nothing has changed."""

    @property
    def https(self) -> int | None:
        """The port to which browsers are sent; None while nobody listens there."""
        ...

    def hsts(self) -> int:
        """Seconds for which browsers may insist on HTTPS."""
        ...

    def shown(self) -> CertificateShown | None:
        """That in force; None where the box is not to be reached by HTTPS."""
        ...

    def asked(self) -> bytes:
        """The request that waits for its certificate, PEM; empty for none."""
        ...

    def names(self) -> Sequence[str]:
        """What the box is called, for a request."""
        ...

    def authority(self) -> bytes:
        """Who signs the box's own certificates, PEM."""
        ...

    async def request(self, names: str, organisation: str, by: str) -> bytes:
        """A new request, PEM. Raises NotTaken."""
        ...

    async def take(self, files: Sequence[bytes], passphrase: str, reached_by: str, by: str) -> None:
        """Put the hospital's into force. reached_by: the name in the browser's address line. Raises NotTaken."""
        ...

    async def withdraw(self, by: str) -> None:
        """Back to the box's own. Raises NotTaken."""
        ...


class Enrolments(Protocol):
    """Certificates the box asks for by itself; `appliance.tls.renewing.Renewing`. NotTaken: nothing has changed."""

    @property
    def port(self) -> int:
        """Where the panel is there by HTTP; authorities look for it at 80."""
        ...

    def shown(self) -> EnrolmentShown | None:
        """How it stands; None where the box asks nobody by itself."""
        ...

    def proof(self, token: str) -> bytes:
        """What an authority is to find at `/.well-known/acme-challenge/TOKEN`; empty for nothing."""
        ...

    async def enrol(self, wish: Wish, by: str) -> None:
        """Ask that authority from now on. Raises NotTaken."""
        ...

    async def renew(self, by: str) -> None:
        """Ask for a new certificate now. Raises NotTaken."""
        ...

    async def end(self, by: str) -> None:
        """Ask nobody any more. Raises NotTaken."""
        ...


class Backups(Protocol):
    """Backups of the box; `appliance.backup.desk.BackupDesk`."""

    async def planned(self) -> Sequence[Planned]: ...
    async def recent(self) -> Sequence[Try]: ...
    def begin(self, backup: str, by: str) -> bool:
        """Make that one of the plan now; False while one is being made."""
        ...


class Updates(Protocol):
    """Signed updates of the box; `appliance.updating.desk.UpdateDesk`. All but `admits` raise web.updates.NotTaken."""

    def standing(self) -> Standing: ...

    def expect(self, octets: int) -> str:
        """A bundle is about to be sent: the ticket that its sender must show. Refused where there is no room for it."""
        ...

    def admits(self, ticket: str, octets: int) -> Path | None:
        """The file that takes what is sent with `ticket`; None for a stranger. Once a ticket."""
        ...

    async def arrived(self, ticket: str, by: str) -> None:
        """All of it is there."""
        ...

    async def check(self, identity: str) -> None:
        """Read a bundle through; what comes of it stands in `standing`."""
        ...

    async def install(self, identity: str, by: str, *, older: bool) -> None:
        """Into the other slot. older: that one older than what runs is wanted."""
        ...

    async def go_back(self, by: str) -> None:
        """Let the version of the other slot be started next."""
        ...

    async def call_off(self, by: str) -> None:
        """Let the version that runs be started next, after all."""
        ...

    async def restart(self, by: str, *, when_quiet: bool) -> None:
        """Restart the box, now or as soon as nobody talks."""
        ...

    def stay(self) -> None:
        """Do not wait for quiet any more."""
        ...


class Networking(Protocol):
    """The box's network; `appliance.network.desk.NetworkDesk`. What is asked raises web.network.NotTaken.

    reached_at: the box's own end of the connection of whoever asks.
    """

    def standing(self, reached_at: str) -> InNetwork: ...

    async def try_out(self, wanted: Typed, by: str) -> None:
        """Put it in force, on trial. Raises web.network.Unfit, too."""
        ...

    async def confirm(self, reached_at: str, by: str) -> None:
        """Keep what is on trial."""
        ...

    async def go_back(self, by: str) -> None:
        """Do not wait for the end of the trial."""
        ...


class SettingUp(Protocol):
    """What the setup assistant needs of the box; `appliance.setting_up.SetupDesk`."""

    def serial_ports(self) -> Sequence[SerialPort]:
        """Those of the box, and those that the plan names and the box does not have."""
        ...

    def network(self) -> Network:
        """How this box is in the network."""
        ...

    def going(self) -> str:
        """What is being tried: `call NUMBER`, `place ID`, `port PATH`; empty for nothing."""
        ...

    def ring(self, extension: str, by: str) -> bool:
        """Ring it and speak to who answers; on record when it is over. False while something is being tried."""
        ...

    def announce(self, place: str, by: str) -> bool:
        """Speak in one place of the plan; as `ring`. Raises LookupError."""
        ...

    def listen(self, path: str) -> bool:
        """Listen at a free serial port; as `ring`. Raises LookupError."""
        ...

    def heard(self) -> Mapping[str, Heard]:
        """What was heard at ports, by their paths."""
        ...


class Inbound(Protocol):
    """Calls from outside; `appliance.incoming.CallsFromOutside`. Another takes its place when the plan changes."""

    @property
    def lists(self) -> Lists:
        """Who is blocked, and which schedules are switched."""
        ...

    def decide(self, arrival: Arrival, at: datetime, plan: PbxPlan | None = None) -> Inwards:
        """What becomes of a call at a moment; by another plan than the one in force."""
        ...


class Lockouts(Protocol):
    """What wrong PINs have locked; `billing.lockouts.Lockouts`."""

    async def locked(self) -> Sequence[Lockout]: ...

    async def unlock(self, what: str, number: str, by: str) -> bool: ...


class Guard(Protocol):
    """Keeps out who tries secrets; `pbx.guard.guard.Guard`."""

    def bans(self) -> Sequence[Ban]:
        """Who is refused now, the latest first."""
        ...

    async def lift(self, address: str, by: str) -> None: ...


@dataclass(frozen=True)
class House:
    """Everything the panel reaches. `site`, `nursecall`, `pbx` and `billing` return what the active plan says now.

    phones: None where the settings let no telephone set itself up.
    """

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
    till: Till
    payers: Payers
    closings: Closings
    books: Books
    health: HealthBoard
    reports: Reports
    tariffs: Tariffs
    speech: Speech
    traces: Traces
    talks: Talks
    exchange: Callable[[], Exchange]
    features: Callable[[], Features]
    dialling: Dialling
    inbound: Callable[[], Inbound]
    addresses: AddressBook
    guard: Guard
    lockouts: Lockouts
    tolls: Callable[[], TollGuard]
    cards: Callable[[], CardDesk]
    traffic: Traffic
    conferences: Callable[[], Conferences]
    recordings: RecordingDesk
    supervision: Callable[[], Supervision]
    voicemail: Callable[[], Voicemail]
    faxes: Callable[[], Faxes]
    messages: Messages
    phones: PhoneDesk | None
    roster: Roster
    care: Care
    training: Training | None
    plans: Plans
    plan_watch: PlanWatch
    replays: Replays
    secrets: Secrets
    backups: Backups
    certificates: Certificates
    enrolments: Enrolments
    support: Support
    updates: Updates
    networking: Networking
    resets: Resets
    setup: SettingUp
    menus: MenuRoom
