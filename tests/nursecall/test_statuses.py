"""A host that asks what became of its call, and one that is told unasked: a line without a device, time that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from appliance.foundation.clock import Clock
from nursecall.espa_memory import MOST, Memory
from nursecall.lines import Lines
from nursecall.plan_lines import EspaLine, TapLine
from nursecall.reading import Asked
from nursecall.standing import Standing
from nursecall.statuses import Statuses
from nursecall.traces import Traces
from nursecall.wire.espa444 import Call, Message, Reset, Status, StatusRequest
from tests.nursecall.a_ward import AWard
from tests.nursecall.test_lines import FakeDevice
from tests.support import now

ENQ, EOT, ACK = b"\x05", b"\x04", b"\x06"
SELECT, POLL = EOT + b"1" + ENQ + b"2" + ENQ, EOT + b"2" + ENQ
PRESS = Call(address="8", text="8床 呼叫", type=3, beep=5)
REQUEST = StatusRequest(address="8", text="8床 呼叫")


def wired(message: Message) -> bytes:
    """As the line carries it."""
    return message.encode("gb18030")


def status(code: int, about: Message = REQUEST) -> bytes:
    """What the host is to hear of `about`."""
    return wired(Status(**{**about.records(), "status": code}))  # type: ignore[arg-type]


class Line:
    """A host line of a real ward."""

    def __init__(self, keep: Path = Path("/nowhere"), ward: AWard | None = None, **more: Any) -> None:
        self.ward = ward or AWard()
        said = {"id": "l1", "ward": "w1", "device": "l1", "types": {"WC": "wc"}}
        self.plan = EspaLine.model_validate(said | more)
        self.keep = keep
        self.open()

    def open(self) -> None:
        """As at the start of the box."""
        self.devices: list[FakeDevice] = []
        clock: Clock = self.ward.clock
        self.lines = Lines(
            [self.plan],
            Path("/devices"),
            keep=self.keep,
            reactor=cast(Any, None),
            clock=clock,
            bus=self.ward.bus,
            heard=self.ward.wards.heard,
            stands=self.ward.wards.standing,
            becomes=self.ward.wards.became,
            traces=Traces(clock, self.ward.bus),
            device=self._device,
        )
        self.lines.start()
        self.devices[0].opened()

    def _device(self, name: str, directory: Path, **told: Any) -> FakeDevice:
        self.devices.append(FakeDevice(name, directory, **told))
        return self.devices[-1]

    def hears(self, data: bytes) -> bytes:
        """What is answered."""
        self.devices[0].written = b""
        self.devices[0].received(data)
        return self.devices[0].written

    def waits(self, seconds: float) -> bytes:
        """What is said of its own accord meanwhile."""
        self.devices[0].written = b""
        self.ward.clock.advance(seconds)
        return self.devices[0].written

    def presses(self, message: Message = PRESS) -> None:
        """The host tells it, in its turn, and goes on."""
        assert self.hears(SELECT + wired(message)) == ACK + ACK
        assert self.hears(EOT) == b""

    def polls(self) -> bytes:
        """The status that waits, by the whole of our turn; empty for none."""
        if self.hears(POLL) == EOT:
            return b""
        block = self.hears(ACK)
        assert self.hears(ACK) == EOT
        return block

    def asks(self, request: Message = REQUEST) -> bytes:
        """A question, and its answer in our turn."""
        self.presses(request)
        return self.polls()


class Polled(Line):
    """The other role: we poll the host."""

    def __init__(self, keep: Path = Path("/nowhere"), **more: Any) -> None:
        super().__init__(keep, role="control", **more)
        self.waits(0)

    def asks(self, request: Message = REQUEST) -> bytes:
        """In its turn, when we have just polled it; we poll ourselves to answer."""
        assert self.hears(b"2" + ENQ) == ACK
        assert self.hears(wired(request)) == ACK
        self.hears(EOT)
        assert self.waits(0) == EOT + b"2" + ENQ + b"1" + ENQ
        block = self.hears(ACK)
        assert self.hears(ACK) == EOT
        assert self.waits(0) == EOT + b"1" + ENQ
        return block


class TestAsked:
    """Always answered, whatever the plan says."""

    def test_a_request_is_answered_when_we_are_polled(self) -> None:
        """Poll, `1 ENQ`, ACK, status, ACK, EOT."""
        line = Line()
        line.presses()
        line.presses(REQUEST)
        assert line.hears(POLL) == b"1" + ENQ
        assert line.hears(ACK) == status(Standing.QUEUED)
        assert line.hears(ACK) == EOT
        assert line.polls() == b""

    def test_a_request_is_answered_when_we_poll(self) -> None:
        """`2 ENQ 1 ENQ`, ACK, status, ACK, EOT, and the next poll."""
        line = Polled()
        line.ward.press("8")
        assert line.asks() == status(Standing.QUEUED)

    def test_the_answer_follows_the_call(self) -> None:
        """From the press to the reset; what is not open is terminated."""
        line = Line()
        assert line.asks() == status(Standing.TERMINATED)
        line.presses()
        assert line.asks() == status(Standing.QUEUED)
        line.ward.wait(121)
        assert line.asks() == status(Standing.PAGED)
        line.ward.acknowledge("8")
        assert line.asks() == status(Standing.ACKNOWLEDGED)
        assert now(line.ward.wards.talk_began(line.ward.open("8").id, "nurse"))
        assert line.asks() == status(Standing.SPEECH_OPEN)
        line.presses(Reset(address="8", text="8床"))
        assert line.asks() == status(Standing.TERMINATED)

    def test_a_request_may_name_the_address_alone(self) -> None:
        """On a line whose beds are in the address: then any call of the bed is meant."""
        line = Line(bed_from="address")
        line.presses(Call(address="8", text="WC"))
        assert line.asks(StatusRequest(address="8")) == status(Standing.QUEUED, Call(address="8"))
        assert line.asks(StatusRequest(address="8", text="call")) == status(
            Standing.TERMINATED, Call(address="8", text="call")
        )

    @pytest.mark.parametrize("text", ["呼叫", ""])
    def test_a_request_that_names_no_bed_is_a_fault(self, text: str) -> None:
        """It may well be open: nobody can say that it is over."""
        request = StatusRequest(address="8", text=text)
        assert Line().asks(request) == status(Standing.FAULT, request)

    def test_a_request_before_the_records_were_read_is_a_fault(self) -> None:
        """The same."""
        assert Line(ward=AWard(start=False)).asks() == status(Standing.FAULT)

    def test_a_question_said_twice_is_answered_twice(self) -> None:
        """Slowly, as a station does that leaves the EOT to us: it is no repetition because our ACK was lost."""
        line = Polled()
        for _ in range(3):
            assert line.asks() == status(Standing.TERMINATED)
            line.hears(EOT)
            while line.waits(1) != EOT + b"1" + ENQ:
                line.hears(EOT)

    def test_a_call_and_a_question_in_one_breath(self) -> None:
        """Neither is acknowledged before the call is on record."""
        line = Line(ward=AWard(start=False))
        assert line.hears(SELECT) == ACK
        assert line.hears(wired(PRESS) + wired(REQUEST)) == b""
        assert line.waits(1) == ACK + ACK
        line.hears(EOT)
        assert line.polls() == status(Standing.QUEUED)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.integers(1, 12)), st.booleans())
    def test_however_the_bytes_are_chopped_the_answer_is_the_same(self, sizes: list[int], polled: bool) -> None:
        """Both roles."""
        line = Polled() if polled else Line()
        line.ward.press("8")
        chopped = iter(sizes)
        whole = line.hears

        def in_pieces(data: bytes) -> bytes:
            said = b""
            while data:
                size = next(chopped, len(data))
                said, data = said + whole(data[:size]), data[size:]
            return said

        line.hears = in_pieces  # type: ignore[method-assign]
        assert line.asks() == status(Standing.QUEUED)


class TestUnasked:
    """`statuses = true`."""

    def test_each_change_of_a_call_is_told(self, tmp_path: Path) -> None:
        """With the records of the call, in our next turn."""
        line = Line(tmp_path, statuses=True)
        line.presses()
        assert line.polls() == status(Standing.QUEUED, PRESS)
        assert line.polls() == b""
        line.ward.acknowledge("8")
        assert line.polls() == status(Standing.ACKNOWLEDGED, PRESS)
        line.ward.presence("8", True)
        assert line.polls() == b""
        line.ward.reset("8")
        assert line.polls() == status(Standing.TERMINATED, PRESS)
        assert line.polls() == b""

    def test_a_host_that_was_not_listening_hears_the_last_of_it(self, tmp_path: Path) -> None:
        """One status a call waits, not a story."""
        line = Line(tmp_path, statuses=True)
        line.presses()
        line.ward.acknowledge("8")
        assert line.polls() == status(Standing.ACKNOWLEDGED, PRESS)
        assert line.polls() == b""

    def test_as_it_ships_nothing_is_told_unasked(self) -> None:
        """Many hosts take no statuses."""
        line = Line()
        line.presses()
        line.ward.acknowledge("8")
        assert line.polls() == b""

    def test_calls_of_other_beds_and_hands_are_not_its_business(self, tmp_path: Path) -> None:
        """What another line, or a screen, began has no message that could be repeated."""
        line = Line(tmp_path, statuses=True)
        line.ward.press("9")
        line.ward.acknowledge("9")
        assert line.polls() == b""

    def test_after_a_restart_the_host_still_hears_of_its_call(self, tmp_path: Path) -> None:
        """Where it stands, once more; then what becomes of it; what ended meanwhile is told too."""
        line = Line(tmp_path, statuses=True)
        ended = Call(address="9", text="9床 呼叫")
        line.presses()
        line.presses(ended)
        line.lines.stop()
        line.ward.reset("9")
        line.ward.restart()
        line.open()
        assert line.polls() == status(Standing.QUEUED, PRESS)
        assert line.polls() == status(Standing.TERMINATED, ended)
        line.ward.acknowledge("8")
        assert line.polls() == status(Standing.ACKNOWLEDGED, PRESS)

    def test_a_line_that_is_closed_hears_no_more(self, tmp_path: Path) -> None:
        """The one of the plan before must not write over what its successor remembers."""
        line = Line(tmp_path, statuses=True)
        line.presses()
        line.lines.stop()
        (tmp_path / "l1.json").unlink()
        line.ward.reset("8")
        assert not (tmp_path / "l1.json").exists()

    def test_a_call_that_the_ward_has_not_heard_of_yet_is_not_over(self, tmp_path: Path) -> None:
        """What a line that floods holds back is told a moment later."""
        said: list[tuple[Message, Standing]] = []
        ward = {"stands": Standing.TERMINATED}
        plan = EspaLine.model_validate({"id": "l1", "ward": "w1", "device": "l1", "statuses": True})
        memory = Memory(tmp_path / "l1.json")
        statuses = Statuses(plan, lambda _: ward["stands"], lambda about, so: said.append((about, so)), memory)
        statuses.heard(PRESS)
        statuses.changed("w1")
        assert said == []
        for ward["stands"] in (Standing.QUEUED, Standing.QUEUED, Standing.TERMINATED, Standing.TERMINATED):
            statuses.changed("w2")
            statuses.changed("w1")
        assert said == [(PRESS, Standing.QUEUED), (PRESS, Standing.TERMINATED)]

    def test_a_host_whose_calls_never_end_costs_no_memory(self, tmp_path: Path) -> None:
        """The oldest is forgotten."""
        memory = Memory(tmp_path / "l1.json")
        for bed in range(MOST + 3):
            memory.begun(Asked("w1", str(bed), "call"), PRESS)
        assert [asked.bed for asked, _ in memory.of("w1")] == [str(bed) for bed in range(3, MOST + 3)]

    @pytest.mark.parametrize("kept", ["{", "{}", '[{"ward": "w1"}]', '[{"ward":1,"bed":2,"type":3,"message":[]}]'])
    def test_a_memory_that_cannot_be_read_does_not_stop_the_line(self, tmp_path: Path, kept: str) -> None:
        """It begins anew."""
        (tmp_path / "l1.json").write_text(kept)
        line = Line(tmp_path, statuses=True)
        line.presses()
        assert line.polls() == status(Standing.QUEUED, PRESS)

    def test_the_plan_says_so_for_espa_lines_only(self) -> None:
        """A key that means nothing on another wire is a fault, and so is what is neither true nor false."""
        said = {"id": "l", "ward": "w1", "device": "l"}
        assert not EspaLine.model_validate(said).statuses
        with pytest.raises(ValidationError, match="statuses"):
            EspaLine.model_validate(said | {"statuses": "each"})
        with pytest.raises(ValidationError, match="statuses"):
            TapLine.model_validate(said | {"protocol": "tap", "statuses": True})
