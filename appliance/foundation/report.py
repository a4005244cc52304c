"""Printed reports: a Jinja page and its charts into PDF.

Layout keeps a processor busy for seconds: never do it in the daemon, run `nightbell report` instead.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache, partial
from importlib import resources
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

from appliance.foundation.charts import Chart, svg
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language

PACKAGES = {"foundation": "appliance.foundation", "nursecall": "nursecall", "billing": "billing", "pbx": "pbx"}
"""Where a template's first name leads: `nursecall/…` lies in `nursecall/templates`."""


def page(template: str, language: Language, **facts: object) -> str:
    """`template` (`"nursecall/daily_calls.html"`) filled with `facts`; `t` in it translates."""
    return _environment().get_template(template).render(language=language, t=partial(_said, language), **facts)


def pdf(html: str, charts: Mapping[str, Chart] | None = None) -> bytes:
    """`html` as an A4 PDF with its fonts embedded; `<img src="chart:NAME">` shows the chart NAME.

    About 10 ms for a row of a table and 3 s for the rest. Raises ValueError for an address that is not a chart's.
    """
    # Imported late: the daemon knows this module but never lays anything out.
    from weasyprint import CSS, HTML
    from weasyprint.urls import FatalURLFetchingError

    css = resources.files("appliance.foundation").joinpath("templates", "report.css").read_text("utf-8")
    fetcher = _fetcher(charts or {})
    try:
        document = HTML(string=html, url_fetcher=fetcher)
        printed: bytes = document.write_pdf(stylesheets=[CSS(string=css, url_fetcher=fetcher)])
    except FatalURLFetchingError as why:
        raise ValueError(str(why)) from why
    return printed


def long_date(day: date, language: Language) -> str:
    """`2026年3月2日星期一`, `Monday, 2 March 2026`."""
    return format_date(day, "full", locale="zh_Hans_CN" if language == "zh" else "en_GB")


def stamp(moment: datetime, zone: tzinfo) -> str:
    """`2026-03-02 09:00`, in `zone`."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def span(seconds: float) -> str:
    """A duration as `2:05` (minutes and seconds) or `1:02:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _said(language: Language, message: str, **facts: object) -> str:
    return translate(message, language, **facts)


@cache
def _environment() -> Environment:
    loader = PrefixLoader({name: PackageLoader(package) for name, package in PACKAGES.items()})
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _fetcher(charts: Mapping[str, Chart]) -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class Charts(URLFetcher):  # type: ignore[misc]
        """Draws `chart:NAME`; a report reaches nothing else, neither files nor the network."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            scheme, _, name = url.partition(":")
            if scheme != "chart" or name not in charts:
                raise FatalURLFetchingError(f"a report may not reach {url}")
            return URLFetcherResponse(url, io.BytesIO(svg(charts[name])), {"Content-Type": "image/svg+xml"})

    return Charts()
