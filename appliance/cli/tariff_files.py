"""Tariffs that are not imported: files as `nightbell tariff import` takes them."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.files import bytes_of
from appliance.cli.language import language, say
from appliance.foundation.days import calendar
from billing.rating import Tariff
from billing.tariff_csv import TariffFaulty, parse
from billing.tariff_file import text_of


def tariff_in(file: Path, country: str) -> Tariff:
    """The tariff in a CSV file or a workbook, by the calendar of `country`; a faulty one ends the command."""
    content = bytes_of(file)
    try:
        return Tariff(file.stem, parse(text_of(content)), calendar=calendar(country))
    except TariffFaulty as why:
        faults = [say("{path}: {reason}", path=file, reason=fault.text(language())) for fault in why.faults]
        raise click.ClickException("\n".join(faults)) from why
