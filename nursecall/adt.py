"""What an ADT message says of our beds, by the feed's own words for wards, beds and grades. No I/O, no memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from nursecall.board import label, printable
from nursecall.occupancy import ELSEWHERE, MEANS, Facts, Place, Said
from nursecall.patient import GRADES, by_number, by_visit
from nursecall.plan import NurseCallPlan
from nursecall.plan_adt import BED_PARTS, AdtFeed
from nursecall.wire.hl7 import NULL, Message, Segment, moment
from nursecall.wire.hl7_path import FieldPath
from nursecall.wire.hl7_sentence import Sentence, sentence

EVENTS = tuple(sorted({*(event for event in MEANS if event.startswith("A")), "A20"}))
AHEAD = timedelta(minutes=5)
"""A clock that is further ahead than this counts as ours: else what it says could not be changed until then."""

SEXES = {"M": "M", "F": "F", "男": "M", "女": "F", "1": "M", "2": "F"}
"""PID-8; 1 and 2 as in GB/T 2261.1."""

EMPTY_BED = frozenset("UCHK")
"""NPU-2 of a bed in which nobody lies: unoccupied, closed, housekeeping, contaminated."""

OTHER_BED = frozenset("OI")
"""Occupied, isolated: says nothing of who."""

FACTS_ONLY = ("A08", "A21", "A22")

STRANGER = "{field} is “{there}”; this feed takes messages of “{wanted}” only."
NO_ADT = "Messages of type “{kind}” are not taken, only ADT."
NO_EVENT = "Event “{event}” is not taken, only {known}."
NO_NAME = "MSH-10 must name the message in 1 to 200 characters."
NOBODY = "Neither PV1-19 nor PID-3 says who this is."
TOO_LONG = "{field} is longer than {most} characters, or cannot be printed."
NO_SWAP = "A17 needs two patients, each with PID, PV1 and the new bed in PV1-3."
NO_MERGER = "A40 needs the surviving number in PID-3 and another one in MRG-1."
CIRCLE = "These numbers were merged the other way round before."
WHICH_BED = "A20 needs the bed in NPU-1."
NO_STATUS = "NPU-2 is “{status}”, which is no status of a bed: one of C H I K O U."
NO_SUCH_BED = "Bed {bed} is not in the plan of ward {ward}; it is kept under that name."
NO_GRADE = "{field} is “{words}”, no care grade; it stays as it was."


class Refused(Exception):
    """The message will never do in this form. where: field; code: of HL7 table 0357."""

    def __init__(self, message: str, where: str = "MSH", code: int = 103, **facts: object) -> None:
        self.sentence, self.where, self.code = sentence(message, **facts), where, code
        super().__init__(str(self.sentence))


@dataclass(frozen=True)
class Merger:
    """Two patient numbers are of one person, of whom `facts` are true."""

    prior: str
    surviving: str
    facts: Facts


@dataclass(frozen=True)
class Heard:
    """All that a message says. at: when it happened. remarks: for who reads the log or the answer."""

    event: str
    at: datetime
    said: tuple[Said, ...] = ()
    emptied: Place | None = None
    merger: Merger | None = None
    remarks: tuple[Sentence, ...] = ()


@dataclass
class Reader:
    """Reads the messages of one feed. zone: of times without an offset."""

    feed: AdtFeed
    plan: NurseCallPlan
    zone: ZoneInfo
    _remarks: list[Sentence] = field(default_factory=list)

    def read(self, message: Message, now: datetime) -> Heard:
        """What `message` says; `now` is when it came. Raises Refused."""
        self._remarks = []
        self._admit(message)
        sent = self._sent(message, now)
        at = self._time(message.first("EVN").text(2), now) or sent
        if message.event == "A20":
            return Heard("A20", at, emptied=self._emptied(message), remarks=tuple(self._remarks))
        if message.event == "A40":
            return Heard("A40", at, merger=self._merger(message))
        said = tuple(self._said(message, pid, pv1, at, sent) for pid, pv1 in _groups(message))
        if message.event == "A17" and (len({one.visit for one in said}) != 2 or any(not one.place for one in said)):
            raise Refused(NO_SWAP, "PV1-3", 100)
        return Heard(message.event, at, said, remarks=tuple(self._remarks))

    def _admit(self, message: Message) -> None:
        for path, wanted, there in zip(
            ("MSH-3", "MSH-4"), (self.feed.application, self.feed.facility), message.sender, strict=True
        ):
            if wanted and there != wanted:
                raise Refused(STRANGER, path, field=path, there=there, wanted=wanted)
        if message.kind != "ADT":
            raise Refused(NO_ADT, "MSH-9.1", 200, kind=message.kind)
        if message.event not in EVENTS:
            raise Refused(NO_EVENT, "MSH-9.2", 201, event=message.event, known=" ".join(EVENTS))
        if not 1 <= len(message.control) <= 200:
            raise Refused(NO_NAME, "MSH-10", 101)

    def _sent(self, message: Message, now: datetime) -> datetime:
        return self._time(message.first("MSH").text(7), now) or now

    def _time(self, text: str, now: datetime) -> datetime | None:
        at = moment(text, self.zone)
        return None if at is None else now if at > now + AHEAD else at

    def _said(self, message: Message, pid: Segment, pv1: Segment, at: datetime, sent: datetime) -> Said:
        visit, number = _identity(pv1.text(19), "PV1-19", 64), _identity(pid.text(3), "PID-3", 32)
        if not visit and not number:
            raise Refused(NOBODY, "PV1-19", 101)
        return Said(
            by_visit(visit) if visit else by_number(number),
            message.event,
            at,
            sent,
            place=self._place(pv1, 3),
            before=self._place(pv1, 6),
            over=message.event in FACTS_ONLY and bool(pv1.text(45)),
            facts=self._facts(message, pid, pv1, number),
        )

    def _place(self, segment: Segment, number: int) -> Place | None:
        """PV1-3, PV1-6 or NPU-1 as a place of ours; None where the field is empty."""
        parts = {name: segment.text(number, component) for component, name in enumerate(BED_PARTS, 1)}
        if not any(parts.values()):
            return None
        ward = self.plan.ward(self.feed.wards.get(parts["ward"], ""))
        if ward is None:
            return ELSEWHERE
        bed = _bed(self.feed.bed, parts, ward.beds)
        if bed and bed not in ward.beds:
            self._remarks.append(sentence(NO_SUCH_BED, bed=bed, ward=ward.id))
        return Place(ward.id, bed)

    def _facts(self, message: Message, pid: Segment, pv1: Segment, number: str) -> Facts:
        sex = pid.text(8)
        return Facts(
            number=number or None,
            name=_name(pid),
            sex=SEXES.get(sex.upper(), "") if sex else None,
            born=_day(pid.text(7)),
            care_grade=self._grade(message),
            admitted_on=_day(pv1.text(44)),
        )

    def _grade(self, message: Message) -> int | None:
        if self.feed.care_grade is None or message.event == "A17":
            return None
        words = message.get(FieldPath.parse(self.feed.care_grade))
        known = self.feed.care_grades.get(words, GRADES.get(words.removesuffix("护理")))
        if words and known is None:
            self._remarks.append(sentence(NO_GRADE, field=self.feed.care_grade, words=words[:20]))
        return known

    def _emptied(self, message: Message) -> Place | None:
        npu = message.first("NPU")
        place, status = self._place(npu, 1), npu.text(2).upper()
        if place is None:
            raise Refused(WHICH_BED, "NPU-1", 101)
        if status not in EMPTY_BED | OTHER_BED:
            raise Refused(NO_STATUS, "NPU-2", status=status)
        return place if status in EMPTY_BED and place.bed else None

    def _merger(self, message: Message) -> Merger:
        pid, prior = message.first("PID"), _identity(message.first("MRG").text(1), "MRG-1", 32)
        surviving = _identity(pid.text(3), "PID-3", 32)
        if not prior or not surviving or prior == surviving:
            raise Refused(NO_MERGER, "MRG-1", 101)
        return Merger(prior, surviving, self._facts(message, pid, Segment(), surviving))


def _groups(message: Message) -> list[tuple[Segment, Segment]]:
    """Each patient of the message: PID with the PV1 that follows it. Only a swap has two."""
    groups: list[tuple[Segment, Segment]] = []
    for segment in message.segments:
        if segment.name == "PID" or (segment.name == "PV1" and not groups):
            groups.append((segment, Segment()) if segment.name == "PID" else (Segment(), segment))
        elif segment.name == "PV1" and not groups[-1][1].name:
            groups[-1] = groups[-1][0], segment
    return groups if message.event == "A17" else groups[:1] or [(Segment(), Segment())]


def _identity(text: str, where: str, most: int) -> str:
    if len(text) > most or not text.isprintable():
        raise Refused(TOO_LONG, where, 102, field=where, most=most)
    return "" if text == NULL else text


def _name(pid: Segment) -> str | None:
    """Family and given name: 李明, Smith John. None where nothing is said."""
    family, given = pid.text(5), pid.text(5, 2)
    if not family and not given:
        return None
    if NULL in (family, given):
        return ""
    return printable(f"{family}{' ' if (family + given).isascii() else ''}{given}", 64)


def _bed(template: str, parts: dict[str, str], known: tuple[str, ...]) -> str:
    """The label of the plan; where the room is not said, the bed alone. Empty where no bed is."""
    bed = re.sub(r"(?<=\w)(号?床|号)$", "", parts["bed"])
    if not bed or bed == NULL:
        return ""
    names = [parts | {"bed": parts["bed"]}, parts | {"bed": bed}]
    labels = [label(template.format(**named).strip("-_/ "), known) for named in names]
    return next((one for one in labels if one in known), labels[-1])


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if text[:8].isdecimal() else None
    except ValueError:
        return None
