"""The frame around every page: navigation by rights, the health dot, the words that scripts show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.live import Regions, View
from web.ports import House
from web.render import fragment, words
from web.rights import Right
from web.visit import Visit


@dataclass(frozen=True)
class Link:
    """One entry of the navigation. unless: left out for who has that right, and comes there from another page."""

    path: str
    icon: str
    name: str
    right: Right
    unless: Right | None = None


LINKS = (
    Link("/station", "station", "Station", "station"),
    Link("/wallboard", "board", "Wallboard", "wallboard"),
    Link("/patients", "bed", "Patients", "patients"),
    Link("/roster", "calendar", "Roster", "station"),
    Link("/accounts", "wallet", "Accounts", "accounts"),
    Link("/history", "clock", "History", "history", unless="statement"),
    Link("/reports", "chart", "Reports", "statement"),
    Link("/messages", "message", "Messages", "messages"),
    Link("/status", "health", "Status", "status"),
    Link("/training", "hand", "Training", "training"),
    Link("/plan/wards", "ward", "Plan", "plan"),
)

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
        "links": [link for link in LINKS if ready and _offered(house, visit, link)],
        "site": site.name[visit.language],
        "zone": site.zone,
        "now": house.clock.now(),
        "health": health(house.health.parts(), visit.language),
        "script_words": {text: translate(text, visit.language) for text in SCRIPT_WORDS},
        "live": "/live?view=health" if ready else "",
    }


def _offered(house: House, visit: Visit, link: Link) -> bool:
    if link.unless is not None and visit.may(link.unless):
        return False
    return visit.may(link.right) and (link.right != "training" or house.training is not None)


AWAITS_OTHERS = ("station:", "adt:")
"""Somebody has to open a screen, or the hospital system to speak: no sign that the box is still starting."""


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
