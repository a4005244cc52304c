"""Lines to carriers for hospital IT: how each is now, and how much went over it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from appliance.foundation import journal
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.sheets import table_file
from appliance.foundation.values import Language
from pbx.plan_trunks import Trunk
from pbx.traffic.hours import NOTHING, Amount
from pbx.traffic.summary import Step, Summary, by_day, by_hour
from web import shell
from web.charts import HIGH, WIDE, columns
from web.events import ReportPrinted
from web.live import Regions, View
from web.pages import status
from web.pages.exchange import STATES, address
from web.panel import SENTENCES, Answer, Panel
from web.periods import parse_day, span
from web.ports import House
from web.render import fragment
from web.visit import Refused, Visit

Period = Literal["day", "week", "month"]
PERIODS: dict[Period, str] = {"day": "By hour", "week": "One week", "month": "One month"}
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
COLUMNS = (
    "Calls", "Out", "In", "Answered calls", "Answered, %", "Minutes", "Line-hours", "Lines at once",
    "Busy or no answer", "No free line", "Failures",
)  # fmt: skip
KINDS = {"sip": "SIP", "pri": "E1 PRI", "ss7": "E1 SS7", "r2": "E1 R2", "fxo": "FXO", "fxs": "FXS"}
HOURS_A_DAY = 24


@dataclass(frozen=True)
class Asked:
    """The days and the trunk somebody asked for, empty for all; `day` is the one they picked."""

    period: Period
    day: date
    first: date
    last: date
    trunk: str

    @property
    def days(self) -> tuple[date, ...]:
        """Each of them."""
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/trunks", "exchange")
    async def trunks(visit: Visit) -> Answer:
        house, asked = panel.house, _asked(panel, visit)
        found = await _summary(house, asked)
        return panel.page(
            visit, "trunks.html", regions=await regions(house, visit.language), asked=asked, found=found,
            trunks=house.pbx().trunks, periods=PERIODS, today=_today(panel), heads=COLUMNS,
            calls=_calls(found.steps), peaks=_peaks(found.steps), rows=[_cells(step) for step in found.steps],
            whole=_cells(_whole(found)), busiest=_busiest(house, found), wide=WIDE, high=HIGH,
            before=asked.first - timedelta(days=1), after=asked.last + timedelta(days=1),
        )  # fmt: skip

    @panel.route("/exchange/trunks/traffic.<kind>", "exchange")
    async def file(visit: Visit, kind: str) -> Answer:
        if kind not in TYPES:
            raise Refused(404, SENTENCES[404])
        house, asked = panel.house, _asked(panel, visit)
        rows = _table(await _summary(house, asked), asked, visit.language)
        event = ReportPrinted(
            at=house.clock.now(), report=f"trunks {kind}", subject=asked.trunk or "all",
            first=str(asked.first), last=str(asked.last), by=visit.user.name,
        )  # fmt: skip
        await house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", TYPES[kind])
        name = f"trunks-{asked.trunk or 'all'}-{asked.first}-{asked.last}.{kind}"
        visit.request.setHeader("content-disposition", f'attachment; filename="{name}"')
        return table_file(kind, translate("Trunks", visit.language), rows)


def view(house: House, language: Language) -> View:
    """How the trunks are, as it goes on."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("trunks", language, frozenset({"health", "trunks"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """Everything on the page that changes by itself."""
    parts = {part.part: part for part in house.health.parts()}
    zone = house.site().zone
    day = house.clock.now().astimezone(zone).date()
    today = by_hour(await house.traffic.read(*span(day, day, zone)), zone)
    return {
        "trunks": {
            trunk.id: _now(house, trunk, parts.get(f"trunk:{trunk.id}"), today.trunks.get(trunk.id, NOTHING), language)
            for trunk in house.pbx().trunks
        },
        "health": {"dot": shell.health(list(parts.values()), language)},
    }


def _now(house: House, trunk: Trunk, part: HealthChanged | None, today: Amount, language: Language) -> str:
    state = part.state if part else State.STARTING
    lines, failed = house.exchange().trunks, None
    if (found := lines.last_failure(trunk.id)) is not None:
        failed = (found[0], translate(found[1].message, language, code=found[1].code))
    return fragment(
        "trunk_now.html", language, trunk=trunk, kind=KINDS[getattr(trunk, "kind", "sip")], address=address(trunk),
        state=state, word=STATES[state], since=part.at if part else None, zone=house.site().zone,
        detail=status.detail(part, language) if part else "", used=lines.used(trunk.id), today=today, failed=failed,
    )  # fmt: skip


async def _summary(house: House, asked: Asked) -> Summary:
    zone = house.site().zone
    found = await house.traffic.read(*span(asked.first, asked.last, zone))
    found = {key: amount for key, amount in found.items() if asked.trunk in ("", key.trunk)}
    return by_hour(found, zone) if asked.period == "day" else by_day(found, asked.days, zone)


def _whole(found: Summary) -> Step:
    out = sum((step.out for step in found.steps), NOTHING)
    return Step("", out, sum((step.incoming for step in found.steps), NOTHING))


def _busiest(house: House, found: Summary) -> str:
    if found.busiest is None:
        return ""
    begin: datetime = found.busiest.begin.astimezone(house.site().zone)
    return f"{begin:%Y-%m-%d %H:00}"


def _calls(steps: Sequence[Step]) -> object:
    values = [(float(step.both.seizures), float(step.both.answers)) for step in steps]
    return columns([_short(step.label) for step in steps], values, "{:g}".format)


def _peaks(steps: Sequence[Step]) -> object:
    values = [(float(step.both.peak), _lines(step, steps)) for step in steps]
    return columns([_short(step.label) for step in steps], values, "{:.3g}".format)


def _lines(step: Step, steps: Sequence[Step]) -> float:
    """Lines in use on average over its time."""
    return step.both.erlangs / (1 if len(steps) == HOURS_A_DAY and ":" in step.label else HOURS_A_DAY)


def _short(label: str) -> str:
    return label[:2] if ":" in label else str(int(label[8:]))


def _cells(step: Step) -> tuple[str, ...]:
    whole = step.both
    ratio = "" if whole.ratio is None else f"{whole.ratio:.1f}"
    return (
        step.label, str(whole.seizures), str(step.out.seizures), str(step.incoming.seizures), str(whole.answers), ratio,
        f"{whole.talk_ms / 60000:.1f}", f"{whole.erlangs:.2f}", str(whole.peak), str(whole.busy),
        str(whole.congestion), str(whole.failures),
    )  # fmt: skip


def _table(found: Summary, asked: Asked, language: Language) -> list[Sequence[str]]:
    first = translate("Hour of the day" if asked.period == "day" else "Day", language)
    head = (first, *(translate(name, language) for name in COLUMNS))
    whole = _cells(_whole(found))
    return [head, *(_cells(step) for step in found.steps), (translate("Total", language), *whole[1:])]


def _asked(panel: Panel, visit: Visit) -> Asked:
    today = _today(panel)
    day = min(parse_day(visit.field("day"), today), today)
    text, trunk = visit.field("period"), visit.field("trunk")
    period = next((known for known in PERIODS if known == text), "day")
    if trunk not in {known.id for known in panel.house.pbx().trunks}:
        trunk = ""
    match period:
        case "week":
            first = day - timedelta(days=day.weekday())
            return Asked(period, day, first, first + timedelta(days=6), trunk)
        case "month":
            first = day.replace(day=1)
            return Asked(period, day, first, day.replace(day=monthrange(day.year, day.month)[1]), trunk)
    return Asked("day", day, day, day, trunk)


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
