"""Reports in a process of their own: a PDF of a busy day must not keep a nurse's screen waiting."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorProcess
from twisted.internet.utils import getProcessOutputAndValue

from appliance.foundation.values import Language
from appliance.programs import HOUSE


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

    async def _report(self, *arguments: str) -> bytes:
        command = ["-m", "appliance", "--settings", str(self._settings_file), "report", *arguments, "--out", "-"]
        environment = {
            "PYTHONPATH": str(HOUSE),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "MPLCONFIGDIR": str(self._scratch),
        }
        running: Deferred[tuple[bytes, bytes, int]] = getProcessOutputAndValue(  # type: ignore[no-untyped-call]
            sys.executable, command, environment, str(HOUSE), self._reactor
        )
        out, errors, code = await running
        if code != 0:
            lines = errors.decode("utf-8", "replace").strip().splitlines()
            raise ReportFailed(lines[-1] if lines else f"exit code {code}")
        return out
