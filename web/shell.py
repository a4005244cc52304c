"""The frame around every page: navigation by rights, the health dot, the words that scripts show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web import tabs
from web.live import Regions, View
from web.ports import House
from web.render import fragment, words
from web.rights import Right
from web.visit import Visit

Field = Literal["Ward", "Billing", "Telephony", "Reports", "System"]


@dataclass(frozen=True)
class Link:
    """One entry of the navigation. unless: left out for who has that right, and comes there from another page."""

    field: Field
    path: str
    icon: str
    name: str
    right: Right
    unless: Right | None = None


@dataclass(frozen=True)
class Group:
    """Entries under one word, for whoever has more of them than fit beside one another."""

    icon: str
    name: str
    links: Sequence[Link]

    def holds(self, path: str) -> bool:
        """Whether the page at `path` is one of these."""
        return any(path.startswith(link.path) for link in self.links)


LINKS = (
    Link("Ward", "/station", "station", "Station", "station"),
    Link("Ward", "/wallboard", "board", "Wallboard", "wallboard"),
    Link("Ward", "/patients", "bed", "Patients", "patients"),
    Link("Ward", "/roster", "calendar", "Roster", "station"),
    Link("Billing", "/cashier", "receipt", "Cashier's desk", "accounts"),
    Link("Billing", "/accounts", "wallet", "Accounts", "accounts"),
    Link("Billing", "/cards", "wallet", "Cards", "accounts"),
    Link("Billing", "/cards/compare", "wallet", "Cards", "card-lists", unless="accounts"),
    Link("Billing", "/misuse", "lock", "Misuse", "misuse"),
    Link("Billing", "/books", "chart", "Bills and books", "books"),
    Link("Reports", "/history", "clock", "History", "history", unless="statement"),
    Link("Reports", "/reports", "chart", "Reports", "statement"),
    Link("Billing", "/tariffs", "list", "Tariffs", "tariffs"),
    Link("Telephony", "/recordings", "sound", "Recordings", "recordings"),
    Link("Telephony", "/exchange/faxes", "printer", "Faxes", "faxes", unless="exchange"),
    Link("Telephony", "/messages", "message", "Messages", "messages"),
    Link("System", "/status", "health", "Status", "status"),
    Link("Telephony", "/exchange", "phone", "Exchange", "exchange"),
    Link("Telephony", "/exchange/conferences", "phone", "Conferences", "conferences", unless="exchange"),
    Link("Telephony", "/exchange/now", "eye", "Calls now", "supervise", unless="exchange"),
    Link("Telephony", "/operator", "calling", "Operator", "operator", unless="exchange"),
    Link("Telephony", "/addresses", "list", "Address book", "addresses", unless="exchange"),
    Link("Ward", "/training", "hand", "Training", "training"),
    Link("System", "/plan/wards", "ward", "Plan", "plan"),
    Link("System", "/backup", "database", "Care of the box", "care"),
)

ICONS: Mapping[Field, str] = {
    "Ward": "ward", "Billing": "wallet", "Telephony": "phone", "Reports": "chart", "System": "health",
}  # fmt: skip

SIDE_BY_SIDE = 8
"""So many entries fit beside one another at 1366 pixels, each with its word."""

SCRIPT_WORDS = (
    "Connected",
    "Reconnecting…",
    "Connection lost. This screen is no longer up to date: go by the ward lamps until it is back.",
    "You are logged out. This screen shows no new calls: log in again.",
    "This station is silent. Tap here or press any key to enable sound.",
    "This browser cannot play sound. Calls are shown but not spoken.",
    "An announcement could not be played. Calls are shown but may not be spoken.",
    "The sound of this station is turned off. Turn it up.",
    "Thank you. The sound test is on record.",
    "The station counts as silent until its test tone is heard.",
    "Sound on",
    "Sound off",
    "Speaking",
    "Station hidden",
    "That did not work: no answer from the appliance. Try again.",
    "Bed {bed}: column {column}, row {row}.",
    "Bed {bed}: column {column}, row {row}; it has changed places with bed {other}.",
    "The call has already ended.",
)
"""Messages that scripts look up by their English text."""


def facts(house: House, visit: Visit) -> dict[str, object]:
    """What `frame.html` needs."""
    site, user = house.site(), visit.session.user if visit.session else None
    ready = user is not None and not user.must_change
    return {
        "t": words(visit.language),
        "language": visit.language,
        "theme": visit.theme,
        "csrf": visit.csrf,
        "path": visit.path,
        "user": user,
        "may": visit.may,
        "exchange_tabs": lambda at: tabs.shown(at, visit.may),
        "person": house.addresses.name,
        "mailbox_of_user": mailbox(house, user.name) if ready and user else "",
        "links": grouped([link for link in LINKS if ready and _offered(house, visit, link)]),
        "site": site.name[visit.language],
        "zone": site.zone,
        "now": house.clock.now(),
        "health": health(house.health.parts(), visit.language),
        "script_words": {text: translate(text, visit.language) for text in SCRIPT_WORDS},
        "live": "/live?view=health" if ready else "",
    }


def grouped(links: Sequence[Link]) -> Sequence[Link | Group]:
    """`links` as they are where they fit, else by their field; a field with one entry is that entry."""
    if len(links) <= SIDE_BY_SIDE:
        return links
    fields = {field: [link for link in links if link.field == field] for field in ICONS}
    return [
        Group(ICONS[field], field, under) if len(under) > 1 else under[0] for field, under in fields.items() if under
    ]


def _offered(house: House, visit: Visit, link: Link) -> bool:
    if link.unless is not None and visit.may(link.unless):
        return False
    if link.path.startswith("/cards") and house.billing().card is None:
        return False
    return visit.may(link.right) and (link.right != "training" or house.training is not None)


def mailbox(house: House, login: str) -> str:
    """The extension of whoever has that log-in, if it has a mailbox; else empty."""
    staff = house.roster.of_login(login)
    return staff.extension if staff is not None and house.voicemail().has(staff.extension) else ""


AWAITS_OTHERS = ("station:", "adt:", "backup:")
"""Somebody has to open a screen, the hospital system to speak, or the night to come: the box has started without."""


def health(parts: Sequence[HealthChanged], language: Language) -> str:
    """The dot in the header: the worst state with its word."""
    down = sum(part.state is State.DOWN for part in parts)
    degraded = sum(part.state is State.DEGRADED for part in parts)
    starting = sum(part.state is State.STARTING and not part.part.startswith(AWAITS_OTHERS) for part in parts)
    return fragment("health.html", language, down=down, degraded=degraded, starting=starting)


def health_view(house: House, language: Language) -> View:
    """Pages that show nothing live but the dot."""

    async def draw() -> Regions:
        return {"health": {"dot": health(house.health.parts(), language)}}

    return View("health", language, frozenset({"health"}), draw)
