"""The box's network: as it is, and as it is to be: on trial until somebody confirms it from where it leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from appliance.foundation.config import Fault
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.live import Regions, View
from web.network import NotTaken, Standing, Typed, Unfit
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Refused, Visit

HERE = "/network"


def add(panel: Panel) -> None:
    """Put this page on the panel."""
    networking = panel.house.networking

    @panel.route(HERE, "network")
    async def network(visit: Visit) -> Answer:
        return _page(panel, visit)

    @panel.route(f"{HERE}/try", "network", method="POST")
    async def try_out(visit: Visit) -> Answer:
        typed = _typed(visit)
        try:
            await networking.try_out(typed, visit.user.name)
        except Unfit as why:
            visit.request.setResponseCode(422)
            return _page(panel, visit, typed, why.faults)
        except NotTaken as why:
            visit.request.setResponseCode(409)
            return _page(panel, visit, typed, said=visit.say(why.why, **why.facts))
        # Not sent elsewhere: what is shown now must leave before the address does.
        return _page(panel, visit)

    @panel.route(f"{HERE}/confirm", "network", method="POST")
    async def confirm(visit: Visit) -> Answer:
        with _said():
            await networking.confirm(_reached_at(visit), visit.user.name)
        return ""

    @panel.route(f"{HERE}/back", "network", method="POST")
    async def back(visit: Visit) -> Answer:
        with _said():
            await networking.go_back(visit.user.name)
        return ""


def live(house: House, visit: Visit) -> View:
    """The page as it goes on, for who reaches the box there."""
    reached_at, language, here = _reached_at(visit), visit.language, _way(visit)

    async def draw() -> Regions:
        return _regions(house, house.networking.standing(reached_at), language, here)

    # Whoever reaches it elsewhere is shown something else.
    return View(f"network {reached_at} {here}", language, frozenset({"network"}), draw)


def _page(
    panel: Panel, visit: Visit, typed: Typed | None = None, faults: Mapping[str, Fault] | None = None, said: str = ""
) -> str:
    standing = panel.house.networking.standing(_reached_at(visit))
    return panel.page(
        visit, "network.html", standing=standing, typed=typed or standing.kept or Typed(), said=said,
        faults={name: fault.reason(visit.language) for name, fault in (faults or {}).items()},
        regions=_regions(panel.house, standing, visit.language, _way(visit)), telephones=panel.house.phones is not None,
    )  # fmt: skip


def _regions(house: House, standing: Standing, language: Language, way: tuple[str, str]) -> Regions:
    """All that can change. way: what stands before and after the address in a link to this page."""
    tried = standing.tried
    why = translate(tried.why, language, **tried.facts) if tried and tried.why else ""
    return {
        "network-now": {"now": fragment("network_now.html", language, standing=standing)},
        "network-tried": {
            "tried": fragment(
                "network_tried.html", language, tried=tried, why=why, zone=house.site().zone,
                link=f"{way[0]}{tried.at}{way[1]}" if tried and tried.at else "",
            )
        },
    }  # fmt: skip


def _typed(visit: Visit) -> Typed:
    return Typed(
        visit.field("mode") != "fixed", visit.field("interface"), visit.field("address"), visit.field("gateway"),
        visit.field("dns"), visit.field("ntp"),
    )  # fmt: skip


def _reached_at(visit: Visit) -> str:
    """The box's end of this very connection, which the browser cannot make up."""
    return str(getattr(visit.request.getHost(), "host", "")).removeprefix("::ffff:")


def _way(visit: Visit) -> tuple[str, str]:
    port = getattr(visit.request.getHost(), "port", 0)
    scheme, usual = ("https", 443) if visit.request.isSecure() else ("http", 80)
    return f"{scheme}://", f"{'' if port == usual else f':{port}'}{HERE}"


@contextmanager
def _said() -> Iterator[None]:
    """What is not taken becomes the answer, one sentence."""
    try:
        yield
    except NotTaken as why:
        raise Refused(409, why.why, **why.facts) from why
