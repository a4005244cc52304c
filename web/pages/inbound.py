"""Calls from outside for hospital IT: rules and a tester, hours and their switches, who is blocked, the last calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from appliance.foundation.values import Language
from pbx.calls.events import OUTCOMES
from pbx.calls.views import Wanted, search
from pbx.inbound.lists import NoNumber
from pbx.inbound.rules import Arrival, Decision
from pbx.inbound.sentences import Called, calls_said, step_said
from pbx.inbound.words import told
from pbx.plan_inbound import Rule
from pbx.schedules import KIND_WORDS, POSITIONS, standing
from web.hours_drawing import week, year
from web.panel import Answer, Panel
from web.ports import House
from web.visit import Redirect, Refused, Visit

LAST = 15
HERE = "/exchange/inbound"
STATES = {"": "By its hours", "open": "Open by hand", "closed": "Closed by hand"}


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HERE, "exchange")
    async def inbound(visit: Visit) -> Answer:
        now, zone = house.clock.now(), house.site().zone
        local, language = now.astimezone(zone), visit.language
        asked = {name: visit.field(name) for name in ("caller", "called", "at", "trunk")}
        when, fault = _moment(asked["at"], local)
        decision = house.inbound().decide(_arrival(house, asked), when) if asked["called"] and not fault else None
        calls = await search(house.database, Wanted(now - timedelta(days=7), now, direction="in"), LAST)
        return panel.page(
            visit, "inbound.html", asked=asked, at=f"{when:%Y-%m-%dT%H:%M}", fault=fault,
            trunks={trunk.id: trunk.name[language] for trunk in house.pbx().trunks},
            answer=_answer(decision, language) if decision else None,
            rules=_rules(house, language),
            fallback=house.pbx().inbound.fallback, said=house.pbx().inbound,
            schedules=_schedules(house, local), states=STATES, kinds=KIND_WORDS, today=local.date(),
            blocked=list(house.inbound().lists.blocked.values()), calls=calls, outcomes=OUTCOMES,
        )  # fmt: skip

    @panel.route(f"{HERE}/block", "exchange", method="POST")
    async def block(visit: Visit) -> Answer:
        number = visit.field("number").replace(" ", "")
        try:
            await house.inbound().lists.block(number, visit.field("note"), visit.user.name)
        except NoNumber as why:
            raise Refused(422, "“{number}” is no number, 8888* or 88880100-88880199.", number=number) from why
        raise Redirect(f"{HERE}#blocked")

    @panel.route(f"{HERE}/unblock", "exchange", method="POST")
    async def unblock(visit: Visit) -> Answer:
        await house.inbound().lists.unblock(visit.field("number"), visit.user.name)
        raise Redirect(f"{HERE}#blocked")

    @panel.route(f"{HERE}/switch", "exchange", method="POST")
    async def switch(visit: Visit) -> Answer:
        schedule = visit.field("schedule")
        position = next((one for one in POSITIONS if one == visit.field("position")), None)
        if position is None or schedule not in {one.id for one in house.pbx().schedules}:
            raise Refused(400, "That request cannot be understood.")
        await house.inbound().lists.switch(schedule, position, visit.user.name)
        raise Redirect(f"{HERE}#hours")


def _moment(text: str, now: datetime) -> tuple[datetime, str]:
    """What was asked for, in the site's time, and what is wrong with it."""
    try:
        return (datetime.fromisoformat(text).replace(tzinfo=now.tzinfo) if text else now), ""
    except ValueError:
        return now, "That is no date and time."


def _arrival(house: House, asked: dict[str, str]) -> Arrival:
    ids = [trunk.id for trunk in house.pbx().trunks]
    trunk = asked["trunk"] if asked["trunk"] in ids else next(iter(ids), "")
    return Arrival(trunk, asked["called"].replace(" ", ""), asked["caller"].replace(" ", ""))


def _answer(decision: Decision, language: Language) -> tuple[list[str], list[str]]:
    steps = [told(step).text(language) for step in decision.steps]
    return [reason.text(language) for reason in decision.why], steps


def _rules(house: House, language: Language) -> list[tuple[Rule, str, list[str]]]:
    """Each with what it asks of a call, and its steps."""
    plan = house.pbx()
    called = Called(
        {one.id: one.name[language] for one in plan.trunks},
        {one.id: one.name[language] for one in plan.schedules},
        {one.id: one.name[language] for one in house.nursecall().wards},
        {one.id: one.name[language] for one in plan.flows},
        {number: room.name[language] for room in plan.conference.rooms for number in room.rooms()}
        | {line.number: line.name[language] for line in plan.fax.lines},
    )
    return [
        (rule, calls_said(rule, called, language), [step_said(step, called, language) for step in rule.steps])
        for rule in plan.inbound.rules
    ]


def _schedules(house: House, now: datetime) -> list[tuple[object, ...]]:
    kind, lists = house.menus.kind(), house.inbound().lists
    monday = now.date() - timedelta(days=now.weekday())
    return [
        (
            schedule, lists.positions.get(schedule.id, ""),
            standing(schedule, now, kind, lists.positions.get(schedule.id, "")).open,
            week(schedule, monday, kind), year(schedule, now.year, kind),
        )
        for schedule in house.pbx().schedules
    ]  # fmt: skip
