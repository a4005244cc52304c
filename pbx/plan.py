"""The exchange's sections of the plan: extensions, trunks, emergency numbers; messages are in `plan_messages`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language
from pbx import plan_report_mails
from pbx.categories import OUTSIDE, Right
from pbx.ivr.checks import Known
from pbx.plan_branches import Branch
from pbx.plan_branches import check as check_branches
from pbx.plan_conference import ConferencePlan, apart
from pbx.plan_fax import FaxPlan
from pbx.plan_features import FeaturesPlan
from pbx.plan_guard import GuardPlan
from pbx.plan_inbound import InboundPlan
from pbx.plan_menus import MenuSections
from pbx.plan_messages import MessageSections
from pbx.plan_messages import Modem as Modem
from pbx.plan_outgoing import ClassOfService, OutgoingPlan
from pbx.plan_paging import PagingPlan
from pbx.plan_phones import PhonesPlan
from pbx.plan_recording import Recording
from pbx.plan_report_mails import ReportMail
from pbx.plan_schedules import Schedule
from pbx.plan_trunks import AnyTrunk, check_cards
from pbx.plan_trunks import SipTrunk as SipTrunk
from pbx.plan_trunks import Trunk as Trunk
from pbx.plan_voicemail import VoicemailPlan
from pbx.spans import PATTERN, ascending, each

HOUSE = Text(zh="规划本身", en="the plan itself")


class ExtensionGroup(Section):
    """A run of extensions, `"8001-8100"` or one number.

    may_dial: at any time, as long as they like; or rights: the class of service that says it.
    language: in which they are told why a call is refused; empty: the site's.
    transport: how their phones speak: SIP over UDP, over TLS, or from a browser. srtp: whether what is said is
    encrypted; with TLS it is required unless the plan says otherwise, in a browser always.
    fax: a gateway with fax machines is there that knows T.38.
    """

    numbers: str = Field(pattern=PATTERN)
    name: Text
    may_dial: tuple[Right, ...] = ("internal", "billed")
    rights: str = ""
    language: Language | None = None
    transport: Literal["udp", "tls", "webrtc"] = "udp"
    srtp: Literal["no", "optional", "required"] | None = None
    fax: bool = False

    @model_validator(mode="after")
    def _keys_are_safe(self) -> ExtensionGroup:
        if self.transport == "udp" and self.srtp not in (None, "no"):
            raise PlanError(("srtp",), 'SRTP needs transport = "tls": its keys would travel in the clear')
        if self.transport == "webrtc" and self.srtp not in (None, "required"):
            raise PlanError(("srtp",), "a browser always encrypts")
        return self

    @field_validator("numbers")
    @classmethod
    def _ascending(cls, numbers: str) -> str:
        return ascending(numbers)

    @model_validator(mode="after")
    def _one_of_both(self) -> ExtensionGroup:
        if self.rights and "may_dial" in self.model_fields_set:
            raise PlanError(("may_dial",), "the class of service says already what may be dialled")
        return self

    def each(self) -> tuple[str, ...]:
        """Every number of the group."""
        return each(self.numbers)


_FEATURES = ("conference", "voicemail", "paging", "features", "fax")
"""Sections with numbers of their own, to be dialled."""


class PbxPlan(MenuSections, MessageSections):
    """All of the exchange's plan; `appliance.plan` gathers it."""

    extensions: tuple[ExtensionGroup, ...] = ()
    trunks: tuple[AnyTrunk, ...] = ()
    recording: Recording = Recording()
    branches: tuple[Branch, ...] = ()
    emergency: tuple[str, ...] = Field(default=("110", "119", "120", "122"))
    schedules: tuple[Schedule, ...] = ()
    inbound: InboundPlan = InboundPlan()
    guard: GuardPlan = GuardPlan()
    phones: PhonesPlan = PhonesPlan()
    outgoing: OutgoingPlan = OutgoingPlan()
    conference: ConferencePlan = ConferencePlan()
    features: FeaturesPlan = FeaturesPlan()
    voicemail: VoicemailPlan = VoicemailPlan()
    paging: PagingPlan = PagingPlan()
    fax: FaxPlan = FaxPlan()
    report_mails: tuple[ReportMail, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> PbxPlan:
        seen: set[str] = set()
        for index, group in enumerate(self.extensions):
            for number in group.each():
                if number in seen:
                    raise PlanError(
                        ("extensions", index, "numbers"), "extension {number} is listed twice", number=number
                    )
                seen.add(number)
        _once("trunks", "id", [trunk.id for trunk in self.trunks])
        check_cards(self.trunks)
        check_branches(self.branches, [trunk.id for trunk in self.trunks], {*seen, *self.emergency})
        _once("schedules", "id", [schedule.id for schedule in self.schedules])
        _once("schedules", "switch", [schedule.switch for schedule in self.schedules])
        for index, number in enumerate(self.emergency):
            if not re.fullmatch(r"[0-9]{3,6}", number):
                said = "{number!r} is not a number of 3 to 6 digits"
                raise PlanError(("emergency", index), said, number=number)
            for way, reaches in self.ways_to_emergency().items():
                if reaches == number and way in seen:
                    raise PlanError(("emergency", index), "{number} is an extension too", number=way)
        self.phones.check(seen, self.browsers())
        self.recording.check(seen)
        known = Known(
            self.numbers(), [row.id for row in self.schedules], [row.id for row in self.queries],
            [group.id for group in self.groups],
        )  # fmt: skip
        self.check_menus(known, self.taken())
        named = [(index, group.rights) for index, group in enumerate(self.extensions) if group.rights]
        schedules, trunks = ({row.id for row in rows} for rows in (self.schedules, self.trunks))
        self.outgoing.check(named, trunks, schedules, seen)
        rooms = [number for group in self.conference.rooms for number in group.rooms()]
        self.fax.check([row.id for row in self.mail])
        plan_report_mails.check(self.report_mails, [row.id for row in self.mail])
        faxes = [line.number for line in self.fax.lines]
        served = {"menu": [flow.id for flow in self.flows], "room": rooms, "fax": faxes}
        self.inbound.check(seen, schedules, trunks, served)
        return self

    @model_validator(mode="after")
    def _switches(self) -> PbxPlan:
        numbers = frozenset(self.numbers())
        for index, schedule in enumerate(self.schedules):
            for number in schedule.switch_from:
                if number not in numbers:
                    where = ("schedules", index, "switch_from")
                    raise PlanError(where, "there is no extension {number}", number=number)
        return self

    @model_validator(mode="after")
    def _features_numbers(self) -> PbxPlan:
        numbers = frozenset(self.numbers())
        apart(
            (((name, *path), number) for name, path, number in self._of_features("served")),
            numbers | frozenset(self.emergency),
        )
        for name, path, number in self._of_features("named"):
            if number not in numbers:
                raise PlanError((name, *path), "there is no extension {number}", number=number)
        for key in ("hide_code", "show_code"):
            if getattr(self.outgoing, key) in {number for number, _ in self.served()}:
                raise PlanError(("outgoing", key), "{name!r} is used twice", name=getattr(self.outgoing, key))
        for name, keys in self.features.keys.each():
            if keys == self.recording.key:
                raise PlanError(("features", "keys", name), "{number} is pressed for two things", number=keys)
        for number in self.numbers() if self.features.codes.pick_up else ():
            for code in filter(None, (self.outgoing.hide_code, self.outgoing.show_code)):
                if f"{self.features.codes.pick_up}{number}".startswith(code):
                    message = "to pick up {number} would be {code} before a number"
                    raise PlanError(("features", "codes", "pick_up"), message, number=number, code=code)
        return self

    def _of_features(self, what: Literal["served", "named"]) -> Iterator[tuple[str, Path, str]]:
        """Numbers that features serve, or extensions that they name."""
        for name in _FEATURES:
            yield from ((name, path, number) for path, number in getattr(getattr(self, name), what)())

    def taken(self) -> frozenset[str]:
        """Numbers that mean something without voice menus: extensions, emergency numbers, features."""
        served = (number for _, _, number in self._of_features("served"))
        return frozenset((*self.numbers(), *self.emergency, *served))

    def served(self) -> Iterator[tuple[str, bool]]:
        """Every number that the house serves itself but the billed one, and whether nothing may follow it."""
        yield from ((flow.number, True) for flow in self.flows if flow.number)
        yield from ((schedule.switch, False) for schedule in self.schedules if schedule.switch)
        yield from self.of_features()

    def browsers(self) -> frozenset[str]:
        """Extensions whose telephones are browsers."""
        return frozenset(number for group in self.extensions if group.transport == "webrtc" for number in group.each())

    def of_features(self) -> tuple[tuple[str, bool], ...]:
        """Numbers that conferences, mailboxes, paging and star codes serve, and whether nothing may follow them."""
        followed = {self.voicemail.leave, self.paging.number, *self.features.used().dialled()}
        return tuple((number, number not in followed) for _, _, number in self._of_features("served"))

    def numbers(self) -> tuple[str, ...]:
        """Every extension number."""
        return tuple(number for group in self.extensions for number in group.each())

    def carriers(self) -> tuple[AnyTrunk, ...]:
        """The trunks that lead outside: all but those to boxes of our own."""
        apart = {branch.trunk for branch in self.branches}
        return tuple(trunk for trunk in self.trunks if trunk.id not in apart)

    def branch(self, trunk: str) -> Branch | None:
        """The box of our own at the end of a trunk."""
        return next((branch for branch in self.branches if branch.trunk == trunk), None)

    def ways_to_emergency(self) -> Mapping[str, str]:
        """Every string that reaches an emergency number, and that number: codes before it keep nobody from it."""
        codes = dict.fromkeys(("", self.outgoing.hide_code, self.outgoing.show_code))
        # A phone on which # means “dial now” may send it along.
        before = [code + access for code in codes for access in dict.fromkeys(("", self.outgoing.access))]
        return {way + number + end: number for number in self.emergency for way in before for end in ("", "#")}

    def group(self, extension: str) -> ExtensionGroup | None:
        """The group an extension is in; None for what is no extension."""
        return next((group for group in self.extensions if extension in group.each()), None)

    def house(self) -> ExtensionGroup:
        """By whose right numbers are called that the plan itself names. It is no extension."""
        if self.outgoing.house:
            return ExtensionGroup(numbers="00", name=HOUSE, rights=self.outgoing.house)
        return ExtensionGroup(numbers="00", name=HOUSE, may_dial=OUTSIDE)

    def class_of(self, group: ExtensionGroup) -> ClassOfService:
        """What the phones of `group` may dial: its class of service, or one made of its own list."""
        if not group.rights:
            return ClassOfService(id="own", name=group.name, may_dial=group.may_dial)
        return next(one for one in self.outgoing.classes if one.id == group.rights)

    def guarded(self) -> GuardPlan:
        """Who is kept out; never a carrier, whatever comes from its address."""
        sip = (trunk for trunk in self.trunks if isinstance(trunk, SipTrunk))
        return self.guard.sparing(dict.fromkeys(address.rpartition(":")[0] for one in sip for address in one.addresses))

    def schedule(self, identity: str) -> Schedule:
        """The hours of that name. Raises KeyError."""
        return {schedule.id: schedule for schedule in self.schedules}[identity]


def _once(rows: str, key: str, values: Sequence[str]) -> None:
    for index, value in enumerate(values):
        if value and value in values[:index]:
            raise PlanError((rows, index, key), "{name!r} is used twice", name=value)
