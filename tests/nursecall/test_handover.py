"""What one shift tells the next."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from appliance.foundation.values import Language
from nursecall.care_events import HandoverTaken, NoteWritten
from nursecall.events import CallEscalated
from nursecall.handover import Handover, handover
from nursecall.handover_report import handover_pdf
from nursecall.plan_types import PLUG_OUT
from nursecall.roster import Run
from nursecall.schema import nurse_calls
from tests.nursecall.a_staffed_ward import MONDAY, AStaffedWard, a_patient, care_plan
from tests.nursecall.a_ward import ZONE, plan
from tests.support import now

HOUR = timedelta(hours=1)


def run(ward: AStaffedWard, shift: str = "day") -> Run:
    found = ward.roster.run("w1", MONDAY, shift)
    assert found is not None
    return found


def told(ward: AStaffedWard, shift: str = "day") -> Handover:
    return now(handover(ward.database, "w1", run(ward, shift), ward.clock.now()))


def test_the_calls_of_the_shift_are_told_bed_by_bed() -> None:
    """How many, of what kind, the longest wait; what is open still; what nobody has taken."""
    ward = AStaffedWard(None, a_patient("28", 3))
    ward.press("28")
    ward.clock.advance(90)
    ward.reset("28")
    ward.press("28", "wc")
    ward.clock.advance(1)
    ward.press("3")
    ward.acknowledge("3")
    ward.clock.advance(30)
    found = told(ward)
    assert [(bed.bed, bed.patient, bed.count, bed.kinds, bed.longest) for bed in found.by_bed] == [
        ("3", "", 1, (("call", 1),), 30),
        ("28", "王秀英", 2, (("call", 1), ("wc", 1)), 90),
    ]
    assert [(call.bed, call.call_type) for call in found.open] == [("28", "wc"), ("3", "call")]
    assert [call.bed for call in found.unanswered] == ["28"]
    assert found.escalated == []


def test_what_was_passed_on_and_what_was_broken_is_told_apart() -> None:
    """A terminal in trouble is no patient's call."""
    ward = AStaffedWard()
    ward.press("28")
    ward.terminal("9", False)
    ward.clock.advance(121)
    assert ward.heard(CallEscalated)
    found = told(ward)
    assert [call.bed for call in found.escalated] == ["28"]
    assert [(call.bed, call.call_type) for call in found.troubles] == [("9", PLUG_OUT)]
    assert [call.bed for call in found.calls] == ["28"]


def test_a_shift_that_is_over_is_told_as_it_ended() -> None:
    """What came later is the next one's; what was open then is open in it, also when it has ended since."""
    ward = AStaffedWard(care_plan())
    ward.clock.advance(10 * HOUR)
    ward.press("28")
    ward.clock.advance(2 * HOUR)
    ward.reset("28")
    ward.press("5")
    day, night = told(ward), told(ward, "night")
    assert day.until == run(ward).end
    assert ([call.bed for call in day.calls], [call.bed for call in day.open]) == (["28"], ["28"])
    assert ([call.bed for call in night.calls], [call.bed for call in night.open]) == (["5"], ["5"])
    assert night.until == ward.clock.now()


def test_notes_requests_and_missed_rounds_are_told() -> None:
    """Notes by bed; a note's words are not in the journal."""
    ward = AStaffedWard(None, a_patient("1", 0), a_patient("2", 1))
    now(ward.care.handovers.note("w1", "1", "夜间躁动，注意约束带", "沈敏"))
    now(ward.care.handovers.note("w1", "", "抢救车已补齐", "沈敏"))
    service = ward.plan.service("water")
    assert service is not None
    now(ward.care.services.ask("w1", "2", service, "", "沈敏"))
    ward.clock.advance(HOUR)
    ward.care.rounding.done("w1", "1", "沈敏")
    ward.clock.advance(1)
    found = told(ward)
    assert [(note.bed, note.text, note.by) for note in found.notes] == [
        ("1", "夜间躁动，注意约束带", "沈敏"),
        ("", "抢救车已补齐", "沈敏"),
    ]
    assert [(bed.bed, bed.done, len(bed.missed)) for bed in found.missed] == [("1", 1, 3)]
    assert [request.service for request in found.requests] == ["water"]
    assert len(ward.heard(NoteWritten)) == 2
    assert "约束带" not in "".join(str(entry.body) for entry in ward.journal())


@pytest.mark.parametrize("text", ["", "  ", "长" * 301])
def test_a_note_that_cannot_be_is_refused(text: str) -> None:
    """By the sentence that the page shows."""
    ward = AStaffedWard()
    with pytest.raises(ValueError, match="1 to 300"):
        now(ward.care.handovers.note("w1", "1", text, "沈敏"))


def test_the_arriving_shift_takes_over_by_name() -> None:
    """Each once; with the log-in at which that was said in the journal."""
    ward = AStaffedWard()
    ward.clock.advance(11 * HOUR)
    for name, staff in (("葛晓芸", "1002"), ("葛晓芸", "1002"), ("卜丽华", "")):
        now(ward.care.handovers.take("w1", run(ward), name, staff, "nurse"))
        ward.clock.advance(1)
    assert [taken.by for taken in told(ward).taken] == ["葛晓芸", "卜丽华"]
    events = [(event.staff, event.by, event.shift) for event in ward.heard(HandoverTaken)]
    assert events == [("1002", "nurse", "day"), ("", "nurse", "day")]


def test_an_open_call_of_days_ago_is_told_too() -> None:
    """Nobody may forget it because it is old."""
    ward = AStaffedWard()
    ward.press("28")
    with ward.database.engine.begin() as connection:
        connection.execute(nurse_calls.update().values(raised_at=ward.clock.now() - timedelta(days=9)))
    ward.clock.advance(60)
    found = told(ward)
    assert ([call.bed for call in found.calls], [call.bed for call in found.open]) == ([], ["28"])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("交接班", "一病区", "白班 08:00–20:00", "王秀英", "呼叫", "漏巡视", "送水", "抢救车已补齐", "接班人")),
        ("en", ("Hand-over", "Ward 1", "Day 08:00–20:00", "Rounds missed", "Water", "Taken over by")),
    ],
)
def test_it_is_printed_in_both_languages(language: Language, said: tuple[str, ...]) -> None:
    """Everything that the page says, with room to sign."""
    ward = AStaffedWard(None, a_patient("28", 0))
    ward.press("28")
    now(ward.care.handovers.note("w1", "", "抢救车已补齐", "沈敏"))
    service = ward.plan.service("water")
    assert service is not None
    now(ward.care.services.ask("w1", "2", service, "温水", "沈敏"))
    ward.clock.advance(HOUR)
    pdf = handover_pdf(told(ward), ward.plan, "w1", ZONE, language, "仁和医院", printed_at=ward.clock.now())
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert [part for part in said if part not in text] == []


def test_an_empty_shift_is_printed_too() -> None:
    """Nothing happened is a message as well."""
    ward = AStaffedWard(plan())
    pdf = handover_pdf(told(ward), ward.plan, "w1", ZONE, "en", "Renhe")
    assert "No calls in this shift." in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
