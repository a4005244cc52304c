"""The exchange's pages in chapters, by the rights of whoever looks."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from tests.web.browser import hospital
from tests.web.test_sections import furnished
from web.rights import Role, may
from web.tabs import CHAPTERS, FLAT, Tab, shown


def test_the_page_stands_in_its_chapter() -> None:
    """A page below another is its own where it has a tab, and the other's where it has none."""
    for path, chapter, tab in (
        ("/exchange", "What goes on", "Overview"),
        ("/exchange/extensions/8001", "Telephones", "Extensions"),
        ("/exchange/edit/branches", "Outside lines", "Branches"),
        ("/exchange/menus/edit/main", "Services", "Voice menus"),
    ):
        seen = shown(path, lambda _: True)
        assert (seen.chapter.name, seen.tab and seen.tab.name) == (chapter, tab)
    assert shown("/exchange/unknown", lambda _: True).tab is None


def test_whoever_may_see_few_pages_has_them_in_one_row() -> None:
    """And none that they may not open."""
    seen = shown("/exchange/conferences", lambda right: right in ("conferences", "addresses"))
    assert [one.name for one in seen.chapters] == ["Exchange"]
    assert [tab.name for tab in seen.chapter.tabs] == ["Star codes and card", "Address book", "Conferences"]
    assert len(seen.chapter.tabs) <= FLAT


def test_every_tab_that_is_shown_opens(tmp_path: Path) -> None:
    """For hospital IT and for the operator."""
    house = furnished(tmp_path).house
    roles: tuple[Role, ...] = ("it", "operator")
    for role in roles:
        browser = house.browser(role)
        seen = [tab for one in shown("/exchange", partial(may, role)).chapters for tab in one.tabs]
        assert seen
        for tab in seen:
            assert browser.get(tab.path).status == 200, (role, tab.path)


def test_a_page_says_where_it_is() -> None:
    """In both rows."""
    page = hospital().browser("it").get("/exchange/security").text
    assert re.findall(r'<a href="([^"]+)" aria-current="(?:true|page)">', page) == ["/exchange", "/exchange/security"]


def test_tabs_are_their_own() -> None:
    """No path twice."""
    tabs: list[Tab] = [tab for one in CHAPTERS for tab in one.tabs]
    assert len({tab.path for tab in tabs}) == len(tabs)
