"""The page of the bundle for support."""

from __future__ import annotations

from tests.fakes.house import FakeSupport
from tests.web.browser import hospital


def test_it_takes_the_bundle_and_whose_deed_it_was() -> None:
    """As a file to keep, named by the day."""
    place = hospital()
    browser, support = place.browser("it"), place.cardboard.house.support
    assert isinstance(support, FakeSupport)
    assert "Make and download" in browser.get("/support").text
    answer = browser.post("/support/bundle")
    assert (answer.status, answer.body, support.made) == (200, b"PK\x05\x06", ["it"])
    assert answer.headers["content-disposition"].startswith('attachment; filename="support-')
    support.broken = True
    assert browser.post("/support/bundle").status == 500
    assert "The bundle could not be made." in browser.post("/support/bundle").text


def test_the_bill_of_materials_is_offered_where_there_is_one() -> None:
    """The image brings it; a box that was not started from it has none, and says so."""
    place = hospital()
    browser, support = place.browser("it"), place.cardboard.house.support
    assert isinstance(support, FakeSupport)
    assert "bill of materials" not in browser.get("/support").text
    assert browser.get("/support/nightbell.cdx.json").status == 404
    support.materials = b'{"bomFormat": "CycloneDX"}'
    assert 'href="/support/nightbell.cdx.json"' in browser.get("/support").text
    answer = browser.get("/support/nightbell.cdx.json")
    assert (answer.status, answer.body) == (200, support.materials)
    assert answer.headers["content-disposition"] == 'attachment; filename="nightbell.cdx.json"'
    assert place.browser("manager").get("/support/nightbell.cdx.json").status == 403


def test_others_take_none() -> None:
    """Nor without the form's token."""
    place = hospital()
    assert place.browser("manager").post("/support/bundle").status == 403
    assert place.browser("it").post("/support/bundle", csrf="x").status == 403
    assert place.cardboard.house.support.made == []  # type: ignore[attr-defined]
