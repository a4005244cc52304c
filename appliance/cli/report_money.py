"""Reports of money, of `nightbell report`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from appliance.cli.language import say
from appliance.cli.report_desk import Desk, day_type, days_options, prints
from appliance.direct import finish


@prints("statement", "pdf", "xlsx")
@click.argument("account")
@days_options("month")
def statement(desk: Desk, account: str, first: datetime | None, last: datetime | None) -> bytes:
    """An account's statement: every movement and call of a period."""
    from billing import views
    from billing.statement import DoesNotAddUp, TooLong, drawn_up, statement_pdf, statement_workbook

    row = finish(views.account(desk.database, account))
    if row is None:
        raise click.ClickException(say("There is no account {account!r}.", account=account))
    days, zone = desk.days(first, last, "month"), desk.plan.site.zone
    lines = finish(views.ledger(desk.database, account, days.start, days.stop))
    talked = finish(views.billed_calls(desk.database, days.start, days.stop, account=account))
    opening = finish(views.balance_before(desk.database, account, days.start))
    language = desk.chosen or row.language
    try:
        said = drawn_up(row, lines, talked, days.first, days.last, opening=opening)
        if desk.kind == "xlsx":
            return statement_workbook(said, zone, language)
        return statement_pdf(said, zone, language, desk.plan.site.name[language], printed_at=desk.now)
    except (DoesNotAddUp, TooLong) as why:
        raise click.ClickException(str(why)) from why


@prints("receipt", "pdf", "xlsx")
@click.argument("entry", type=int)
def receipt(desk: Desk, entry: int) -> bytes:
    """The receipt of a ledger ENTRY (its number): a deposit, refund, transfer or settlement of an account."""
    from billing import till_views
    from billing.till_reports import receipt_pdf, receipt_workbook

    said = finish(till_views.receipt(desk.database, entry))
    if said is None:
        raise click.ClickException(say("There is no receipt for ledger entry {entry}.", entry=entry))
    zone = desk.plan.site.zone
    if desk.kind == "xlsx":
        return receipt_workbook(said, zone, desk.language)
    return receipt_pdf(said, zone, desk.language, desk.site)


@prints("till", "pdf")
@click.argument("entry", type=int)
def till(desk: Desk, entry: int) -> bytes:
    """The sheet of a till's hand-over, by the number of its ledger ENTRY."""
    from billing import till_views
    from billing.till_reports import till_sheet

    shift = finish(till_views.past_shift(desk.database, entry))
    if shift is None:
        raise click.ClickException(say("Ledger entry {entry} is no hand-over of a till.", entry=entry))
    return till_sheet(shift, desk.plan.site.zone, desk.language, desk.site, desk.now)


@prints("ledger", "csv", "xlsx")
@days_options("month")
def ledger(desk: Desk, first: datetime | None, last: datetime | None) -> bytes:
    """The ledger for the hospital's own accounts: one row a posting, debit and credit, as CSV or XLSX."""
    from billing.ledger_export import export

    days = desk.days(first, last, "month")
    with desk.database.engine.begin() as connection:
        return export(connection, days.start, days.stop, desk.plan.site.zone, desk.language, desk.table)


@prints("cash", "pdf", "xlsx")
@days_options("today")
def cash(desk: Desk, first: datetime | None, last: datetime | None) -> bytes:
    """The cash of every till in some days: what was in it, what came in and went out, over or short."""
    from billing.cash import cash_book
    from billing.cash_report import cash_pdf, cash_workbook

    days, zone = desk.days(first, last), desk.plan.site.zone
    with desk.database.engine.begin() as connection:
        book = cash_book(connection, days.start, days.stop)
    if desk.kind == "xlsx":
        return cash_workbook(book, zone, desk.language)
    return cash_pdf(book, days.first, days.last, zone, desk.language, desk.site, desk.now)


@prints("unpaid", "pdf", "xlsx")
@click.option("--day", type=day_type, help="As it stood at the end of that day; default: today at the site.")
def unpaid(desk: Desk, day: datetime | None) -> bytes:
    """What beds, departments and persons owe, by the age of their bills, and accounts below zero."""
    from billing.unpaid import unpaid as read
    from billing.unpaid_report import unpaid_pdf, unpaid_workbook

    days, zone = desk.days(day, day), desk.plan.site.zone
    with desk.database.engine.begin() as connection:
        found = read(connection, days.stop)
    if desk.kind == "xlsx":
        return unpaid_workbook(found, zone, desk.language)
    return unpaid_pdf(found, days.last, zone, desk.language, desk.site, desk.now)


@prints("top-accounts", "pdf", "xlsx")
@days_options("month")
@click.option("--count", type=click.IntRange(1, 10_000), help="So many accounts; default: 100 on paper, 10000 in XLSX.")
def top_accounts(desk: Desk, first: datetime | None, last: datetime | None, count: int | None) -> bytes:
    """The accounts that spent most on calls, the largest first."""
    from billing.top_accounts import top_accounts as read
    from billing.top_accounts_report import PRINTED, top_accounts_pdf, top_accounts_workbook

    days = desk.days(first, last, "month")
    most = count or (10_000 if desk.kind == "xlsx" else PRINTED)
    with desk.database.engine.begin() as connection:
        found = read(connection, days.start, days.stop, most)
    if desk.kind == "xlsx":
        return top_accounts_workbook(found, desk.language)
    return top_accounts_pdf(found, days.first, days.last, desk.plan.site.zone, desk.language, desk.site, desk.now)


@prints("lockouts", "pdf", "xlsx")
@days_options("month")
def lockouts(desk: Desk, first: datetime | None, last: datetime | None) -> bytes:
    """The accounts and extensions that wrong PINs locked: when, how often, and who ended it."""
    from billing.lockout_history import lockouts as read
    from billing.lockout_report import lockouts_pdf, lockouts_workbook

    days, zone = desk.days(first, last, "month"), desk.plan.site.zone
    with desk.database.engine.begin() as connection:
        found = read(connection, days.start, days.stop, desk.now)
    if desk.kind == "xlsx":
        return lockouts_workbook(found, zone, desk.language)
    return lockouts_pdf(found, days.first, days.last, zone, desk.language, desk.site)


@prints("bills", "pdf", "xlsx")
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Such as 2026-10; default: last month.")
@click.option("--payer", help="Only this one: bed/8001, department/ID, person/ID.")
def bills(desk: Desk, month: datetime | None, payer: str | None) -> bytes:
    """The monthly bills of beds, departments and persons: every call, what was owed before, what is to be paid."""
    from billing.monthly_bill import bills as read
    from billing.monthly_bill_report import bills_pdf, bills_workbook

    zone = desk.plan.site.zone
    before = desk.now.date().replace(day=1) - timedelta(days=1)
    which = f"{month or before:%Y-%m}"
    with desk.database.engine.begin() as connection:
        found = read(connection, which, zone, payer)
    if payer is not None and not found:
        raise click.ClickException(say("Nobody is billed by the month as {payer!r}.", payer=payer))
    if desk.kind == "xlsx":
        return bills_workbook(found, zone, desk.language)
    return bills_pdf(found, which, zone, desk.language, desk.site, desk.now)
