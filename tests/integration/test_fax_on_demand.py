"""Fax on demand with machines that are Asterisk's own: whoever calls the menu has the document, by its picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.clock import ReactorClock
from pbx.fax.demand import OnDemand
from pbx.fax.documents import Documents, NotKept
from pbx.fax.events import FaxAccepted, FaxFailed, FaxSent
from pbx.fax.faxes import Faxes
from pbx.fax.office import Office
from pbx.fax.pages import to_pdf
from pbx.number_plan import dialled_at_an_extension
from pbx.plan import PbxPlan
from tests.fakes.database import InlineDatabase
from tests.integration import test_menus
from tests.integration.asterisk import Telephony
from tests.integration.fax_pages import drawn, pages_of, same, tiff
from tests.real_reactor import Heard, call, reactor, run

LONG = 120
MACHINE = "057187654321"
FLOWS = """
[[flows]]
id = "main"
name = { zh = "传真", en = "Fax" }
number = "8200"
on_timeout = "bye"
timeout = 20
[[flows.nodes]]
id = "top"
kind = "menu"
prompt = { zh = "主菜单", en = "Top" }
keys = { "1" = "here", "2" = "which", "3" = "missing" }
[[flows.nodes]]
id = "here"
kind = "fax"
document = "map"
[[flows.nodes]]
id = "missing"
kind = "fax"
document = "nothing"
on_fail = "bye"
[[flows.nodes]]
id = "which"
kind = "collect"
prompt = { zh = "子菜单", en = "Which" }
into = "document"
next = "where"
[[flows.nodes]]
id = "where"
kind = "collect"
prompt = { zh = "留言", en = "Where" }
into = "machine"
next = "back"
[[flows.nodes]]
id = "back"
kind = "fax"
document = "{document}"
back = "{machine}"
by = "8001"
next = "bye"
on_fail = "top"
[[flows.nodes]]
id = "bye"
kind = "hangup"
prompt = { zh = "再见", en = "Bye" }
"""


class House:
    """A menu that faxes, on a real exchange."""

    def __init__(self, telephony: Telephony, directory: Path) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange()
        self.out: Heard[FaxSent | FaxFailed] = Heard()
        self.accepted: Heard[FaxAccepted] = Heard()
        telephony.bus.subscribe(FaxSent, self.out.append)
        telephony.bus.subscribe(FaxFailed, self.out.append)
        telephony.bus.subscribe(FaxAccepted, self.accepted.append)
        here = self.exchange.numbers.here
        self.faxes = Faxes(
            telephony.plan, self.exchange.board, self.exchange.callout, self.exchange.behalf,
            self.exchange.numbers.decide, Office(reactor),
            None, None, telephony.book, InlineDatabase(),  # type: ignore[arg-type]
            ReactorClock(reactor), telephony.bus, language="zh", directory=directory / "faxes",
            dialled=lambda number: dialled_at_an_extension(telephony.plan, here, number),
        )  # fmt: skip
        run(self.exchange.sweep())
        flows = test_menus.FLOWS
        test_menus.FLOWS = FLOWS
        try:
            self.menus = test_menus.House(telephony, self.exchange, directory, faxes=self.faxes.on_demand)
        finally:
            test_menus.FLOWS = flows

    async def dial(self) -> dict[str, Any]:
        asked = {"extension": "8003", "digits": "8200", "talk": LONG, "until": "answered", "takes_fax": True}
        told: dict[str, Any] = await self.telephony.simulator.dial(asked)
        return told


def shape(plan: PbxPlan) -> PbxPlan:
    """8001 may call in town."""
    groups = (plan.extensions[0].model_copy(update={"may_dial": ("internal", "local")}), *plan.extensions[1:])
    return plan.model_copy(update={"extensions": groups})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("fax"), trunks=1, shape=shape) as pair:
        yield pair


@pytest.fixture
def house(telephony: Telephony, tmp_path: Path) -> Iterator[House]:
    house = House(telephony, tmp_path)
    to_pdf(tiff(tmp_path / "in.tif", drawn()), tmp_path / "in.pdf")
    for name in ("map", "301"):
        run(house.faxes.documents.keep(name, (tmp_path / "in.pdf").read_bytes(), "it"))
    yield house
    call(house.menus.menus.stop)
    call(house.faxes.stop)
    call(house.exchange.stop)


def sent_pages(house: House, name: str) -> list[Any]:
    """The document as the machine has it."""
    return pages_of(house.faxes.documents.tiff(name))


def test_whoever_calls_has_the_document_in_this_call(house: House) -> None:
    """Their machine takes it when its start key is pressed; the fax is on record with the menu."""

    async def story() -> str:
        dialled = await house.dial()
        await house.menus.until("top:enter:")
        await house.menus.press(dialled, "1")
        await house.menus.until("here:faxed:map")
        await house.menus.press(dialled, "F")
        await house.out.until(bool)
        return str(dialled["taken"])

    taken = run(story(), LONG)
    (fax,) = run(house.faxes.store.every())
    assert (fax.state, fax.number, fax.by, fax.pages, fax.why) == ("sent", "8003", "menu main", 2, "")
    assert house.faxes.store.pdf(fax.id).read_bytes().startswith(b"%PDF-")
    same(pages_of(Path(taken)), sent_pages(house, "map"))


def test_a_machine_is_called_back(house: House) -> None:
    """Document and number are keyed; it goes by the right of 8001, and not twice; what it may not call is refused."""

    async def story() -> str:
        house.faxes.start()
        asked = {"number": MACHINE, "answer": "fax", "hear": True}
        heard = str((await house.telephony.simulator.phone(asked))["heard"])
        dialled = await house.dial()
        await house.menus.until("top:enter:")
        await house.menus.press(dialled, "2")
        await house.menus.until("which:enter:")
        await house.menus.press(dialled, "301#")
        await house.menus.until("where:enter:")
        await house.menus.press(dialled, "13800138000#")
        await house.menus.until("back:failed:")
        await house.menus.press(dialled, "2")
        await house.menus.steps.until(lambda steps: steps.count("which:enter:") == 2)
        await house.menus.press(dialled, "301#")
        await house.menus.steps.until(lambda steps: steps.count("where:enter:") == 2)
        await house.menus.press(dialled, "87654321#")
        await house.menus.until("back:faxed:301")
        await house.out.until(bool)
        return heard

    heard = run(story(), LONG)
    assert [(one.extension, one.by) for one in house.accepted] == [("8001", "menu main")]
    (fax,) = run(house.faxes.store.every())
    assert (fax.state, fax.line, fax.number, fax.by) == ("sent", "8001", MACHINE, "menu main")
    same(pages_of(Path(f"{heard}.tif")), sent_pages(house, "301"))


def test_a_document_that_is_not_there_is_said_so(house: House) -> None:
    """And on where the menu says."""

    async def story() -> None:
        dialled = await house.dial()
        await house.menus.until("top:enter:")
        await house.menus.press(dialled, "3")
        await house.menus.until("missing:none:")
        await house.menus.until("bye:enter:")

    run(story(), LONG)


def test_what_cannot_be_faxed_is_not_kept(house: House) -> None:
    """No PDF, or no name; the one that was there stays."""
    documents: Documents = house.faxes.documents
    before = documents.pdf("map").read_bytes()
    for name, content in (("map", b"%PDF-1.7 rubbish"), ("../map", before), ("", before)):
        with pytest.raises(NotKept):
            run(documents.keep(name, content, "it"))
    assert documents.pdf("map").read_bytes() == before
    assert sorted(file.name for file in documents.pdf("map").parent.iterdir()) == [
        "301.pdf", "301.tif", "map.pdf", "map.tif",
    ]  # fmt: skip
    assert isinstance(house.faxes.on_demand, OnDemand)
