"""Faxes at the panel: seen, looked at on record, deleted, and sent by the right of an extension."""

from __future__ import annotations

from typing import cast

from appliance.foundation.config import parse
from appliance.foundation.journal import entries
from pbx.fax.events import FaxReceived
from pbx.fax.store import Fax
from pbx.plan import PbxPlan
from tests.fakes.house import FakeFaxes
from tests.support import now
from tests.web.browser import Hospital, hospital
from web.pages.fax_documents import uses

IDENTITY = "f" * 32
PDF = b"%PDF-1.4 a fax"


def received() -> Hospital:
    house = hospital()
    store, at = house.cardboard.house.faxes().store, house.cardboard.clock.now()
    fax = Fax(IDENTITY, "in", "8700", "13800000001", "", "partial", at, at, 2, "+86 571", "T38", why="Far end hung up")
    event = FaxReceived(at=at, fax=fax.id, line="8700", caller=fax.number, pages=2, mode="T38", whole=False)
    now(store.add(fax, event))
    store.directory.mkdir(parents=True, exist_ok=True)
    store.pdf(fax.id).write_bytes(PDF)
    return house


def kinds(house: Hospital) -> list[str]:
    told = now(house.cardboard.database.transact(lambda connection: list(entries(connection))))
    return [entry.kind.partition(".Fax")[2] for entry in told if entry.kind.startswith("pbx.Fax")]


def test_a_fax_is_listed_in_both_languages() -> None:
    house = received()
    page = house.browser("operator", language="en").get("/exchange/faxes").text
    for said in ("13800000001", "8700", "broke off", "T.38", f"/exchange/faxes/{IDENTITY}.pdf"):
        assert said in page
    assert "传真" in house.browser("operator", language="zh").get("/exchange/faxes").text


def test_each_look_and_the_deletion_are_on_record() -> None:
    house = received()
    browser = house.browser("operator")
    reply = browser.get(f"/exchange/faxes/{IDENTITY}.pdf")
    assert reply.status == 200
    assert reply.body == PDF
    assert browser.post(f"/exchange/faxes/{IDENTITY}/delete").status == 303
    assert browser.get(f"/exchange/faxes/{IDENTITY}.pdf").status == 404
    assert not house.cardboard.house.faxes().store.pdf(IDENTITY).exists()
    assert kinds(house) == ["Received", "LookedAt", "Deleted"]


def test_a_pdf_is_sent_by_the_right_of_an_extension() -> None:
    house = hospital()
    browser, asked = house.browser("operator", language="en"), cast(FakeFaxes, house.cardboard.house.faxes()).asked
    form = {"number": "0571 8765-4321", "extension": "8001", "pdf": PDF.decode()}
    assert browser.post("/exchange/faxes", form).status == 303
    assert asked == [("8001", "057187654321", "operator")]
    refused = browser.post("/exchange/faxes", {**form, "extension": "8099"})
    assert refused.status == 409
    assert "There is no extension 8099." in refused.text
    assert browser.post("/exchange/faxes", {**form, "pdf": "MZ"}).status == 400
    assert browser.post("/exchange/faxes", {**form, "number": "x"}).status == 400
    assert len(asked) == 1


def test_documents_for_callers_are_uploaded_listed_and_deleted() -> None:
    """What is no PDF, or has no name, is refused in one sentence; each is on record."""
    house = hospital()
    browser = house.browser("operator", language="en")
    document = {"pdf": PDF.decode()}
    assert browser.post("/exchange/faxes/documents", {"name": "301", **document}).status == 303
    page = browser.get("/exchange/faxes").text
    assert "/exchange/faxes/documents/301.pdf" in page
    assert browser.get("/exchange/faxes/documents/301.pdf").body == PDF
    wrong = browser.post("/exchange/faxes/documents", {"name": "the map", **document})
    assert (wrong.status, "letters, digits" in wrong.text) == (409, True)
    broken = browser.post("/exchange/faxes/documents", {"name": "301", "pdf": f"{PDF.decode()}broken"})
    assert (broken.status, "no PDF that can be faxed" in broken.text) == (409, True)
    assert browser.get("/exchange/faxes/documents/301.pdf").body == PDF
    assert browser.post("/exchange/faxes/documents/301/delete", {}).status == 303
    assert browser.get("/exchange/faxes/documents/301.pdf").status == 404
    assert kinds(house) == ["DocumentKept", "DocumentDeleted"]
    assert house.browser("nurse").post("/exchange/faxes/documents/301/delete", {}).status == 403


def test_a_document_that_a_menu_faxes_stays() -> None:
    """Whoever would delete it is told which menu names it."""
    plan = """
[[flows]]
id = "main"
name = { zh = "传真", en = "Fax menu" }
[[flows.nodes]]
id = "a"
kind = "fax"
document = "map"
"""
    assert uses(parse(plan, PbxPlan), "en") == {"map": ["Fax menu"]}
