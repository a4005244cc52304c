"""ADT messages of a hospital's system: who lies where afterwards, and what is answered."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nursecall.adt import EVENTS
from nursecall.adt_messages import forget, recent
from nursecall.events import PatientsChanged
from nursecall.patient_events import PatientLeft
from tests.fakes.clock import START
from tests.nursecall.adt_feed import AFeed, adt, beds_after, feed, person
from tests.support import now

LI = person("V1", "内一^^28", name="李^明", number="1001", born="19500304", admitted="20260228101500", grade="一级护理")


def test_every_event_that_was_promised_is_known() -> None:
    """No more and no less."""
    promised = "A01 A02 A03 A04 A06 A07 A08 A11 A12 A13 A17 A20 A21 A22 A40"
    assert " ".join(EVENTS) == promised


def test_an_admission_puts_a_patient_to_bed() -> None:
    """With all that a nurse sees, and the wards are told when it can be looked up."""
    there = AFeed()
    found = []
    there.bus.subscribe(PatientsChanged, lambda event: found.append((event.wards, there.patients.at("w1", "28"))))
    assert [answer.code for answer in there.send(adt("A01", 0, LI))] == ["AA"]
    ((wards, patient),) = found
    assert wards == ("w1",)
    assert patient is not None
    assert (patient.name, patient.number, patient.visit, patient.sex) == ("李明", "1001", "V1", "M")
    assert (patient.born, patient.care_grade) == (date(1950, 3, 4), 1)
    assert (patient.admitted_on, patient.source) == (date(2026, 2, 28), "his")


@pytest.mark.parametrize(
    ("event", "row", "beds"),
    [
        ("A01", person("V1", "W2^^3"), {"w2:3": "V1"}),
        ("A02", person("V1", "W2^^3", before="内一^^28"), {"w2:3": "V1"}),
        ("A02", person("V1", "ICU^^3", before="内一^^28"), {}),
        ("A03", person("V1", "内一^^28"), {}),
        ("A04", person("V1", "W2^^3"), {"w2:3": "V1"}),
        ("A06", person("V1", "W2^^3"), {"w2:3": "V1"}),
        ("A07", person("V1"), {}),
        ("A08", person("V1", "W2^^3"), {"w2:3": "V1"}),
        ("A08", person("V1"), {"w1:28": "V1"}),
        ("A11", person("V1", "内一^^28"), {}),
        ("A12", person("V1", "内一^^28", before="内一^^27"), {"w1:27": "V1"}),
        ("A13", person("V1", "W2^^3"), {"w2:3": "V1"}),
        ("A20", "NPU|内一^^28|U", {"w1:V1": "V1"}),
        ("A20", "NPU|内一^^28|O", {"w1:28": "V1"}),
        ("A21", person("V1"), {"w1:28": "V1"}),
        ("A22", person("V1"), {"w1:28": "V1"}),
        ("A02", person("V1", "内一^^"), {"w1:V1": "V1"}),
    ],
)
def test_each_event_after_an_admission(event: str, row: str, beds: dict[str, str]) -> None:
    """One line each; who is in a ward of ours without a bed is listed."""
    there = AFeed()
    assert [answer.code for answer in there.send(adt("A01", 0, LI), adt(event, 5, row))] == ["AA", "AA"]
    assert there.beds() == beds


def test_leave_is_shown_and_ends() -> None:
    """The bed is kept, and calls of it still name the patient."""
    there = AFeed()
    there.send(adt("A01", 0, LI), adt("A21", 1, person("V1")))
    patient = there.patients.at("w1", "28")
    assert patient is not None
    assert patient.away
    there.send(adt("A22", 2, person("V1")))
    assert [patient.away for patient in there.patients.every()] == [False]


def test_two_patients_swap_beds_at_once() -> None:
    """Neither is ever without one."""
    there = AFeed()
    there.send(adt("A01", 0, LI), adt("A01", 1, person("V2", "内一^^29")))
    there.told.clear()
    swap = adt("A17", 2, person("V1", "内一^^29", before="内一^^28"), person("V2", "内一^^28", before="内一^^29"))
    assert [(answer.code, answer.text) for answer in there.send(swap)] == [("AA", "")]
    assert there.beds() == {"w1:29": "V1", "w1:28": "V2"}
    assert [type(event).__name__ for event in there.told] == ["PatientMoved", "PatientMoved", "PatientsChanged"]


def test_the_later_of_two_in_one_bed_has_it_and_the_other_is_not_lost() -> None:
    """Until somebody puts the first one somewhere; the answer and the journal say so, without names."""
    there = AFeed()
    first, second = there.send(adt("A01", 0, LI), adt("A01", 1, person("V2", "内一^^28", name="王^芳")))
    assert (first.text, second.text) == ("", "A bed was taken from another visit, which has none now.")
    assert there.beds() == {"w1:28": "V2", "w1:V1": "V1"}
    assert [patient.said_bed for patient in there.patients.every() if not patient.bed] == ["28"]
    there.send(adt("A08", 2, LI), adt("A03", 3, person("V2")))
    assert there.beds() == {"w1:V1": "V1"}
    there.send(adt("A02", 4, LI))
    assert there.beds() == {"w1:28": "V1"}
    assert [entry.kind for entry in there.journal()] == [
        f"nursecall.{kind}"
        for kind in ("PatientCame", "PatientCame", "PatientLostBed", "AdtWithoutEffect", "PatientLeft", "PatientMoved")
    ]
    assert "王" not in str(there.journal())
    assert "李" not in str(there.journal())


def test_a_mistake_taken_back_gives_the_bed_back() -> None:
    """An admission, a transfer."""
    wrong = adt("A01", 1, person("V2", "内一^^28"))
    assert beds_after([adt("A01", 0, LI), wrong, adt("A11", 2, person("V2"))]) == {"w1:28": "V1"}
    back = adt("A12", 3, person("V2", "内一^^28", before="内一^^30"))
    story = [adt("A01", 0, LI), adt("A01", 1, person("V2", "内一^^30")), adt("A02", 2, person("V2", "内一^^28")), back]
    assert beds_after(story) == {"w1:28": "V1", "w1:30": "V2"}


def test_a_duplicate_gets_the_same_answer_and_changes_nothing() -> None:
    """Also after a restart, and with another time in its head."""
    there = AFeed()
    first, taken = adt("A01", 0, LI, control="1"), adt("A01", 1, person("V2", "内一^^28"), control="2")
    answers = there.send(first, taken)
    before, beds = there.journal(), there.beds()
    assert there.send(first, taken) == answers
    there.restart()
    there.told.clear()
    again = taken.replace("|20260302090100||", "|20260302093000||")
    assert again != taken
    assert there.send(again, first) == answers[::-1]
    assert (there.journal(), there.beds(), there.told) == (before, beds, [])


def test_an_old_number_on_a_new_message_is_no_duplicate() -> None:
    """A system that was set up again counts from 1: its admissions must not be lost."""
    there = AFeed()
    there.send(adt("A01", 0, LI, control="1"), adt("A01", 1, person("V2", "内一^^29"), control="1"))
    assert there.beds() == {"w1:28": "V1", "w1:29": "V2"}


def test_an_older_message_undoes_nothing_and_is_explained() -> None:
    """In the answer and the journal."""
    there = AFeed()
    there.send(adt("A01", 0, LI), adt("A02", 5, person("V1", "W2^^3")))
    (late,) = there.send(adt("A02", 3, person("V1", "内一^^30")))
    assert (late.code, late.text) == ("AA", "Older than what is known of this visit; nothing was changed.")
    assert there.beds() == {"w2:3": "V1"}
    last = there.journal()[-1]
    assert (last.kind, last.body["visit"], last.body["why"]) == ("nursecall.AdtWithoutEffect", "v:V1", late.text)


def test_an_update_after_the_discharge_brings_nobody_back() -> None:
    """The bed belongs to who came after."""
    there = AFeed()
    there.send(adt("A01", 0, LI), adt("A03", 1, person("V1")), adt("A01", 2, person("V2", "内一^^28")))
    (late,) = there.send(adt("A08", 3, LI))
    assert late.text == "The visit is over; nothing was changed."
    assert there.beds() == {"w1:28": "V2"}


def test_a_ward_that_is_not_ours_is_no_fault() -> None:
    """The hospital tells of all its wards."""
    (answer,) = AFeed().send(adt("A01", 0, person("V1", "ICU^^1")))
    assert (answer.code, answer.text) == ("AA", "The ward is none of ours; nothing was changed.")


def test_a_merged_number_is_one_person_whatever_comes_later() -> None:
    """The unknown patient of the night gets their name, also on a visit that is told only later."""
    unknown = person("V1", "内一^^28", name="无名氏", number="X7")
    merge = adt("A40", 9, "PID|1||1001||李^明||19500304|M", "MRG|X7")
    late = adt("A08", 2, person("V3", "W2^^3", name="无名氏", number="X7"))
    for story in ([adt("A01", 0, unknown), late, merge], [merge, adt("A01", 0, unknown), late]):
        there = AFeed()
        assert {answer.code for answer in there.send(*story)} == {"AA"}
        assert {(p.name, p.number, p.bed) for p in there.patients.every()} == {
            ("李明", "1001", "28"),
            ("李明", "1001", "3"),
        }


def test_who_has_no_visit_number_is_known_by_the_patients() -> None:
    """And a merger makes one of two."""
    there = AFeed()
    there.send(adt("A01", 0, person("", "内一^^28", number="X7")), adt("A01", 1, person("", "内一^^29", number="1001")))
    assert there.beds() == {"w1:28": "X7", "w1:29": "1001"}
    there.send(adt("A40", 2, "PID|1||1001||李^明", "MRG|X7"))
    assert there.beds() == {"w1:29": "1001"}
    (circle,) = there.send(adt("A40", 3, "PID|1||X7||李^明", "MRG|1001"))
    assert (circle.code, circle.error) == ("AR", 205)


def test_a_list_that_was_imported_goes_on_as_visits() -> None:
    """What was known by the patient's number only takes the visit's; nobody is there twice."""
    there = AFeed()
    head = "ward,bed,number,name,care_grade\n"
    now(there.patients.import_csv(head + "w1,28,1001,李明,1\nw1,29,1002,王芳,2\n", there.plan))
    there.send(adt("A08", 1441, LI), adt("A02", 1442, person("V2", "W2^^3", number="1002")))
    assert there.beds() == {"w1:28": "V1", "w2:3": "V2"}
    there.clock.advance(3600)
    now(there.patients.import_csv(head + "w1,30,1001,李明,1\n", there.plan))
    assert there.beds() == {"w1:30": "V1", "w2:3": "V2"}
    there.send(adt("A03", 1441 + 120, person("V1")))
    assert there.beds() == {"w2:3": "V2"}


@pytest.mark.parametrize(
    ("template", "written", "label"),
    [
        ("{bed}", "内一^^28", "28"),
        ("{bed}", "内一^^028", "28"),
        ("{bed}", "内一^^28床", "28"),
        ("{bed}", "内一^^28号床", "28"),
        ("{room}{bed}", "内一^2^8", "28"),
        ("{room}-{bed}", "内一^^28", "28"),
        ("{room}-{bed}", "内一^1203^2", "1203-2"),
        ("{bed}", "内一^1203^加5", "加5"),
        ("{bed}", '内一^1203^""', ""),
    ],
)
def test_beds_get_the_plans_labels(template: str, written: str, label: str) -> None:
    """As the hospital's system writes them; one that is not in the plan keeps its own."""
    there = AFeed(feed(bed=template))
    (answer,) = there.send(adt("A01", 0, person("V1", written)))
    assert [patient.bed for patient in there.patients.every()] == [label]
    assert ("is not in the plan" in answer.text) == (label in ("1203-2", "加5"))


@pytest.mark.parametrize(("words", "grade"), [("特级", 0), ("X", 0), ("二级护理", 2), ("3", 3), ("", 2), ("?", 2)])
def test_care_grades_are_read_where_the_plan_says(words: str, grade: int) -> None:
    """In the hospital's own words; unknown ones leave it as it was."""
    there = AFeed()
    (answer,) = there.send(adt("A01", 0, person("V1", "内一^^28", grade=words)))
    assert [patient.care_grade for patient in there.patients.every()] == [grade]
    assert ("no care grade" in answer.text) == (words == "?")


@pytest.mark.parametrize(
    ("message", "where", "error", "said"),
    [
        (adt("A05", 0, LI), "MSH-9.2", 201, "Event “A05” is not taken, only A01 A02"),
        (adt("A01", 0, LI).replace("ADT^A01", "ORU^R01"), "MSH-9.1", 200, "Messages of type “ORU”"),
        (
            adt("A01", 0, LI).replace("|HIS|", "|LAB|"),
            "MSH-3",
            103,
            "MSH-3 is “LAB”; this feed takes",
        ),
        (adt("A01", 0, LI, control="x" * 201), "MSH-10", 101, "MSH-10 must name the message"),
        (adt("A01", 0, person("", "内一^^28", number="")), "PV1-19", 101, "Neither PV1-19 nor PID-3"),
        (adt("A01", 0, person("V" * 65, "内一^^28")), "PV1-19", 102, "longer than 64 characters"),
        (adt("A17", 0, LI), "PV1-3", 100, "A17 needs two patients"),
        (adt("A17", 0, LI, LI), "PV1-3", 100, "A17 needs two patients"),
        (adt("A17", 0, LI, person("V2")), "PV1-3", 100, "A17 needs two patients"),
        (adt("A20", 0, "NPU||U"), "NPU-1", 101, "A20 needs the bed in NPU-1"),
        (adt("A20", 0, "NPU|内一^^1|Z"), "NPU-2", 103, "“Z”, which is no status of a bed"),
        (adt("A40", 0, "PID|1||1001", "MRG|1001"), "MRG-1", 101, "A40 needs the surviving number"),
        ("nonsense", "MSH", 100, "does not begin with an MSH segment"),
        (adt("A01", 0, LI, charset="ISO IR87"), "MSH-18", 103, "character set ISO IR87 in MSH-18 is not supported"),
    ],
)
def test_what_can_never_be_taken_is_refused_in_a_sentence(message: str, where: str, error: int, said: str) -> None:
    """Nothing is changed; the refusal is where people look for it, and is not remembered against a better message."""
    there = AFeed(feed(application="HIS", facility="H1"))
    (answer,) = there.send(message)
    assert (answer.code, answer.where, answer.error) == ("AR", where, error)
    assert said in answer.text
    assert (there.beds(), there.journal()) == ({}, [])
    assert [row.code for row in now(recent(there.database))] == ["AR"]


def test_a_refused_message_can_be_sent_again_when_the_plan_is_right() -> None:
    """Its number is not used up."""
    there = AFeed(feed(application="OTHER"))
    message = adt("A01", 0, LI, control="1")
    there.send(message, message)
    there.feed = feed()
    there.restart()
    assert [answer.code for answer in there.send(message)] == ["AA"]
    assert [(row.code, row.control) for row in now(recent(there.database))] == [("AA", "1")]


def test_without_records_the_sender_keeps_its_message() -> None:
    """Nothing is half loaded; sent again it counts."""
    there = AFeed()
    there.database.broken = RuntimeError("disk full")
    message = adt("A01", 0, LI)
    (answer,) = there.send(message)
    assert (answer.code, answer.text) == ("AE", "The records cannot be written just now; send it again.")
    assert (there.beds(), there.told) == ({}, [])
    there.database.broken = None
    assert [answer.code for answer in there.send(message)] == ["AA"]
    assert there.beds() == {"w1:28": "V1"}


def test_a_mistake_of_our_own_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent again it would be made again: so it is refused, and the next message is taken."""
    there, message = AFeed(), adt("A01", 0, LI)
    with monkeypatch.context() as patched:
        patched.setattr("nursecall.adt._name", lambda _pid: 1 // 0)
        assert [(answer.code, answer.error) for answer in there.send(message)] == [("AR", 0)]
    assert [answer.code for answer in there.send(message)] == ["AA"]


def test_a_commit_whose_answer_was_lost_is_found_by_the_repeat() -> None:
    """The records have it, memory does not: the duplicate brings it, and the wards are told."""
    there, message = AFeed(), adt("A01", 0, LI)
    there.send(message)
    there.patients._hold([])
    there.told.clear()
    there.send(message)
    assert there.beds() == {"w1:28": "V1"}
    assert [type(event).__name__ for event in there.told] == ["PatientsChanged"]


def test_a_clock_that_is_ahead_does_not_freeze_a_bed() -> None:
    """A message of the year 2099 counts as of now; a day without a time is no order at all."""
    there = AFeed()
    there.send(adt("A01", 0, LI).replace("EVN|A01|2026", "EVN|A01|2099"))
    there.clock.advance(60)
    there.send(
        adt("A02", 24 * 60 + 2, person("V1", "W2^^3")).replace(at_day := "EVN|A02|20260303", at_day[:-8] + "20990303")
    )
    assert there.beds() == {"w2:3": "V1"}
    day = adt("A03", 24 * 60 + 3, person("V1"))
    there.clock.advance(180)
    there.send(day.replace(day.split("EVN|A03|")[1].split("\r")[0], "20260303"))
    assert there.beds() == {}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_messages_in_either_character_set_are_taken(encoding: str) -> None:
    """MSH-18 names it or not."""
    there = AFeed()
    there.send(adt("A01", 0, LI, charset=""), encoding=encoding)
    there.send(adt("A01", 1, person("V2", "内一^^29", name="侟^亅"), charset="GB18030"), encoding="gb18030")
    assert [patient.name for patient in there.patients.every("w1")] == ["李明", "侟亅"]


def test_old_things_are_forgotten_and_nobody_gets_a_bed_by_it() -> None:
    """Who was put out of a bed stays out when the one who came after is forgotten."""
    there = AFeed()
    there.send(adt("A01", 0, LI), adt("A01", 1, person("V2", "内一^^28")), adt("A03", 2, person("V2")))
    there.send(adt("A01", 3, person("V3", "W2^^3")), adt("A03", 4, person("V3")))
    now(there.database.transact(lambda connection: forget(connection, START + timedelta(minutes=60))))
    there.send(adt("A20", 5, "NPU|内一^^40|U"), adt("A08", 6, LI))
    assert there.beds() == {"w1:V1": "V1"}
    assert len(now(recent(there.database))) == 7
    now(there.database.transact(lambda connection: forget(connection, START + timedelta(days=2))))
    assert now(recent(there.database)) == []
    assert there.send(adt("A02", 7, LI))[0].code == "AA"


BEDS = [None, "内一^^1", "内一^^2", "W2^^1", "内一^^", "ICU^^9"]


@st.composite
def stories(draw: st.DrawFn) -> list[str]:
    """A history of three visits in few beds, one thing a minute, in order."""
    messages = []
    for minute in range(draw(st.integers(1, 9))):
        event = draw(st.sampled_from([event for event in EVENTS if event not in ("A20", "A40")]))
        visits = draw(st.permutations(["V1", "V2", "V3"]))
        bed, other, before = (draw(st.sampled_from(BEDS)) for _ in range(3))
        rows = [person(visits[0], bed, before=before or "")]
        if event == "A17":
            rows = [person(visits[0], bed or "内一^^1"), person(visits[1], other or "内一^^2")]
        messages.append(adt(event, minute, *rows, control=str(minute)))
        if draw(st.booleans()) and draw(st.booleans()):
            messages.append(adt("A20", minute + 0.5, "NPU|内一^^1|U", control=f"{minute}b"))
    return messages


@settings(max_examples=40, deadline=None)
@given(stories(), st.randoms(use_true_random=False), st.data())
def test_any_order_of_arrival_ends_in_the_same_beds(
    story: list[str], chance: random.Random, data: st.DataObject
) -> None:
    """Shuffled, duplicated: the same messages end in the same beds, with nobody lost."""
    late = story + data.draw(st.lists(st.sampled_from(story), max_size=5))
    chance.shuffle(late)
    assert beds_after(late) == beds_after(story)


def test_leaving_is_told_with_the_bed_that_is_free() -> None:
    """What a bill or a cleaning round would want to know."""
    there = AFeed()
    there.send(adt("A01", 0, LI), adt("A03", 1, person("V1")))
    (left,) = (event for event in there.told if isinstance(event, PatientLeft))
    assert (left.visit, left.ward, left.bed) == ("v:V1", "w1", "28")
