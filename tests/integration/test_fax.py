"""Faxes on real parts: the carrier's machine is Asterisk's too; pages are compared by their picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.days import CHINA
from appliance.foundation.journal import Event
from pbx.calls.views import CallRow, Wanted, search
from pbx.calls.views import story as story_of
from pbx.fax.events import FaxFailed, FaxNotReceived, FaxReceived, FaxSent
from pbx.fax.faxes import SETTLED, Faxes
from pbx.fax.office import Office, Unfit
from pbx.fax.pages import MOST, WIDE, to_pdf
from pbx.fax.store import Fax
from pbx.inbound.rules import Known
from pbx.inbound.service import Inbound
from pbx.plan import PbxPlan
from pbx.reason import Reason
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.fax_pages import drawn, pages_of, same, tiff
from tests.integration.test_inbound import CALLED, Site, Voice, rule
from tests.real_reactor import Heard, call, reactor, run

LINE = "8700"
CALLER = "13800000001"
FAX = {"station": "+86 571 88880000", "lines": [{"number": LINE, "name": {"zh": "医务科", "en": "Office"}}]}
INBOUND = {"rules": [rule("fax", CALLED, {"do": "fax", "name": LINE})]}
LONG = 120
"""Seconds that a fax of two pages may take, on a busy machine."""


class Ward:
    def __init__(self, telephony: Telephony, directory: Path) -> None:
        self.telephony = telephony
        self.exchange = telephony.exchange()
        self.received: Heard[FaxReceived] = Heard()
        self.missed: Heard[FaxNotReceived] = Heard()
        self.over: Heard[Event] = Heard()
        self.out: Heard[FaxSent | FaxFailed] = Heard()
        telephony.bus.subscribe(FaxReceived, self.received.append)
        telephony.bus.subscribe(FaxNotReceived, self.missed.append)
        telephony.bus.subscribe(FaxSent, self.out.append)
        telephony.bus.subscribe(FaxFailed, self.out.append)
        telephony.bus.subscribe(FaxReceived, self.over.append)
        telephony.bus.subscribe(FaxNotReceived, self.over.append)
        self.faxes = Faxes(
            telephony.plan, self.exchange.board, self.exchange.callout, self.exchange.behalf,
            self.exchange.numbers.decide, Office(reactor),
            None, None, telephony.book, InlineDatabase(),  # type: ignore[arg-type]
            ReactorClock(reactor), telephony.bus, language="zh", directory=directory / "faxes",
        )  # fmt: skip
        clock = ReactorClock(reactor)
        inbound = Inbound(
            telephony.plan, Site(), self.exchange.callout, self.exchange.behalf, self.exchange.dialer, telephony.book,
            lambda: Known("CN", "571", CHINA), Voice(directory), lambda name: None,
            self.exchange.numbers.decide_outside, clock,
        )  # fmt: skip
        inbound.register("fax", self.faxes.receive)
        self.exchange.inbound = inbound.serve
        self.exchange.numbers.register(LINE, self.faxes.serve, needs="internal", exact=True)
        run(self.exchange.sweep())


@pytest.fixture(scope="module", params=["T38", "audio"])
def ward(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ward, str]]:
    directory = tmp_path_factory.mktemp("fax")

    def shape(plan: PbxPlan) -> PbxPlan:
        trunks = tuple(trunk.model_copy(update={"fax": request.param == "T38"}) for trunk in plan.trunks)
        groups = (plan.extensions[0].model_copy(update={"may_dial": ("internal", "local")}), *plan.extensions[1:])
        return plan.model_copy(update={"trunks": trunks, "extensions": groups})

    with Telephony(directory, trunks=1, shape=shape, more={"fax": FAX, "inbound": INBOUND}) as telephony:
        yield Ward(telephony, directory), request.param


async def on_record(telephony: Telephony, began: datetime) -> CallRow:
    """The newest call since then."""
    await telephony.book.written()
    return (await search(telephony.database, Wanted(began, ReactorClock(reactor).now()), 1))[0]


def test_a_fax_from_outside_is_kept_as_a_pdf(ward: tuple[Ward, str], tmp_path: Path) -> None:
    house, mode = ward
    sent = drawn()

    async def story() -> FaxReceived:
        asked = {"called": CALLED, "caller": CALLER, "talk": LONG, "fax": str(tiff(tmp_path / "out.tif", sent))}
        told = await house.telephony.simulator.call_in(asked)
        assert told["fax"]["FAXSTATUS"] == "SUCCESS", told
        await house.over.until(lambda heard: bool(heard))
        assert not house.missed, house.missed
        return house.received[-1]

    event = run(story(), LONG)
    fax = run(house.faxes.store.one(event.fax))
    assert fax is not None
    assert (fax.state, fax.number, fax.line, fax.pages, fax.mode) == ("received", CALLER, LINE, 2, mode)
    pdf = house.faxes.store.pdf(fax.id)
    assert pdf.stat().st_mode & 0o077 == 0
    same(pages_of(pdf), sent)
    assert list(pdf.parent.glob("*.tif")) == []


def test_a_pdf_is_sent_as_a_fax(ward: tuple[Ward, str], tmp_path: Path) -> None:
    house, mode = ward
    tiff(tmp_path / "in.tif", drawn())
    to_pdf(tmp_path / "in.tif", tmp_path / "in.pdf")

    async def story() -> tuple[Fax, str]:
        asked = {"number": "057187654321", "answer": "fax", "hear": True}
        heard = str((await house.telephony.simulator.phone(asked))["heard"])
        fax = await house.faxes.sending.accept("8001", "87654321", (tmp_path / "in.pdf").read_bytes(), "operator")
        await house.out.until(lambda out: any(event.fax == fax.id for event in out))
        return fax, heard

    began = ReactorClock(reactor).now()
    fax, heard = run(story(), LONG)
    call_ = run(on_record(house.telephony, began))
    assert (call_.direction, call_.caller, call_.called) == ("out", "8001", "8657187654321")
    assert (call_.outcome, call_.trunk) == ("answered", "telecom")
    told = run(story_of(house.telephony.database, call_.id))
    assert told is not None
    steps = [Reason.read(one.body["reason"]).text("en") for one in told.entries if one.kind == "pbx.CallStep"]
    assert steps[0] == "A fax, sent from the panel by operator: try 1."
    assert steps[-1] == "The fax was sent: 2 pages."
    assert any("telecom" in step for step in steps)
    after = run(house.faxes.store.one(fax.id))
    assert after is not None
    assert (after.state, after.pages, after.mode, after.tries, after.why) == ("sent", 2, mode, 1, "")
    with Image.open(house.faxes.store.tiff(fax.id)) as sent:
        ours = [frame.convert("1") for frame in ImageSequence.Iterator(sent)]
    same(pages_of(Path(f"{heard}.tif")), ours)
    assert all(page.histogram()[0] > 9_000 for page in ours)


def test_a_fax_that_is_coming_outlives_us(tmp_path: Path) -> None:
    """Asterisk receives it to its end; the next life takes it in."""
    with Telephony(tmp_path, trunks=1, more={"fax": FAX, "inbound": INBOUND}) as telephony:
        before = Ward(telephony, tmp_path)
        sent = drawn()
        pages = str(tiff(tmp_path / "out.tif", sent))

        async def began() -> str:
            asked = {"called": CALLED, "caller": CALLER, "talk": LONG, "fax": pages, "until": "answered"}
            told = await telephony.simulator.call_in(asked)
            while not list(before.faxes.store.directory.glob("in_*.tif")):
                await sleep(ReactorClock(reactor), timedelta(milliseconds=100))
            return str(told["call"])

        ringing = run(began(), LONG)
        call(before.faxes.stop)
        call(before.exchange.stop)
        after = Ward(telephony, tmp_path)
        run(telephony.simulator.over({"call": ringing}), LONG)
        (file,) = after.faxes.store.directory.glob("in_*.tif")
        settled = file.stat().st_mtime - SETTLED.total_seconds()
        os.utime(file, (settled, settled))
        call(after.faxes.start)

        async def taken() -> FaxReceived:
            return (await after.received.until(bool))[0]

        event = run(taken(), LONG)
        call(after.faxes.stop)
        assert (event.caller, event.line, event.pages, event.whole) == (CALLER, LINE, 2, False)
        same(pages_of(after.faxes.store.pdf(event.fax)), sent)


def test_an_extension_sends_a_fax_to_a_line(tmp_path: Path) -> None:
    """A fax machine behind a gateway that knows no T.38."""
    with Telephony(tmp_path, trunks=1, more={"fax": FAX, "inbound": INBOUND}) as telephony:
        house, sent = Ward(telephony, tmp_path), drawn()[:1]
        pages = str(tiff(tmp_path / "out.tif", sent))

        async def story() -> FaxReceived:
            await telephony.simulator.dial({"extension": "8001", "digits": LINE, "talk": LONG, "fax": pages})
            await house.over.until(bool)
            assert not house.missed, house.missed
            return house.received[0]

        event = run(story(), LONG)
        assert (event.caller, event.pages, event.mode, event.whole) == ("8001", 1, "audio", True)
        same(pages_of(house.faxes.store.pdf(event.fax)), sent)


def test_what_is_no_pdf_or_has_too_many_pages_is_not_faxed(tmp_path: Path) -> None:
    """The process that looks at it ends; ours goes on."""
    office, target = Office(reactor), tmp_path / "out.tif"
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 rubbish")
    blank = [Image.new("1", (80, 80), 1)] * (MOST + 1)
    blank[0].save(tmp_path / "long.pdf", "PDF", save_all=True, append_images=blank[1:])
    for name in ("bad.pdf", "long.pdf", "missing.pdf"):
        with pytest.raises(Unfit):
            run(office.make("tiff", tmp_path / name, target))
        assert not target.exists()
    assert not [entry for entry in tmp_path.iterdir() if entry.is_dir()]


def test_a_page_of_standard_resolution_keeps_its_shape(tmp_path: Path) -> None:
    """It has half as many lines; as a PDF it must not be flat."""
    page = Image.new("1", (WIDE, 550), 1)
    page.save(tmp_path / "in.tif", "TIFF", compression="group4", dpi=(204, 98))
    assert run(Office(reactor).make("pdf", tmp_path / "in.tif", tmp_path / "in.pdf")) == 1
    assert [one.size for one in pages_of(tmp_path / "in.pdf")] == [(WIDE, 1100)]
