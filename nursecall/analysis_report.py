"""The analysis of a period on paper: figures, four charts, and the tables that fit a few pages."""

from __future__ import annotations

from datetime import datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.charts import Chart, Heat, Parts
from nursecall.analysis import Analysis, Group
from nursecall.analysis_tables import WEEKDAYS, Table, basis, tables
from nursecall.report_words import Words

PRINTED = {"bed": 12, "staff": 30, "ward": 40, "type": 30, "shift": 40, "day": 0, "hour": 0}
"""Lines of each table on paper; hours and days are in the charts, and all of it in the workbook."""


def analysis_pdf(analysis: Analysis, words: Words, site_name: str, zone: tzinfo, *, printed_at: datetime) -> bytes:
    """As a PDF of two to four pages. Takes seconds: never call it in the daemon."""
    language, figures = words.language, analysis.figures
    days = [report.long_date(day, language) for day in dict.fromkeys((analysis.first, analysis.last))]
    wards = ", ".join(map(words.ward, analysis.wards)) or words.say("All wards")
    html = report.page(
        "nursecall/analysis.html",
        language,
        site=site_name,
        title=words.say("Nurse call analysis"),
        about=[" – ".join(days), wards],
        printed=report.stamp(printed_at, zone),
        figures=figures,
        per_day=analysis.per_patient_day,
        basis=basis(analysis, words),
        troubles=analysis.troubles,
        time=lambda seconds: "–" if seconds is None else report.span(seconds),
        tables=[(table, _left_out(table, words)) for table in tables(analysis, words) if PRINTED[table.key]],
        printed_lines=PRINTED,
    )
    return report.pdf(html, _charts(analysis, words) if figures.count else {})


def _left_out(table: Table, words: Words) -> str:
    more = len(table.lines) - PRINTED[table.key]
    return words.say("and {count} more, in the workbook", count=more) if more > 0 else ""


def _charts(analysis: Analysis, words: Words) -> dict[str, Chart]:
    one_day = analysis.first == analysis.last
    groups = analysis.by_hour if one_day else analysis.by_day
    labels = [group.key if one_day else str(int(group.key[8:])) for group in groups]
    across = words.say("Hour") if one_day else words.say("Day")
    every = 3 if len(groups) > 10 else 1
    hours = [f"{hour}" for hour in range(24)]
    return {
        "calls": Parts(
            labels, [group.figures.count for group in groups], [group.figures.over for group in groups],
            (words.say("Nurse calls"), words.say("Over target")), across, words.say("Nurse calls"), every,
        ),
        "arrive": _arrivals(groups, labels, across, every, words),
        "hours": Parts(
            hours, [group.figures.count for group in analysis.by_hour],
            [group.figures.over for group in analysis.by_hour],
            (words.say("Nurse calls"), words.say("Over target")), words.say("Hour"), words.say("Nurse calls"), 3,
        ),
        "heat": Heat([words.say(day[:3]) for day in WEEKDAYS], hours, analysis.heat, words.say("Hour"), 3),
    }  # fmt: skip


def _arrivals(groups: tuple[Group, ...], labels: list[str], across: str, every: int, words: Words) -> Parts:
    def minutes(seconds: float | None) -> float | None:
        return None if seconds is None else seconds / 60

    return Parts(
        labels, [minutes(group.figures.arrive.p90) for group in groups],
        [minutes(group.figures.arrive.p50) for group in groups],
        (words.say("90% within"), words.say("50% within")), across, words.say("Minutes"), every,
    )  # fmt: skip
