"""Faxes on their way out, without an exchange: what is refused, tried again, given up."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.config import PlanError
from appliance.foundation.i18n import Text
from pbx.callout import NotReached
from pbx.calls.book import CallBook
from pbx.calls.events import CallBegan, CallDirected, CallEnded, CallStep
from pbx.decision import Decision
from pbx.fax.events import FaxFailed
from pbx.fax.faxes import SETTLED, Faxes
from pbx.fax.machine import came
from pbx.fax.office import Unfit
from pbx.fax.sending import NotAccepted, Sending
from pbx.fax.store import Fax, Store
from pbx.plan import PbxPlan
from pbx.plan_fax import FaxLine, FaxPlan
from pbx.reason import Reason
from pbx.routing import Line
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

LINE = Line("telecom", Text(zh="电信", en="Telecom"), "87654321", "")
PLAN = FaxPlan(tries=2, again_minutes=5)


class Pages:
    """Makes nothing of what begins with `bad`."""

    async def make(self, kind: Literal["pdf", "tiff"], source: Path, target: Path) -> int:
        if source.read_bytes().startswith(b"bad"):
            raise Unfit
        target.touch()
        return 1


class Busy:
    """Lines that are engaged; remembers what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def desk(self, extension: str, ring: timedelta, longest: timedelta, *, part_of: str = "") -> Any:
        self.asked.append(extension)
        raise NotReached("busy")

    async def ring(
        self, call: str, extension: str, decision: Decision, ring: timedelta, longest: timedelta, *, tell: Any
    ) -> Any:
        self.asked += [line.sent for line in decision.routes]
        raise NotReached("busy")


def decided(kind: str, *, refusal: str = "") -> Decision:
    """Allowed over one line, unless `refusal` says why not."""
    said = Reason(refusal) if refusal else None
    return Decision(
        not refusal, cast(Any, kind), None, "57187654321", (LINE,), None, None, False, said, 21 if said else 0, ()
    )


class House:
    """Sending, with everything around it on cardboard."""

    def __init__(self, directory: Path, decide: Callable[[str, str], Decision] = lambda *_: decided("outside")) -> None:
        self.clock, self.bus, self.lines = FakeClock(), Bus(), Busy()
        self.failed: list[FaxFailed] = []
        self.bus.subscribe(FaxFailed, self.failed.append)
        self.store = Store(directory, InlineDatabase(), self.clock, self.bus)
        machine = cast(Any, None)
        self.book = CallBook(InlineDatabase(), self.clock, self.bus)
        self.sending = Sending(
            PLAN, self.store, machine, Pages(), self.lines, self.lines, decide, self.book, self.clock
        )

    def fax(self, identity: str) -> Fax:
        fax = now(self.store.one(identity))
        assert fax is not None
        return fax


def test_a_busy_number_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    house = House(tmp_path)
    fax = now(house.sending.accept("8001", "87654321", b"%PDF-", "operator"))
    waits = house.fax(fax.id)
    assert (waits.state, waits.tries, waits.why) == ("waiting", 1, "line busy")
    assert waits.next_try_at == house.clock.now() + timedelta(minutes=5)
    house.clock.advance(299)
    assert house.lines.asked == ["87654321"]
    house.clock.advance(2)
    assert house.lines.asked == ["87654321"] * 2
    gone = house.fax(fax.id)
    assert (gone.state, gone.tries, gone.next_try_at) == ("failed", 2, None)
    assert [event.why for event in house.failed] == ["line busy"]


def test_each_try_is_a_call_of_the_extension(tmp_path: Path) -> None:
    """On record with its direction, who sends it, and how it went."""
    house, told = House(tmp_path), list[Any]()
    for kind in (CallBegan, CallDirected, CallStep, CallEnded):
        house.bus.subscribe(kind, told.append)
    now(house.sending.accept("8001", "87654321", b"%PDF-", "operator"))
    began, directed, step, ended = told
    assert began.caller == "8001"
    assert (directed.direction, directed.called) == ("out", "57187654321")
    assert Reason.read(step.reason).text("en") == "A fax, sent from the panel by operator: try 1."
    assert ended.outcome == "busy"
    assert {one.call for one in told} == {began.call}


def test_what_a_life_before_was_sending_is_tried_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    fax = now(house.sending.accept("8001", "87654321", b"%PDF-", "operator"))
    now(house.store.change(house.fax(fax.id), state="sending"))
    house.sending.stop()
    house.sending.start()
    assert (house.fax(fax.id).state, house.fax(fax.id).why) == ("waiting", "cut off by a restart")


@pytest.mark.parametrize("kind", ["service", "emergency"])
def test_only_people_and_machines_are_sent_faxes(tmp_path: Path, kind: str) -> None:
    """Of a number that holds a PIN nothing is kept, and nobody faxes the fire brigade."""
    house = House(tmp_path, lambda *_: decided(kind))
    with pytest.raises(NotAccepted, match="Only extensions"):
        now(house.sending.accept("8001", "600123456", b"%PDF-", "operator"))
    assert now(house.store.every()) == []
    assert list(tmp_path.iterdir()) == []


def test_who_may_not_dial_it_may_not_fax_it(tmp_path: Path) -> None:
    house = House(tmp_path, lambda *_: decided("outside", refusal="This telephone may not."))
    with pytest.raises(NotAccepted, match="may not"):
        now(house.sending.accept("8001", "87654321", b"%PDF-", "operator"))
    assert now(house.store.every()) == []


def test_what_is_no_pdf_is_not_kept(tmp_path: Path) -> None:
    house = House(tmp_path)
    with pytest.raises(NotAccepted, match="no PDF"):
        now(house.sending.accept("8001", "87654321", b"bad", "operator"))
    assert now(house.store.every()) == []
    assert list(tmp_path.iterdir()) == []


def test_what_the_engine_says_of_a_fax() -> None:
    said = {"FAXSTATUS": "SUCCESS", "FAXPAGES": "2", "FAXMODE": "T38", "REMOTESTATIONID": " 571 1", "FAXERROR": ""}
    whole = came(said)
    assert (whole.whole, whole.pages, whole.mode, whole.station) == (True, 2, "T38", "571 1")
    assert not came({}).whole


def test_a_line_has_a_number_of_its_own() -> None:
    line = FaxLine(number="8700", name=Text(zh="医务科", en="Office"))
    with pytest.raises(ValueError, match="used twice"):
        FaxPlan(lines=(line, line))


def test_mails_need_somebody_to_carry_them() -> None:
    plan = FaxPlan(lines=(FaxLine(number="8700", name=Text(zh="医务科", en="Office"), mail=("a@hospital.example",)),))
    with pytest.raises(PlanError, match="no mail server"):
        plan.check(())
    plan.check(("post",))
    with pytest.raises(PlanError, match="no mail server 'other'"):
        plan.model_copy(update={"mail_by": "other"}).check(("post",))


def test_a_rule_names_a_line_that_there_is() -> None:
    step = {"do": "fax", "name": "8700"}
    rules = [{"id": "fax", "name": {"zh": "传真", "en": "Fax"}, "called": ["88880005"], "steps": [step]}]
    line = {"number": "8700", "name": {"zh": "医务科", "en": "Office"}}
    PbxPlan.model_validate({"fax": {"lines": [line]}, "inbound": {"rules": rules}})
    with pytest.raises(ValueError, match="there is no fax line '8700'"):
        PbxPlan.model_validate({"inbound": {"rules": rules}})


class Told:
    """Takes mails and short messages."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    async def accept(self, *what: Any) -> Any:
        self.said.append(what)


def test_who_the_plan_names_is_sent_what_came(tmp_path: Path) -> None:
    """Also of a fax that came while we were away; after `keep_days` it is gone."""
    line = FaxLine(number="8700", name=Text(zh="医务科", en="Office"), mail=("a@hospital.example",), sms="13800000091")
    plan = PbxPlan.model_construct(fax=FaxPlan(mail_by="post", lines=(line,), keep_days=1))
    house, outbox, post = House(tmp_path), Told(), Told()
    nobody = cast(Any, None)
    faxes = Faxes(
        plan, nobody, house.lines, house.lines, nobody, Pages(), outbox, post, house.book, InlineDatabase(),
        house.clock, house.bus, language="en", directory=tmp_path,
    )  # fmt: skip
    file = tmp_path / "in_8700_13800000001_x.tif"
    file.write_bytes(b"a fax")
    settled = (house.clock.now() - SETTLED).timestamp()
    os.utime(file, (settled, settled))
    faxes.start()
    (fax,) = now(faxes.store.every())
    assert (fax.line, fax.number, fax.state, fax.pages) == ("8700", "13800000001", "partial", 1)
    assert not file.exists()
    ((to, text, about),) = outbox.said
    assert (to, about) == ("13800000091", f"fax:{fax.id}")
    assert "13800000001" in text
    (((letter,),),) = post.said
    assert (letter.channel, letter.to, letter.attached) == (
        "mail:post",
        "a@hospital.example",
        str(faxes.store.pdf(fax.id)),
    )
    assert "broke off" in letter.body
    house.clock.advance(2 * 86400)
    assert now(faxes.store.every()) == []
    assert list(tmp_path.iterdir()) == []
    faxes.stop()
