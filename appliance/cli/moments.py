"""A moment as people write it on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import click

from appliance.cli.language import say


def moment(text: str, site: ZoneInfo) -> datetime:
    """`2026-03-02T09:00:00` in the site's time; one with an offset is converted. Raises click.ClickException."""
    try:
        if _is_date(text):
            raise ValueError(text)
        found = datetime.fromisoformat(text.upper())  # 3.11 knows no small z
        # By way of UTC: an hour that the clocks leave out in spring has another name.
        return (found if found.tzinfo else found.replace(tzinfo=site)).astimezone(UTC).astimezone(site)
    except (ValueError, OverflowError) as why:
        raise click.ClickException(say("{text!r} is not a time like 2026-03-02T09:00:00.", text=text)) from why


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
