"""The pages of the exchange in chapters: what goes on, telephones, outside lines, services.

A page of the exchange adds its line here; its right is checked where it is served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from web.rights import Right

FLAT = 7
"""So many tabs stand in one row, without chapters, for whoever may see few."""


@dataclass(frozen=True)
class Tab:
    """One page. Those below its path are its own, but for the front page."""

    path: str
    name: str
    right: Right | None = "exchange"

    def holds(self, path: str) -> bool:
        """Whether the page at `path` is this one or below it."""
        return path == self.path or (self.path != FRONT and path.startswith(f"{self.path}/"))


@dataclass(frozen=True)
class Chapter:
    """Pages under one word."""

    name: str
    tabs: Sequence[Tab]


FRONT = "/exchange"
CHAPTERS: Sequence[Chapter] = (
    Chapter(
        "What goes on",
        (
            Tab(FRONT, "Overview"),
            Tab("/exchange/now", "Calls now", "supervise"),
            Tab("/exchange/calls", "Calls"),
            Tab("/operator", "Operator", "operator"),
            Tab("/exchange/security", "Attacks"),
        ),
    ),
    Chapter(
        "Telephones",
        (
            Tab("/exchange/extensions", "Extensions"),
            Tab("/exchange/seats", "Free seating"),
            Tab("/exchange/phones", "Automatic set-up"),
            Tab("/exchange/card", "Star codes and card", None),
        ),
    ),
    Chapter(
        "Outside lines",
        (
            Tab("/exchange/trunks", "Trunks"),
            Tab("/exchange/dialling", "Who may dial what"),
            Tab("/exchange/inbound", "Calls from outside"),
            Tab("/exchange/edit/branches", "Branches", "plan"),
            Tab("/addresses", "Address book", "addresses"),
        ),
    ),
    Chapter(
        "Services",
        (
            Tab("/exchange/menus", "Voice menus", "plan"),
            Tab("/exchange/conferences", "Conferences", "conferences"),
            Tab("/exchange/edit/mailboxes", "Mailboxes", "plan"),
            Tab("/exchange/edit/paging-zones", "Paging zones", "plan"),
            Tab("/exchange/faxes", "Faxes", "faxes"),
            Tab("/exchange/sounds", "Sounds"),
            Tab("/exchange/edit/recording", "Recording rules", "plan"),
        ),
    ),
)


@dataclass(frozen=True)
class Shown:
    """What one visitor sees: chapters, of which `chapter` is open; its tabs, of which `tab` is the page."""

    chapters: Sequence[Chapter]
    chapter: Chapter
    tab: Tab | None


def shown(path: str, may: Callable[[Right], bool]) -> Shown:
    """For the page at `path`. Whoever may see few pages has them all in one chapter."""
    seen = [Chapter(one.name, [tab for tab in one.tabs if tab.right is None or may(tab.right)]) for one in CHAPTERS]
    chapters = [one for one in seen if one.tabs]
    every = [tab for one in chapters for tab in one.tabs]
    if len(every) <= FLAT:
        chapters = [Chapter("Exchange", every)]
    # The innermost: a form hangs on its own page before that of its chapter.
    tab = max((one for one in every if one.holds(path)), key=lambda one: len(one.path), default=None)
    chapter = next((one for one in chapters if tab in one.tabs), chapters[0])
    return Shown(chapters, chapter, tab)
