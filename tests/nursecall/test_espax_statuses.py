"""What is told of an ESPA-X process, step by step: a server without a socket, a ward that is a variable."""

from __future__ import annotations

from nursecall.calls import Told
from nursecall.espax_statuses import Indicates, ProcessStatuses
from nursecall.events import Outcome as Came
from nursecall.plan_lines import EspaxLine
from nursecall.reading import Asked
from nursecall.standing import Became, Standing
from nursecall.wire.espax import Message, Outcome, Processes, Server
from nursecall.wire.espax_messages import encode_message
from nursecall.wire.espax_processes import Process
from nursecall.wire.espax_reader import Reader
from tests.fakes.clock import START

LINE = EspaxLine.model_validate({"id": "x", "ward": "w1", "protocol": "espax", "absent": ["gone"], "present": ["here"]})
CALL = {"CP-PR-REF": "r7", "CP-BED": "8", "CP-TEXTMSG": "call"}


class Line:
    """One host that has logged in and has begun one call. became: what the ward says of it."""

    def __init__(self, processes: Processes | None = None, text: str = "call") -> None:
        self.became: Became | None = None
        self.server = Server(processes=processes or Processes(first=100), session="s")
        self.there = True
        self.kept = 0
        self.statuses = ProcessStatuses(LINE, self.server.processes, self._becomes, self._tells, self._keeps)
        self.server.feed(encode_message(Message("REQ.LOGIN", {}, "1")), 0)
        if processes is None:
            self.server.feed(encode_message(Message("REQ.P-START", {**CALL, "CP-TEXTMSG": text}, "2", "s")), 0)
        self.server.outgoing()

    @property
    def process(self) -> Process:
        """That call."""
        process = self.server.processes.find("r7")
        assert process is not None
        return process

    def hears(self, standing: Standing, *told: Told, by: str = "", nobody: bool = False) -> list[str]:
        """What the host is told when that has become of its call."""
        self.became = Became(standing, by, told, nobody)
        self.statuses.changed("w1")
        return self.said()

    def said(self) -> list[str]:
        """What the host was told since the last time."""
        found = [one for one in Reader().feed(self.server.outgoing()) if isinstance(one, Message)]
        return [one["SS-RESULT"] or one["SP-RESULT"] or one["SP-STATUS"] for one in found]

    def _becomes(self, asked: Asked) -> Became | None:
        assert asked == Asked("w1", "8", "call")
        return self.became

    def _tells(self, process: Process, indicates: Indicates) -> bool:
        if self.there:
            indicates(self.server)
        return self.there

    def _keeps(self) -> None:
        self.kept += 1


def telling(outcome: Came | None, who: str = "Li", serial: int = 1) -> Told:
    """What became of telling somebody."""
    return Told(serial, "sms", who, who, outcome, START)


def test_each_standing_is_told_once() -> None:
    """And what is not new, not at all."""
    line = Line()
    assert line.hears(Standing.QUEUED) == []
    assert line.hears(Standing.PAGED) == ["Active"]
    assert line.hears(Standing.PAGED) == []
    assert line.hears(Standing.ACKNOWLEDGED, by="Li") == ["Accepted"]
    assert line.hears(Standing.SPEECH_OPEN, by="Li") == ["Conversation"]
    assert line.hears(Standing.ACKNOWLEDGED, by="Li") == ["Active"]
    assert line.hears(Standing.QUEUED) == ["Queued"]
    assert line.hears(Standing.ABSENT, nobody=True) == ["Active", "Off duty"]
    assert line.hears(Standing.TERMINATED) == ["Negative"]
    assert line.hears(Standing.TERMINATED) == []


def test_who_does_not_come_takes_no_acceptance_back() -> None:
    """Told all the same; an answer to a question, and the end, name who came."""
    line = Line()
    line.hears(Standing.ACKNOWLEDGED, telling(None), by="Wang")
    assert line.hears(Standing.ACKNOWLEDGED, telling("failed"), by="Wang") == ["Not reached"]
    assert (line.process.outcome, line.process.by) == (Outcome.ACCEPTED, "Wang")
    assert line.hears(Standing.TERMINATED) == ["Positive confirmed"]


def test_a_call_that_the_ward_has_not_heard_of_yet_is_not_over() -> None:
    """What a line that floods holds back is told a moment later."""
    line = Line()
    assert line.hears(Standing.TERMINATED) == []
    assert not line.process.over
    assert line.hears(Standing.QUEUED) == []
    assert line.hears(Standing.TERMINATED) == ["None"]


def test_nothing_is_told_while_nobody_can_know() -> None:
    """The records were not read."""
    line = Line()
    line.statuses.changed("w1")
    line.statuses.changed("w2")
    assert line.said() == []


def test_old_results_are_not_told_again_after_a_restart() -> None:
    """New ones are; and what ended meanwhile."""
    line = Line()
    line.hears(Standing.PAGED, telling("declined"))
    after = Line(line.server.processes)
    assert after.hears(Standing.PAGED, telling("declined"), telling(None, "Wang")) == []
    assert after.hears(Standing.PAGED, telling("declined"), telling("no-answer", "Wang")) == ["No answer"]
    last = Line(line.server.processes)
    assert last.hears(Standing.TERMINATED) == ["Negative"]


def test_what_ended_while_nobody_was_there_is_told_to_who_comes_back() -> None:
    """Once; the process is over at once, so that the same reference can begin another call."""
    line = Line()
    line.hears(Standing.QUEUED)
    line.there = False
    line.hears(Standing.TERMINATED)
    assert line.process.over
    line.statuses.back(line.server)
    assert line.said() == ["None"]
    line.statuses.back(line.server)
    assert line.said() == []


def test_a_nurses_presence_is_a_process_and_no_call() -> None:
    """Active from the beginning; nobody asks what became of it."""
    line = Line(text="here")
    assert line.hears(Standing.TERMINATED) == []
    line.statuses.back(line.server)
    assert line.said() == ["Active"]


def test_each_change_is_kept() -> None:
    """So that it is known after a restart."""
    line = Line()
    for standing in (Standing.QUEUED, Standing.PAGED, Standing.ACKNOWLEDGED, Standing.TERMINATED):
        before = line.kept
        line.hears(standing)
        assert line.kept > before
