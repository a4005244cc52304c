"""The page on which a box begins anew."""

from __future__ import annotations

from tests.fakes.house import FakeResets
from tests.web.browser import hospital


def test_nothing_is_erased_without_the_very_words() -> None:
    """Those of the other tier are wrong, too."""
    place = hospital()
    browser, resets = place.browser("admin"), place.cardboard.house.resets
    assert isinstance(resets, FakeResets)
    assert "Type ERASE EVERYTHING to go on" in browser.get("/reset").text
    for tier, typed in (("records", "erase records"), ("everything", "ERASE RECORDS"), ("nothing", ""), ("", "")):
        answer = browser.post("/reset", {"tier": tier, "typed": typed})
        assert (answer.status, "nothing was changed" in answer.text) == (422, True)
    assert resets.begun == []
    assert browser.post("/reset", {"tier": "records", "typed": "ERASE RECORDS"}).status == 200
    assert resets.begun == [("records", "admin")]


def test_only_the_administrator_may() -> None:
    """Not even hospital IT."""
    place = hospital()
    for role in ("it", "manager", "nurse"):
        browser = place.browser(role)
        assert browser.get("/reset").status == 403
        assert browser.post("/reset", {"tier": "records", "typed": "ERASE RECORDS"}).status == 403
    assert place.cardboard.house.resets.begun == []  # type: ignore[attr-defined]
