"""What a pager system says of pages that it took: on a device that is not real and in time that is not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.health import State
from nursecall.page_answers import (
    ACCEPTED,
    FAILED,
    NOT_OURS,
    NOTHING,
    OUTCOMES,
    RANG,
    WAITS,
    PageAnswered,
    outcome,
    transmits,
)
from nursecall.page_memory import MOST, Memory, Page
from nursecall.pager_health import TRANSMITTER_FAILED
from nursecall.paging import NO_ANSWER, TAKEN
from nursecall.traces import Meant
from nursecall.wire.espa444 import Call, Message, Status
from tests.fakes.clock import START
from tests.nursecall.test_pagers import ACK, ENQ, EOT, POLL, SELECT, Ward, row

PAGE = Page("call-1", 3, "p:17", START)
ANSWERED = b"1" + ENQ


class Answering(Ward):
    """A pager system with something to say; what was made of that is in `answers`."""

    def __init__(self, keep: Path, **more: Any) -> None:
        super().__init__(row(**more), keep)
        self.answers: list[PageAnswered] = []
        self.bus.subscribe(PageAnswered, self.answers.append)
        self.device.opened()
        self.station = more.get("role") == "station"
        if not self.station:
            assert self.said() == POLL
            self.device.received(EOT)

    def pages(self, page: Page = PAGE, address: str = "17", text: str = "28床") -> None:
        """A page goes out, and is taken."""
        outcomes: list[object] = []
        paging = self.pagers.page("p", address, text, about=page)
        Deferred.fromCoroutine(paging).addCallback(outcomes.append)
        if self.station:
            self.device.received(EOT + b"2" + ENQ)
            assert self.said() == ANSWERED
        else:
            assert self.said() == SELECT
        self.device.received(ACK)
        self.said()
        self.device.received(ACK)
        assert len(outcomes) == 1
        self._nothing_more()

    def says(self, status: Message, encoding: str = "gb18030") -> bytes:
        """In its turn; what we answer."""
        if self.station:
            self.device.received(EOT + b"1" + ENQ + b"2" + ENQ)
            assert self.said() == ACK
        else:
            while POLL not in self.said():
                self.clock.advance(0.1)
            self.device.received(b"1" + ENQ)
            assert self.said() == ACK
        self.device.received(status.encode(encoding))
        answer = self.said()
        self.device.received(EOT)
        self._nothing_more()
        return answer

    def _nothing_more(self) -> None:
        """To the poll that follows."""
        if self.said().endswith(POLL):
            self.device.received(EOT)

    def told(self) -> list[tuple[tuple[Page, ...], str, bool]]:
        """Of which pages, what, and whether the pager was called."""
        return [(one.pages, one.outcome, one.called) for one in self.answers]


@pytest.mark.parametrize("role", [{}, {"role": "station", "own": "2", "peer": "1"}])
@pytest.mark.parametrize(
    ("status", "proves"),
    [
        (Status(status=2), [("delivered", False)]),
        (Status(status=3), [("delivered", True)]),
        (Status(status=4), [("failed", False)]),
        (Status(status=6), [("accepted", False)]),
        (Status(status=7), [("delivered", True)]),
        (Status(status=8), [("failed", False)]),
        (Status(system=1), [("failed", False)]),
        (Status(status=3, system=1), [("failed", False)]),
        (Status(status=6, system=1), [("accepted", False)]),
        (Status(status=1), []),
        (Status(status=5), []),
        (Status(status=9), []),
        (Status(status="?"), []),
        (Status(), []),
    ],
)
def test_a_status_proves_what_became_of_its_page(
    tmp_path: Path, role: dict[str, str], status: Status, proves: list[tuple[str, bool]]
) -> None:
    """In both roles; it is always acknowledged on the wire, whatever we make of it."""
    ward = Answering(tmp_path, **role)
    ward.pages()
    said = Status(address="17", text="28床", status=status.status, system=status.system)
    assert ward.says(said) == ACK
    assert ward.told() == [((PAGE,), *proved) for proved in proves]


@pytest.mark.parametrize(
    "status",
    [
        Status(address="18", text="28床", status=6),
        Status(address="17", text="29床", status=6),
        Status(status=6),
        Status(address=" ", text="", status=6),
        Status(system=1),
    ],
)
def test_a_status_of_no_page_of_ours_is_of_nothing(tmp_path: Path, status: Status) -> None:
    """Another telephone side's, or one that names nothing."""
    ward = Answering(tmp_path)
    ward.pages()
    assert ward.says(status) == ACK
    assert ward.told() == []


@pytest.mark.parametrize("repeats", [{"address": "17"}, {"text": "28床"}, {"address": "17  ", "text": "28床  "}])
def test_a_status_may_repeat_less_than_the_page_said(tmp_path: Path, repeats: dict[str, str]) -> None:
    """The address alone, the text alone, either filled up with blanks."""
    ward = Answering(tmp_path)
    ward.pages()
    ward.says(Status(status=6, **repeats))  # type: ignore[arg-type]
    assert ward.told() == [((PAGE,), "accepted", False)]


def test_every_page_that_may_be_meant_is_named_the_latest_first(tmp_path: Path) -> None:
    """Whoever knows the calls decides."""
    ward = Answering(tmp_path)
    other = Page("call-2", 1, "p:17", START)
    ward.pages()
    ward.pages(other, text="5床")
    ward.says(Status(address="17", status=6))
    ward.says(Status(address="17", text="28床", status=6))
    assert [one.pages for one in ward.answers] == [(other, PAGE), (PAGE,)]


def test_a_page_is_known_by_what_went_over_the_wire(tmp_path: Path) -> None:
    """Cut to what the standard allows, in an encoding that has no Chinese."""
    ward = Answering(tmp_path, encoding="ascii")
    ward.pages(text="床" * 200)
    ward.says(Status(address="17", text="?" * 128, status=6), "ascii")
    assert [one.pages for one in ward.answers] == [(PAGE,)]


def test_a_status_that_outruns_the_acknowledgement_counts(tmp_path: Path) -> None:
    """The page waits for its ACK, which noise took; the nurse was quick."""
    ward = Answering(tmp_path)
    Deferred.fromCoroutine(ward.pagers.page("p", "17", "28床", about=PAGE))
    assert ward.said() == SELECT
    ward.device.received(ACK)
    ward.said()
    ward.says(Status(address="17", text="28床", status=6))
    assert [one.pages for one in ward.answers] == [(PAGE,)]


def test_a_page_is_known_after_a_restart(tmp_path: Path) -> None:
    """And under a new plan."""
    before = Answering(tmp_path)
    before.pages()
    before.pagers.stop()
    after = Answering(tmp_path)
    after.says(Status(address="17", text="28床", status=6))
    assert [one.pages for one in after.answers] == [(PAGE,)]
    assert after.answers[0].pages[0].at == START


@pytest.mark.parametrize("kept", ["{", "{}", '[{"call": "c"}]', '[{"call":1,"serial":2,"device":3,"at":4}]'])
def test_a_memory_that_cannot_be_read_does_not_stop_the_pages(tmp_path: Path, kept: str) -> None:
    """It begins anew."""
    (tmp_path / "p.json").write_text(kept)
    ward = Answering(tmp_path)
    ward.pages()
    ward.says(Status(address="17", text="28床", status=6))
    assert [one.pages for one in ward.answers] == [(PAGE,)]


def test_pages_cost_no_memory_without_end(tmp_path: Path) -> None:
    """The oldest is forgotten."""
    memory = Memory(tmp_path / "p.json")
    for serial in range(MOST + 1):
        memory.sent(Page("c", serial, "p:17", START + timedelta(seconds=serial)), Call(address="17", text="28床"))
    serials = [page.serial for page in memory.of(Status(address="17"))]
    assert (len(serials), serials[0], serials[-1]) == (MOST, MOST, 1)


def test_each_status_of_the_standard_is_decided() -> None:
    """Busy and terminated prove nothing; all others do."""
    assert {code for code in range(1, 9) if outcome(Status(status=code)) is None} == {1, 5}
    assert set(OUTCOMES) == {2, 3, 4, 6, 7, 8}


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (Status(address="17", status=6), ACCEPTED),
        (Status(address="17", status=4), FAILED),
        (Status(address="17", system=1), FAILED),
        (Status(address="17", status=3), RANG),
        (Status(address="17", status=2), WAITS),
        (Status(address="17", status=1), NOTHING),
        (Status(address="18", status=6), NOT_OURS),
        (Status(system=1), TRANSMITTER_FAILED),
    ],
)
def test_what_a_status_means_stands_in_the_trace(tmp_path: Path, status: Status, means: str) -> None:
    """By the block that said it, after the page and what came of that."""
    ward = Answering(tmp_path)
    ward.pages()
    ward.says(status)
    told = [(piece.data, piece.told) for piece in ward.traces.of("pager:p").pieces() if piece.told]
    assert told[1:] == [(ACK, (Meant(TAKEN),)), (status.encode(), (Meant(means),))]


BROKEN = (State.DEGRADED, TRANSMITTER_FAILED)


@pytest.mark.parametrize("role", [{}, {"role": "station", "own": "2", "peer": "1"}])
@pytest.mark.parametrize(
    "said",
    [Status(system=0), Status(address="99", status=3), Status(address="99", status=6), Status(address="17", status=7)],
)
def test_a_failed_transmitter_is_health_until_the_system_says_otherwise(
    tmp_path: Path, role: dict[str, str], said: Status
) -> None:
    """Of whatever page: what called a pager has a transmitter."""
    ward = Answering(tmp_path, **role)
    ward.pages()
    ward.says(Status(system=1))
    assert ward.health[-1] == BROKEN
    ward.says(Status(address="99", status=2))
    ward.says(Status(address="99", status=4))
    assert ward.health[-1] == BROKEN
    ward.says(said)
    assert ward.health == [(State.STARTING, ""), (State.UP, ""), BROKEN, (State.UP, "")]


def test_a_failed_transmitter_is_health_until_a_page_is_taken(tmp_path: Path) -> None:
    """Pages are tried all the same; a line that was cut meanwhile has mended nothing."""
    ward = Answering(tmp_path)
    ward.says(Status(address="99", text="5床", system=1))
    assert ward.health[-1] == BROKEN
    ward.device.lost("The serial device was unplugged.")
    ward.device.opened()
    assert ward.said() == POLL
    ward.device.received(EOT)
    assert ward.health[-2:] == [(State.DOWN, "The serial device was unplugged."), BROKEN]
    ward.pages()
    assert ward.health[-1] == (State.UP, "")


def test_a_system_that_does_not_answer_is_down_whatever_its_transmitter(tmp_path: Path) -> None:
    """The worse is told; the rest when it answers."""
    ward = Answering(tmp_path)
    ward.says(Status(system=1))
    ward.wait(30)
    assert ward.health[-1] == (State.DOWN, NO_ANSWER)


def test_a_transmitter_that_failed_one_page_of_ours_is_that_pages_failure(tmp_path: Path) -> None:
    """It is passed on as such; the line is well."""
    ward = Answering(tmp_path)
    ward.pages()
    ward.says(Status(address="17", text="28床", system=1))
    assert ward.told() == [((PAGE,), "failed", False)]
    assert ward.health[-1] == (State.UP, "")


@pytest.mark.parametrize(("system", "works"), [(1, False), (0, True), (2, True), ("?", None), (None, None)])
def test_record_8_says_how_the_transmitter_is(system: int | str | None, works: bool | None) -> None:
    """What is no number says nothing."""
    assert transmits(Status(system=system)) is works
