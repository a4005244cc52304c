"""Reports in a process of their own: what a busy day or a month takes must not keep a nurse's screen waiting."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorProcess
from twisted.internet.utils import getProcessOutputAndValue

from appliance.foundation.values import Language
from appliance.programs import HOUSE
from nursecall.analysis import Analysis, from_json
from nursecall.views import Wanted


class ReportFailed(Exception):
    """The report could not be made; the message says why. Nothing else is affected."""


class Reports:
    """Runs `nightbell report …` and hands back what it printed."""

    def __init__(self, settings_file: Path, scratch: Path, reactor: IReactorProcess) -> None:
        self._scratch = scratch
        self._settings_file = settings_file
        self._reactor = reactor

    async def daily_calls(self, day: date, ward: str | None, language: Language) -> bytes:
        """The day's nurse calls as PDF. Raises ReportFailed."""
        where = ["--ward", ward] if ward else []
        return await self._report("calls", "--day", str(day), *where, "--language", language)

    async def statement(self, account: str, start: date, end: date, language: Language) -> bytes:
        """An account's statement as PDF, `end` included. Raises ReportFailed."""
        return await self._report("statement", account, "--from", str(start), "--to", str(end), "--language", language)

    async def handover(self, ward: str, day: date, shift: str, language: Language) -> bytes:
        """What one shift tells the next, as PDF. Raises ReportFailed."""
        return await self._report("handover", ward, shift, "--day", str(day), "--language", language)

    async def analysis(self, first: date, last: date, wards: tuple[str, ...]) -> Analysis:
        """How `wards` (empty: all) answered their calls in these days. Raises ReportFailed."""
        return from_json(await self.analysis_file(first, last, wards, "json", "en"))

    async def analysis_file(
        self, first: date, last: date, wards: tuple[str, ...], kind: str, language: Language
    ) -> bytes:
        """The same as `pdf`, `xlsx` or `json`. Raises ReportFailed."""
        where = [part for ward in wards for part in ("--ward", ward)]
        days = ("--from", str(first), "--to", str(last))
        return await self._report("analysis", *days, *where, "--as", kind, "--language", language)

    async def history_file(
        self, first: date, last: date, wanted: Wanted, kind: str, language: Language, *, named: bool
    ) -> bytes:
        """The calls of these days that `wanted` finds, as `csv` or `xlsx`. Raises ReportFailed.

        named: with the names of patients.
        """
        found = [part for ward in wanted.wards for part in ("--ward", ward)]
        found += ["--names"] if named else []
        for name, value in (
            ("--bed", wanted.bed), ("--type", wanted.call_type), ("--staff", wanted.staff),
            ("--ending", wanted.ending),
        ):  # fmt: skip
            # One word with its value: what was typed must never be taken for an option.
            found += [f"{name}={value}"] if value else []
        if wanted.waited is not None:
            found.append(f"--waited={int(wanted.waited.total_seconds())}")
        days = ("--from", str(first), "--to", str(last))
        # In the environment, as every user of the machine sees the arguments of a program.
        patient = {"NIGHTBELL_PATIENT": wanted.patient}
        return await self._report("history", *days, *found, "--as", kind, "--language", language, **patient)

    async def _report(self, *arguments: str, **environ: str) -> bytes:
        command = ["-m", "appliance", "--settings", str(self._settings_file), "report", *arguments, "--out", "-"]
        environment = {
            "PYTHONPATH": str(HOUSE),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "MPLCONFIGDIR": str(self._scratch),
            **environ,
        }
        running: Deferred[tuple[bytes, bytes, int]] = getProcessOutputAndValue(  # type: ignore[no-untyped-call]
            sys.executable, command, environment, str(HOUSE), self._reactor
        )
        out, errors, code = await running
        if code != 0:
            lines = errors.decode("utf-8", "replace").strip().splitlines()
            raise ReportFailed(lines[-1] if lines else f"exit code {code}")
        return out
