"""Updates of the box: what the slots hold, bundles that came, the installation, the restart, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.foundation.values import Language
from web.live import Regions, View
from web.pages.status import filled
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.updates import NotTaken, Standing
from web.visit import Refused, Visit

HERE = "/update"
ARRIVAL = b"/update/arrival"
"""Where a bundle is sent to, as it is; with a ticket, see `web.ports.Updates.admits`."""


def add(panel: Panel) -> None:
    """Put this page on the panel."""
    updates = panel.house.updates

    @panel.route(HERE, "care")
    async def update(visit: Visit) -> Answer:
        standing = updates.standing()
        return panel.page(
            visit, "update.html", standing=standing, regions=_regions(panel.house, standing, visit.language)
        )

    @panel.route(f"{HERE}/expect", "care", method="POST")
    async def expect(visit: Visit) -> Answer:
        size = visit.field("octets")
        with _said():
            return updates.expect(int(size) if size.isascii() and size.isdigit() else 0)

    @panel.route(ARRIVAL.decode(), "care", method="POST")
    async def arrival(visit: Visit) -> Answer:
        with _said():
            await updates.arrived(visit.request.getHeader("x-ticket") or "", visit.user.name)
        return visit.say("The bundle is here and is being checked.")

    @panel.route(f"{HERE}/<identity>/check", "care", method="POST")
    async def check(visit: Visit, identity: str) -> Answer:
        with _said():
            await updates.check(identity)
        return ""

    @panel.route(f"{HERE}/<identity>/install", "care", method="POST")
    async def install(visit: Visit, identity: str) -> Answer:
        with _said():
            await updates.install(identity, visit.user.name, older=visit.field("older") == "yes")
        return ""

    @panel.route(f"{HERE}/restart", "care", method="POST")
    async def restart(visit: Visit) -> Answer:
        with _said():
            await updates.restart(visit.user.name, when_quiet=visit.field("when") == "quiet")
        return ""

    @panel.route(f"{HERE}/stay", "care", method="POST")
    async def stay(_visit: Visit) -> Answer:
        updates.stay()
        return ""

    @panel.route(f"{HERE}/back", "care", method="POST")
    async def back(visit: Visit) -> Answer:
        with _said():
            await updates.go_back(visit.user.name)
        return ""

    @panel.route(f"{HERE}/call-off", "care", method="POST")
    async def call_off(visit: Visit) -> Answer:
        with _said():
            await updates.call_off(visit.user.name)
        return ""


def view(house: House, language: Language) -> View:
    """The page as it goes on."""

    async def draw() -> Regions:
        return _regions(house, house.updates.standing(), language)

    return View("updates", language, frozenset({"updates"}), draw)


def _regions(house: House, standing: Standing, language: Language) -> Regions:
    """All that can change."""
    zone, last = house.site().zone, standing.last
    bundles = {
        f"bundle-{one.id}": fragment(
            "update_bundle.html", language, one=one, standing=standing,
            why=filled(one.why, list(one.facts.items()), language),
        )
        for one in standing.found
    }  # fmt: skip
    why = filled(last.why, list(last.facts.items()), language) if last else ""
    return {
        "update-last": {
            "last": fragment("update_last.html", language, standing=standing, last=last, why=why, zone=zone)
        },
        "update-slots": {
            f"slot-{one.slot}": fragment("update_slot.html", language, one=one, standing=standing)
            for one in standing.slots
        },
        "update-bundles": bundles
        or {"none": fragment("update_bundle.html", language, one=None, standing=standing, why="")},
    }


@contextmanager
def _said() -> Iterator[None]:
    """What is not taken becomes the answer, one sentence."""
    try:
        yield
    except NotTaken as why:
        raise Refused(409, why.why, **why.facts) from why
