"""What a pager system says of a page is what becomes of the step that sent it: the whole way, in time that is not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.simulator.pagers import far_party
from nursecall.dialogue import Dialogue
from nursecall.events import CallAcknowledged, CallEscalated
from nursecall.page_answers import PageAnswered
from nursecall.pagers import Pagers
from nursecall.paging import Outcome, Result
from nursecall.traces import Traces
from nursecall.wire.espa444 import Call, Status
from tests.appliance.reach.a_paged_ward import TEXT, APagedWard
from tests.nursecall.test_lines import FakeDevice
from tests.nursecall.test_pagers import row

BY_17 = ("p:17", "p:17")
TAKEN = (*BY_17, "delivered")
QUEUED, PAGED, ABSENT, ACKNOWLEDGED, SPEECH_OPEN, FAULT = 2, 3, 4, 6, 7, 8


class Wire(FakeDevice):
    """The pager system at its far end hears what is written."""

    far: Dialogue[Any]

    def write(self, data: bytes) -> None:
        self.far.received(data)


class Story:
    """The ward, our pager line, and the pager system."""

    def __init__(self, keep: Path) -> None:
        self.ward = APagedWard(cast(Any, self))
        self.paged: list[tuple[str, str]] = []
        self._keep = keep
        self.connect()

    def connect(self) -> None:
        """As at the start of the box."""
        clock = self.ward.clock
        self.pagers = Pagers(
            [row()], Path("/devices"), keep=self._keep, reactor=cast(Any, None), clock=clock, bus=self.ward.bus,
            traces=Traces(clock, self.ward.bus), device=self._open,
        )  # fmt: skip
        self._party = far_party(row())
        self._far: Dialogue[Any] = Dialogue(self._party, clock=clock, write=self._write, happened=self._happened)
        self._wire.far = self._far
        self.pagers.start()
        self._far.opened()
        self._wire.opened()

    async def page(self, *page: Any) -> Outcome:
        """By our pager line, whichever is in force."""
        return await self.pagers.page(*page)

    def restart(self) -> None:
        """As after `kill -9`."""
        self.pagers.stop()
        self.ward.restart()
        self.connect()

    def says(self, status: int | None, text: str = TEXT.format(bed="28"), address: str = "17", **more: Any) -> None:
        """The pager system, as soon as it is polled."""
        said = Status(address=address or None, text=text or None, status=status, **more)
        self._far.do(lambda now: cast(Any, self._party).send(said.encode("gb18030"), now))
        for _ in range(50):
            self.ward.clock.advance(0.1)
        assert cast(Any, self._party).pending == 0

    def _open(self, name: str, directory: Path, **told: Any) -> FakeDevice:
        self._wire = Wire(name, directory, **told)
        return self._wire

    def _write(self, data: bytes) -> None:
        self.ward.clock.later(timedelta(), lambda: self._wire.received(data))

    def _happened(self, event: object) -> None:
        if isinstance(event, Call):
            self.paged.append((event.address or "", event.text or ""))


def paged(keep: Path, *beds: str) -> Story:
    """Pager 17 was called for bed 28, or for others."""
    story, beds = Story(keep), beds or ("28",)
    story.ward.wait(5)
    for bed in beds:
        story.ward.press(bed)
    story.ward.wait(15)
    assert story.paged == [("17", TEXT.format(bed=bed)) for bed in beds]
    assert story.ward.results() == [TAKEN] * len(beds)
    return story


def test_whoever_acknowledges_on_the_pager_has_taken_the_call(tmp_path: Path) -> None:
    """As a nurse who answers “1”: nobody else is told, and the journal has who, when, on which device."""
    story = paged(tmp_path)
    story.says(ACKNOWLEDGED)
    call = story.ward.open("28")
    assert (call.state, call.acknowledged_by) == ("acknowledged", "寻呼机 17")
    (taken,) = story.ward.heard(CallAcknowledged)
    assert (taken.by, taken.device) == ("寻呼机 17", "pager")
    assert story.ward.results() == [TAKEN, ("寻呼机 17", "p:17", "accepted")]
    written = story.ward.journalled()[-1]
    facts = {"who": "寻呼机 17", "device": "p:17", "by": "pager", "outcome": "accepted", "serial": 1}
    assert facts.items() <= written.items()
    story.ward.wait(1300)
    assert len(story.ward.heard(CallEscalated)) == 1


@pytest.mark.parametrize(
    "status", [{"status": ABSENT}, {"status": FAULT}, {"status": None, "system": 1}, {"status": PAGED, "system": 1}]
)
def test_a_pager_that_cannot_be_called_gives_way_to_the_next_at_once(tmp_path: Path, status: dict[str, Any]) -> None:
    """Not after the ten minutes of the next step."""
    story = paged(tmp_path)
    story.says(**status)
    assert story.ward.results()[:2] == [TAKEN, (*BY_17, "failed")]
    assert [one.to for one in story.ward.heard(CallEscalated)] == [(BY_17,), (("p:18", "p:18"),)]
    assert story.paged[1:] == [("18", TEXT.format(bed="28"))]
    assert story.ward.open("28").state == "escalated"


@pytest.mark.parametrize("status", [PAGED, SPEECH_OPEN])
def test_a_pager_that_was_called_is_noted_once(tmp_path: Path, status: int) -> None:
    """Taken at one time, called at another; the tree goes on in its own time."""
    story = paged(tmp_path)
    taken_at = story.ward.open("28").told[0].at
    story.says(QUEUED)
    assert story.ward.results() == [TAKEN]
    story.says(status)
    story.says(status)
    story.says(QUEUED)
    assert story.ward.results() == [TAKEN, TAKEN]
    assert story.ward.open("28").told[0].at > taken_at
    story.ward.wait(500)
    assert len(story.ward.heard(CallEscalated)) == 1
    story.ward.wait(120)
    assert len(story.ward.heard(CallEscalated)) == 2


@pytest.mark.parametrize("status", [1, 5, 9])
def test_other_statuses_change_nothing(tmp_path: Path, status: int) -> None:
    """Busy, terminated, and what the standard does not know."""
    story = paged(tmp_path)
    story.says(status)
    assert story.ward.results() == [TAKEN]
    assert story.ward.open("28").state == "escalated"


def test_what_is_said_twice_counts_once(tmp_path: Path) -> None:
    """The second one would take a call that waits anew."""
    story = paged(tmp_path)
    story.says(ACKNOWLEDGED)
    story.says(ACKNOWLEDGED)
    assert [one[2] for one in story.ward.results()] == ["delivered", "accepted"]
    story.ward.press("28")
    story.says(ACKNOWLEDGED)
    assert story.ward.open("28").state == "raised"
    story = paged(tmp_path)
    story.says(ABSENT)
    story.says(ABSENT)
    assert story.ward.results().count((*BY_17, "failed")) == 1


def test_a_group_of_which_one_is_absent_may_still_answer(tmp_path: Path) -> None:
    """Somebody has pressed the button, whatever was said before; and whatever is said after that."""
    story = paged(tmp_path)
    story.says(ABSENT)
    story.says(PAGED)
    assert story.ward.open("28").told[0].outcome == "failed"
    story.says(ACKNOWLEDGED)
    assert story.ward.open("28").state == "acknowledged"
    story.says(ABSENT)
    assert story.ward.open("28").told[0].outcome == "accepted"


@pytest.mark.parametrize("status", [ACKNOWLEDGED, ABSENT, PAGED])
def test_what_comes_late_changes_nothing(tmp_path: Path, status: int) -> None:
    """The call is taken, raised anew, or over."""
    story = paged(tmp_path)
    story.ward.take()
    story.says(status)
    assert (story.ward.open("28").acknowledged_by, story.ward.results()) == ("葛晓芸", [TAKEN])
    story.ward.press("28")
    story.says(status)
    assert (story.ward.open("28").state, story.ward.results()) == ("raised", [TAKEN])
    story.ward.reset("28")
    story.says(status)
    assert (story.ward.wards.open(), story.ward.results()) == ([], [TAKEN])


def test_a_page_sent_after_it_was_raised_anew_is_answered(tmp_path: Path) -> None:
    """The same words to the same pager: the latest is meant."""
    story = paged(tmp_path)
    story.ward.take()
    story.ward.press("28")
    story.ward.wait(15)
    assert len(story.paged) == 2
    story.says(ACKNOWLEDGED)
    assert story.ward.open("28").acknowledged_by == "寻呼机 17"
    assert [one.serial for one in story.ward.open("28").told if one.outcome == "accepted"] == [2]


@pytest.mark.parametrize("who", [{"address": "99"}, {"text": "5床 呼叫"}, {"address": "", "text": ""}])
def test_a_status_of_no_page_of_ours_changes_nothing(tmp_path: Path, who: dict[str, str]) -> None:
    """Another telephone side shares the pager system."""
    story = paged(tmp_path)
    for status in (ACKNOWLEDGED, ABSENT, PAGED):
        story.says(status, **who)
    assert (story.ward.open("28").state, story.ward.results()) == ("escalated", [TAKEN])


def test_a_status_that_may_mean_two_calls_takes_neither(tmp_path: Path) -> None:
    """The address alone: one of them would fall silent unheard. When one call is over, it means the other."""
    story = paged(tmp_path, "28", "5")
    answered: list[PageAnswered] = []
    story.ward.bus.subscribe(PageAnswered, answered.append)
    story.says(ACKNOWLEDGED, text="")
    assert len(answered[0].pages) == 2
    assert {call.state for call in story.ward.wards.open()} == {"escalated"}
    story.ward.reset("28")
    story.says(ACKNOWLEDGED, text="")
    assert story.ward.open("5").state == "acknowledged"


def test_a_status_finds_its_call_after_a_restart(tmp_path: Path) -> None:
    """Page and call are both on disk."""
    story = paged(tmp_path)
    story.restart()
    story.says(ACKNOWLEDGED)
    assert story.ward.open("28").acknowledged_by == "寻呼机 17"


@pytest.mark.parametrize("result", list(Result))
def test_a_word_that_outruns_the_acknowledgement_stands(result: Result) -> None:
    """Noise took the acknowledgement of the page, and the nurse was quicker than the page's end."""

    class Quick:
        async def page(self, *page: Any) -> Outcome:
            ward.bus.publish(PageAnswered(ward.clock.now(), "p", (page[4],), "accepted"))
            return Outcome(result, "so")

    ward = APagedWard(Quick())
    ward.paged()
    assert ward.results() == [("寻呼机 17", "p:17", "accepted")]
    assert ward.open("28").state == "acknowledged"
