"""Reports of money: cash, what is owed, who spent most, the bills of a month; on the page, as PDF and as XLSX."""

from __future__ import annotations

from datetime import date, timedelta

from billing.cash import CASH_KINDS, cash_book
from billing.lockout_history import lockouts
from billing.lockout_report import SUBJECTS, ending
from billing.monthly_bill import bills, month_of
from billing.report_words import KINDS, spaced, who_pays
from billing.top_accounts import top_accounts
from billing.unpaid import unpaid
from billing.unpaid_report import AGE_HEADS
from web.asked import PERIODS, asked, today_at
from web.files import handed_out, kind_of, noted
from web.panel import SENTENCES, Answer, Panel
from web.periods import midnight, parse_day, span
from web.visit import Refused, Visit

SHOWN = 200
"""Movements, accounts or calls on a page; the workbook has all."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _add_cash(panel)
    _add_top_accounts(panel)
    _add_lockouts(panel)
    _add_unpaid(panel)
    _add_bills(panel)


def _add_cash(panel: Panel) -> None:
    house = panel.house

    @panel.route("/reports/cash", "money-report")
    async def cash_page(visit: Visit) -> Answer:
        chosen = asked(panel, visit, "day")
        start, stop = span(chosen.first, chosen.last, house.site().zone)
        book = await house.database.transact(lambda connection: cash_book(connection, start, stop))
        return panel.page(
            visit, "cash.html", asked=chosen, periods=PERIODS, today=today_at(panel), book=book, kinds=CASH_KINDS,
            names=KINDS, shown=SHOWN,
        )  # fmt: skip

    @panel.route("/reports/cash/file.<kind>", "money-report")
    async def cash_file(visit: Visit, kind: str) -> Answer:
        chosen, kind = asked(panel, visit, "day"), kind_of(kind, "pdf", "xlsx")
        made = await house.reports.cash(chosen.first, chosen.last, kind, visit.language)
        await noted(panel, visit, f"cash {kind}", "all", chosen.first, chosen.last)
        return handed_out(visit, made, f"cash-{chosen.first}-{chosen.last}.{kind}")


def _add_top_accounts(panel: Panel) -> None:
    house = panel.house

    @panel.route("/reports/top-accounts", "money-report")
    async def top_accounts_page(visit: Visit) -> Answer:
        chosen = asked(panel, visit, "month")
        start, stop = span(chosen.first, chosen.last, house.site().zone)
        found = await house.database.transact(lambda connection: top_accounts(connection, start, stop, SHOWN))
        return panel.page(visit, "top_accounts.html", asked=chosen, periods=PERIODS, today=today_at(panel), found=found)

    @panel.route("/reports/top-accounts/file.<kind>", "money-report")
    async def top_accounts_file(visit: Visit, kind: str) -> Answer:
        chosen, kind = asked(panel, visit, "month"), kind_of(kind, "pdf", "xlsx")
        made = await house.reports.top_accounts(chosen.first, chosen.last, kind, visit.language)
        await noted(panel, visit, f"top accounts {kind}", "all", chosen.first, chosen.last)
        return handed_out(visit, made, f"top-accounts-{chosen.first}-{chosen.last}.{kind}")


def _add_lockouts(panel: Panel) -> None:
    house = panel.house

    @panel.route("/reports/lockouts", "money-report")
    async def lockouts_page(visit: Visit) -> Answer:
        chosen, now = asked(panel, visit, "month"), house.clock.now()
        start, stop = span(chosen.first, chosen.last, house.site().zone)
        found = await house.database.transact(lambda connection: lockouts(connection, start, stop, now))
        return panel.page(
            visit, "lockouts.html", asked=chosen, periods=PERIODS, today=today_at(panel), found=found, ending=ending,
            subjects=SUBJECTS, shown=SHOWN,
        )  # fmt: skip

    @panel.route("/reports/lockouts/file.<kind>", "money-report")
    async def lockouts_file(visit: Visit, kind: str) -> Answer:
        chosen, kind = asked(panel, visit, "month"), kind_of(kind, "pdf", "xlsx")
        made = await house.reports.lockouts(chosen.first, chosen.last, kind, visit.language)
        await noted(panel, visit, f"lock-outs {kind}", "all", chosen.first, chosen.last)
        return handed_out(visit, made, f"lockouts-{chosen.first}-{chosen.last}.{kind}")


def _add_unpaid(panel: Panel) -> None:
    house = panel.house

    @panel.route("/reports/unpaid", "books")
    async def unpaid_page(visit: Visit) -> Answer:
        day, today = _day(panel, visit), today_at(panel)
        stop = midnight(day + timedelta(days=1), house.site().zone)
        found = await house.database.transact(lambda connection: unpaid(connection, stop))
        debtors = [(who_pays(one.payer, visit.language), one) for one in found.debtors]
        return panel.page(visit, "unpaid.html", day=day, today=today, found=found, debtors=debtors, ages=AGE_HEADS)

    @panel.route("/reports/unpaid/file.<kind>", "books")
    async def unpaid_file(visit: Visit, kind: str) -> Answer:
        day, kind = _day(panel, visit), kind_of(kind, "pdf", "xlsx")
        made = await house.reports.unpaid(day, kind, visit.language)
        await noted(panel, visit, f"unpaid {kind}", "all", day, day)
        return handed_out(visit, made, f"unpaid-{day}.{kind}")


def _add_bills(panel: Panel) -> None:
    house = panel.house

    @panel.route("/reports/bills", "books")
    async def bills_page(visit: Visit) -> Answer:
        month, zone, payer = _month(panel, visit), house.site().zone, visit.field("payer") or None
        found = await house.database.transact(lambda connection: bills(connection, month, zone, payer))
        if payer is not None and not found:
            raise Refused(404, SENTENCES[404])
        whose = {bill.payer: who_pays(bill.payer, visit.language) for bill in found}
        return panel.page(
            visit, "bills.html", month=month, this_month=f"{today_at(panel):%Y-%m}", bills=found, whose=whose,
            payer=payer, spaced=spaced, shown=SHOWN,
        )  # fmt: skip

    @panel.route("/reports/bills/file.<kind>", "books")
    async def bills_file(visit: Visit, kind: str) -> Answer:
        month, kind, payer = _month(panel, visit), kind_of(kind, "pdf", "xlsx"), visit.field("payer")
        if payer and payer not in {row.payer for row in await house.payers.every()}:
            raise Refused(404, SENTENCES[404])
        made = await house.reports.bills(month, payer, kind, visit.language)
        start, stop = month_of(month, house.site().zone)
        await noted(panel, visit, f"bills {kind}", payer or "all", start.date(), (stop - timedelta(hours=1)).date())
        which = f"-{payer.replace('/', '-')}" if payer else ""
        return handed_out(visit, made, f"bills-{month}{which}.{kind}")


def _day(panel: Panel, visit: Visit) -> date:
    today = today_at(panel)
    return min(parse_day(visit.field("day"), today), today)


def _month(panel: Panel, visit: Visit) -> str:
    """`2026-10`; last month for anything else."""
    before = today_at(panel).replace(day=1) - timedelta(days=1)
    return f"{parse_day(visit.field('month') + '-01', before):%Y-%m}"
