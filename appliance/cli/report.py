"""`nightbell report`: the reports of the panel, as files, on the command line."""

from __future__ import annotations

import click

from appliance.cli import margins, report_acceptance, report_calls, report_money
from appliance.cli.help import Group


@click.group(cls=Group)
def report() -> None:
    """Make a report as a file."""


for made in (
    report_calls.calls, report_calls.analysis, report_calls.history, report_calls.handover, report_calls.phone_labels,
    report_calls.telephone_call, report_money.statement, report_money.receipt, report_money.till, report_money.ledger,
    report_money.cash, report_money.unpaid, report_money.top_accounts, report_money.bills,
    report_money.lockouts, margins.margin, margins.tariff_trial, report_acceptance.acceptance,
):  # fmt: skip
    report.add_command(made)
