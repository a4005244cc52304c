"""The guard against toll fraud: alarms, what is spent just now, the rules; an account can be stopped in mid-call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers
from babel import Locale

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money
from billing.guard import spending
from billing.guard.plan import GuardPlan, Limit
from billing.guard.records import Alarm
from billing.refusal import Refusal
from billing.report_words import spaced
from pbx.supervision import NoSupervision
from web import shell
from web.live import Regions, View
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

HERE = "/misuse"
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True)
class Shown:
    """A row of an alarm."""

    id: int
    at: datetime
    last_at: datetime
    times: int
    text: str
    account: str
    extension: str
    called: str
    refused: bool
    seen: datetime | None
    by: str
    note: str


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HERE, "misuse")
    async def misuse(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route(f"{HERE}/alarms/<number>/fine", "misuse", method="POST")
    async def fine(visit: Visit, number: str) -> Answer:
        if not number.isdecimal() or len(number) > 9:
            raise Refused(404, "There is no such page.")
        await house.tolls().was_fine(int(number), visit.user.name, visit.field("note")[:200])
        return _done(visit)

    @panel.route(f"{HERE}/stop", "misuse", method="POST")
    async def stop(visit: Visit) -> Answer:
        number = visit.field("account")
        try:
            calls = await house.tolls().stop_account(number, visit.user.name)
        except Refusal as why:
            if visit.by_script:
                raise Refused(422, why.text(visit.language)) from why
            return await _page(panel, visit, fault=why.text(visit.language))
        done = visit.say("Account {account} is frozen; {count} calls were ended.", account=number, count=len(calls))
        return done if visit.by_script else await _page(panel, visit, done=done)

    @panel.route(f"{HERE}/calls/<call>/end", "misuse", method="POST")
    async def end(visit: Visit, call: str) -> Answer:
        try:
            await house.supervision().release(call, visit.user.name)
        except NoSupervision as why:
            raise Refused(409, translate(why.message, visit.language, **why.facts)) from why
        return _done(visit)


def _done(visit: Visit) -> str:
    if visit.by_script:
        return ""
    raise Redirect(HERE)


def view(house: House, language: Language) -> View:
    """The page as it changes."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("misuse", language, frozenset({"misuse", "health"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    now, zone, home = house.clock.now(), house.site().zone, house.site().country

    def rows(kind: str, found: Iterable[tuple[str, object]], none: str, width: int) -> dict[str, str]:
        facts = {"kind": kind, "zone": zone}
        drawn = {
            f"{kind}-{key}": fragment("misuse_row.html", language, key=f"{kind}-{key}", row=row, **facts)
            for key, row in found
        }
        if drawn or not none:
            return drawn
        return {"none": fragment("misuse_row.html", language, key="none", kind="none", empty=none, width=width)}

    alarms = [_shown(alarm, language) for alarm in await house.tolls().alarms()]
    waiting = [alarm for alarm in alarms if alarm.seen is None]
    calls = await spending.live(house.database)
    where_ = [(call.call, (call, spaced(call.called), where(call.called, language, home))) for call in calls]
    hour = await spending.by_account(house.database, now - HOUR)
    phones = await spending.by_extension(house.database, now - HOUR)
    places = _places(await spending.by_number(house.database, now - DAY), language, home)
    return {
        "alarms": rows("alarm", [(str(alarm.id), alarm) for alarm in waiting], "No alarm waits.", 8),
        "calls": rows("call", where_, "Nobody calls outside.", 8),
        "hour": rows("hour", [(row.account, row) for row in hour], "Nothing was spent.", 4),
        "phones": rows("phone", [(row.account, row) for row in phones], "No calls without an account.", 3),
        "places": rows("place", [(str(place), entry) for place, entry in enumerate(places)], "Nothing was spent.", 2),
        "seen": rows("seen", [(str(alarm.id), alarm) for alarm in alarms if alarm.seen], "", 5),
        "counts-alarms": {"count": fragment("misuse_row.html", language, kind="count", count=len(waiting))},
        "counts-calls": {"count": fragment("misuse_row.html", language, kind="count", count=len(calls))},
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


def _shown(alarm: Alarm, language: Language) -> Shown:
    return Shown(
        alarm.id, alarm.at, alarm.last_at, alarm.times, alarm.text(language), alarm.account, alarm.extension,
        spaced(alarm.called), alarm.refused, alarm.acknowledged_at, alarm.by, alarm.note,
    )  # fmt: skip


async def _page(panel: Panel, visit: Visit, *, fault: str = "", done: str = "") -> str:
    house = panel.house
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "misuse.html", fault=fault, done=done, regions=await regions(house, visit.language),
        rules=list(_rules(house.tolls().plan, visit.language)),
    )  # fmt: skip


def where(called: str, language: Language, home: str) -> str:
    """The country of a number; at home, whose letters `home` are, its area, or that it is a mobile.

    Not its town: the names of the world's numbering plans take the daemon a hundred megabytes.
    """
    try:
        number = phonenumbers.parse(f"+{called}")
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(number) or ""
    if region != home:
        names = Locale.parse("zh_Hans" if language == "zh" else "en").territories
        return str(names[region]) if region in names and region != "001" else f"+{number.country_code}"
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE:
        return translate("Mobile", language)
    area = phonenumbers.length_of_geographical_area_code(number)
    return f"0{phonenumbers.national_significant_number(number)[:area]}" if area else ""


def _places(spent: dict[str, Money], language: Language, home: str) -> list[tuple[str, Money]]:
    found: dict[str, Money] = {}
    for called, amount in spent.items():
        place = where(called, language, home) or spaced(called)
        found[place] = Money(found.get(place, 0) + amount)
    return sorted(found.items(), key=lambda entry: -entry[1])[:12]


def _rules(plan: GuardPlan, language: Language) -> list[str]:
    """Each rule of the plan in a sentence."""

    def say(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    said = []
    if "premium" in plan.block:
        said.append(say("Premium rate numbers are refused."))
    if "satellite" in plan.block:
        said.append(say("Satellite and international networks (+870, +881, +882, +883) are refused."))
    if plan.deny:
        said.append(say("Denied: {prefixes}.", prefixes=_prefixes(plan.deny)))
    if plan.allow:
        said.append(say("Allowed whatever its kind: {prefixes}.", prefixes=_prefixes(plan.allow)))
    if plan.new_country != "off":
        refused = plan.new_country == "refuse"
        said.append(
            say("The first call to a country is refused until somebody says that it is fine.")
            if refused
            else say("The first call to a country raises an alarm.")
        )
    return said + [_limit(limit, language) for limit in plan.limits]


WHOSE = {
    "account": "An account",
    "extension": "An extension",
    "box": "The whole box",
}
SPEND = "{whose}: {most} yuan in {minutes} minutes{to}{hours}. {then}"
CALLS = "{whose}: {most} calls at the same time{to}{hours}. {then}"


def _limit(limit: Limit, language: Language) -> str:
    to = translate(", to {prefixes}", language, prefixes=_prefixes(limit.to)) if limit.to else ""
    hours = ""
    if limit.begins is not None and limit.ends is not None:
        hours = translate(", {begins} to {ends}", language, begins=f"{limit.begins:%H:%M}", ends=f"{limit.ends:%H:%M}")
    then = translate("More is refused." if limit.then == "refuse" else "More raises an alarm.", language)
    return translate(
        SPEND if limit.of == "spend" else CALLS, language, whose=translate(WHOSE[limit.per], language),
        most=limit.most, minutes=limit.minutes, to=to, hours=hours, then=then,
    )  # fmt: skip


def _prefixes(prefixes: tuple[str, ...]) -> str:
    return ", ".join(f"+{prefix}" for prefix in prefixes)
