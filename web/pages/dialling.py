"""Who may dial what, now and at any time; and the dial simulator, which asks the live exchange what would become of a
number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.categories import RIGHTS, WORDS, Category, Right
from pbx.decision import Decision, NoSuchExtension
from pbx.rights import GroupRights
from web.layouts import EVERY
from web.pages.section_trial import DIALLABLE, NOT_DIALLABLE, Both, compared, digits
from web.panel import Answer, Panel
from web.plans import Unfit
from web.visit import Refused, Visit

HERE = "/exchange/dialling"
COLUMNS: tuple[Category, ...] = ("emergency", *RIGHTS)


@dataclass(frozen=True)
class Cell:
    """Whether a group may dial a kind of number. limit: in seconds, 0 for none. codes: the only ones it may reach."""

    allowed: bool
    limit: int = 0
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tried:
    """A question to the simulator, and its answer. dialled: as shown again, so without account and PIN.

    draft: by a revision that is kept and not in force, too.
    """

    extension: str
    dialled: str
    decision: Decision | None = None
    fault: str = ""
    draft: Both | None = None
    revision: int = 0


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route(HERE, "exchange")
    async def dialling(visit: Visit) -> Answer:
        return _page(panel, visit, None)

    # By POST, so that no account and no PIN stands in an address.
    @panel.route(HERE, "exchange", method="POST")
    async def dial(visit: Visit) -> Answer:
        return _page(panel, visit, await _with_draft(panel, visit, _try(panel, visit)))


def _page(panel: Panel, visit: Visit, tried: Tried | None) -> str:
    at = _moment(panel, visit)
    rows = [(row, [_cell(row, column) for column in COLUMNS]) for row in panel.house.dialling.who_may(at)]
    language = visit.language
    return panel.page(
        visit, "exchange_dialling.html", rows=rows, heads=[str(WORDS[column]) for column in COLUMNS],
        tried=tried, steps=_steps(tried, language), at=at, shown_at=(at or panel.house.clock.now()),
        extensions=panel.house.pbx().numbers(), editors=[one for one in EVERY if one.home == HERE],
        **_draft_facts(tried, visit),
    )  # fmt: skip


def _draft_facts(tried: Tried | None, visit: Visit) -> dict[str, object]:
    if tried is None or tried.draft is None:
        return {}
    return tried.draft.facts(visit.say("With revision {number}", number=tried.revision), visit.language)


async def _with_draft(panel: Panel, visit: Visit, tried: Tried) -> Tried:
    """Also by the newest revision, where that is not in force, fits, and no other time is asked about."""
    if tried.decision is None or visit.field("at") or not visit.may("plan"):
        return tried
    try:
        written = await panel.house.plans.written()
    except (Unfit, LookupError):
        return tried
    if written.active:
        return tried
    both = compared(panel, tried.extension, digits(visit.field("number")), written.text)
    return replace(tried, draft=both, revision=written.number)


def _steps(tried: Tried | None, language: Language) -> list[str]:
    return [step.text(language) for step in tried.decision.why] if tried and tried.decision else []


def _cell(row: GroupRights, column: Category) -> Cell:
    if column == "emergency":
        return Cell(allowed=True)
    limit = row.limit(column)
    return Cell(column in row.rights, limit.seconds if limit else 0, _codes(row, column))


def _codes(row: GroupRights, column: Right) -> tuple[str, ...]:
    if column == "national":
        return row.service.areas
    return row.service.countries if column == "international" else ()


def _moment(panel: Panel, visit: Visit) -> datetime | None:
    """The time that is looked at, None for now. Raises Refused."""
    text = visit.field("at")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=panel.house.site().zone)
    except ValueError as why:
        raise Refused(400, "That is no time.") from why


def _try(panel: Panel, visit: Visit) -> Tried:
    extension, dialled = visit.field("extension"), digits(visit.field("number"))
    access = panel.house.billing().access
    shown = access if dialled.startswith(access) else dialled
    if not DIALLABLE.fullmatch(dialled):
        return Tried(extension, "", fault=translate(NOT_DIALLABLE, visit.language))
    try:
        return Tried(extension, shown, panel.house.dialling.decide(extension, dialled, _moment(panel, visit)))
    except NoSuchExtension:
        said = translate("There is no extension {number}.", visit.language, number=extension[:12])
        return Tried(extension[:12], shown, fault=said)
