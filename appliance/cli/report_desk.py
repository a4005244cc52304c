"""What every report as a file has in common: whose records, which days, which language, which kind of file."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Command
from appliance.cli.house import open_for_reading, plan_in_force
from appliance.cli.language import say
from appliance.cli.output import language_option, out_option, write
from appliance.foundation.database import DirectDatabase
from appliance.foundation.sheets import TooManyRows
from appliance.foundation.values import Language
from appliance.plan import Plan
from appliance.settings import Settings

FileKind = Literal["pdf", "xlsx", "csv", "json"]
Since = Literal["today", "month"]

day_type = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True)
class Days:
    """Days of the site, both included, and the moments at which they begin and end."""

    first: date
    last: date
    start: datetime
    stop: datetime


@dataclass(frozen=True)
class Desk:
    """Where a report is made. now: at the site. kind: of the file. language: None where nobody chose one."""

    settings: Settings
    database: DirectDatabase
    plan: Plan
    now: datetime
    kind: FileKind
    chosen: Language | None

    @property
    def language(self) -> Language:
        """Of the report: the site's where nobody chose one."""
        return self.chosen or self.plan.site.language

    @property
    def site(self) -> str:
        """The hospital's name."""
        return self.plan.site.name[self.language]

    @property
    def table(self) -> Literal["csv", "xlsx"]:
        """The kind, of what makes tables only."""
        return "xlsx" if self.kind == "xlsx" else "csv"

    def days(self, first: datetime | None, last: datetime | None, since: Since = "today") -> Days:
        """What was asked for; since: where a period begins that nobody began."""
        begin, end = _usual(first, last, self.now.date(), since)
        if end < begin:
            sentence = say("The last day, {end}, is before the first, {begin}.", end=end, begin=begin)
            raise click.ClickException(sentence)
        zone = self.plan.site.zone
        start, stop = (datetime.combine(day, time(), zone) for day in (begin, end + timedelta(days=1)))
        return Days(begin, end, start, stop)

    def wards(self, wards: tuple[str, ...]) -> tuple[str, ...]:
        """The same, when the plan has them."""
        for ward in wards:
            if self.plan.nursecall.ward(ward) is None:
                raise click.ClickException(say("There is no ward {ward!r} in the plan.", ward=ward))
        return wards


def prints(name: str, *kinds: FileKind) -> Callable[[Callable[..., bytes]], click.Command]:
    """Makes the command `name` of what makes a report: `make(desk, …)` returns the file; its options are added.

    kinds: of files it makes; what is chosen, or as the file's name ends, or the first.
    """

    def command_of(make: Callable[..., bytes]) -> click.Command:
        @functools.wraps(make)
        def command(context: click.Context, /, language: Language | None, out: Path, **asked: Any) -> None:
            kind = asked.pop("kind", None) or next((one for one in kinds if one == out.suffix[1:]), kinds[0])
            settings = settings_of(context)
            database = open_for_reading(settings)
            plan = plan_in_force(database)
            desk = Desk(settings, database, plan, datetime.now(plan.site.zone), kind, language)
            try:
                content = make(desk, **asked)
            except TooManyRows as why:
                raise click.ClickException(str(why)) from why
            write(out, content)

        # click collects the options from the last to the first: these stand at the end.
        given: list[click.Parameter] = command.__dict__.pop("__click_params__", [])
        for option in (out_option, language_option, *([_kind_option(kinds)] if len(kinds) > 1 else [])):
            option(command)
        command.__dict__.setdefault("__click_params__", []).extend(given)
        return click.command(name, cls=Command)(click.pass_context(command))

    return command_of


def days_options(since: Since) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    """`--from` and `--to`, as `Desk.days` takes them."""
    first, last = {
        "today": ("First day; default: today at the site.", "Last day; default: the first."),
        "month": ("First day; default: the first of this month.", "Last day; default: today at the site."),
    }[since]

    def given(make: Callable[..., bytes]) -> Callable[..., bytes]:
        made = click.option("--to", "last", type=day_type, help=last)(make)
        return click.option("--from", "first", type=day_type, help=first)(made)

    return given


def _kind_option(kinds: tuple[FileKind, ...]) -> Callable[[Any], Any]:
    return click.option(
        "--as", "kind", type=click.Choice(kinds), help=f"Default: as --out ends, else {kinds[0]}."
    )  # fmt: skip


def _usual(first: datetime | None, last: datetime | None, today: date, since: Since) -> tuple[date, date]:
    if since == "today":
        begin = first.date() if first else last.date() if last else today
        return begin, last.date() if last else begin
    end = last.date() if last else today
    return (first.date() if first else end.replace(day=1)), end
