"""The lists on the page of telephones, as they go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.provisioning.desk import PhoneDesk
from pbx.provisioning.makers import NAMES, maker_of
from pbx.provisioning.phone import Phone
from web import shell
from web.live import Regions, View
from web.ports import House
from web.render import fragment


def view(house: House, language: Language) -> View:
    """The lists as they go on."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("phones", language, frozenset({"phones", "health"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    drawn: Regions = {"health": {"dot": shell.health(house.health.parts(), language)}}
    desk = house.phones
    if desk is None:
        return drawn
    every, there = await desk.every(), desk.registered()
    waiting = [phone for phone in every if phone.state == "waiting"]
    accepted = sorted((phone for phone in every if phone.extension), key=lambda phone: phone.extension or "")
    return drawn | {
        "waiting": _rows("phone_waiting.html", waiting, house, language, moved=desk.window.moved),
        "accepted": _rows("phone_accepted.html", accepted, house, language, there),
        "refused": _rows("phone_refused.html", [one for one in every if one.state == "refused"], house, language),
        "free": {number: fragment("phone_free.html", language, number=number) for number in (await desk.free())[:40]},
        "walk": _walk(desk, house, language),
        "strangers": _strangers(desk, every, house, language),
    }


def _rows(
    template: str,
    phones: Sequence[Phone],
    house: House,
    language: Language,
    there: frozenset[str] = frozenset(),
    *,
    moved: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    zone, planned = house.site().zone, house.pbx().numbers()
    return {
        phone.id: fragment(
            template,
            language,
            phone=phone,
            maker=NAMES[phone.maker],
            zone=zone,
            there=phone.extension in there,
            planned=phone.extension in planned,
            before=moved.get(phone.id, ""),
        )
        for phone in phones
    } or {"none": fragment(template, language, phone=None)}


def _strangers(desk: PhoneDesk, every: Sequence[Phone], house: House, language: Language) -> dict[str, str]:
    numbers = {phone.address: phone.extension for phone in every if phone.extension}
    listed = {phone.id for phone in every}
    drawn = {}
    for one in desk.strangers.every():
        mac = desk.neighbours.mac(one.address)
        drawn[f"stranger-{one.address}-{one.account}"] = fragment(
            "phone_stranger.html", language, one=one, mac=mac, maker=NAMES[maker_of(mac)] if mac else "",
            listed=mac in listed, number=numbers.get(one.address, ""), zone=house.site().zone,
        )  # fmt: skip
    return drawn or {"none": fragment("phone_stranger.html", language, one=None)}


def _walk(desk: PhoneDesk, house: House, language: Language) -> dict[str, str]:
    walk = desk.walk
    if walk is None:
        return {}
    number, place = walk.stops[0] if walk.stops else ("", "")
    following = " · ".join(word for word in (number, place) if word) or translate("the next free number", language)
    return {
        "walk": fragment(
            "phone_walk.html", language, following=following, left=len(walk.stops), until=walk.until,
            zone=house.site().zone, by=walk.by,
        )
    }  # fmt: skip
