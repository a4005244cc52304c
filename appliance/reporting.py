"""Reports in a process of their own: what a busy day or a month takes must not keep a nurse's screen waiting."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from twisted.internet.interfaces import IReactorProcess

from appliance.foundation.values import Language
from appliance.own_command import CommandFailed, OwnCommand
from billing.margin import Margin
from nursecall.analysis import Analysis, from_json
from nursecall.views import Wanted


class ReportFailed(Exception):
    """The report could not be made; the message says why. Nothing else is affected."""


class Reports:
    """Runs `nightbell report …` and hands back what it printed."""

    def __init__(self, settings_file: Path, scratch: Path, reactor: IReactorProcess) -> None:
        self._command = OwnCommand(settings_file, scratch, reactor)

    async def daily_calls(self, day: date, ward: str | None, language: Language) -> bytes:
        """The day's nurse calls as PDF. Raises ReportFailed."""
        where = ["--ward", ward] if ward else []
        return await self._report("calls", "--day", str(day), *where, "--language", language)

    async def statement(self, account: str, start: date, end: date, kind: str, language: Language) -> bytes:
        """An account's statement as `pdf` or `xlsx`, `end` included. Raises ReportFailed."""
        days = ("--from", str(start), "--to", str(end))
        return await self._report("statement", account, *days, "--as", kind, "--language", language)

    async def handover(self, ward: str, day: date, shift: str, language: Language) -> bytes:
        """What one shift tells the next, as PDF. Raises ReportFailed."""
        return await self._report("handover", ward, shift, "--day", str(day), "--language", language)

    async def telephone_call(self, call: str, language: Language) -> bytes:
        """The story of one telephone call, as PDF. Raises ReportFailed."""
        return await self._report("telephone-call", call, "--language", language)

    async def card_comparison(self, first: date, last: date, kind: str, language: Language) -> bytes:
        """Our charges of cards against the card system's list, as `pdf` or `xlsx`. Raises ReportFailed."""
        days = ("--from", str(first), "--to", str(last))
        return await self._run("cards", "compare", *days, "--as", kind, "--language", language)

    async def phone_labels(self, language: Language) -> bytes:
        """Labels of all telephones, as PDF. Raises ReportFailed."""
        return await self._report("phone-labels", "--language", language)

    async def acceptance(self, language: Language) -> bytes:
        """What was set up and tried, to be signed, as PDF. Raises ReportFailed."""
        return await self._report("acceptance", "--language", language)

    async def ledger(self, first: date, last: date, kind: str, language: Language) -> bytes:
        """The ledger of these days, as `csv` or `xlsx`. Raises ReportFailed."""
        return await self._of_days("ledger", first, last, kind, language)

    async def receipt(self, entry: int, kind: str, language: Language) -> bytes:
        """The receipt of a ledger entry, as `pdf` or `xlsx`. Raises ReportFailed."""
        return await self._report("receipt", str(entry), "--as", kind, "--language", language)

    async def cash(self, first: date, last: date, kind: str, language: Language) -> bytes:
        """The cash of all tills in these days, as `pdf` or `xlsx`. Raises ReportFailed."""
        return await self._of_days("cash", first, last, kind, language)

    async def top_accounts(self, first: date, last: date, kind: str, language: Language) -> bytes:
        """The accounts that spent most in these days, as `pdf` or `xlsx`. Raises ReportFailed."""
        return await self._of_days("top-accounts", first, last, kind, language)

    async def lockouts(self, first: date, last: date, kind: str, language: Language) -> bytes:
        """What wrong PINs locked in these days, as `pdf` or `xlsx`. Raises ReportFailed."""
        return await self._of_days("lockouts", first, last, kind, language)

    async def unpaid(self, day: date, kind: str, language: Language) -> bytes:
        """What was owed at the end of `day`, as `pdf` or `xlsx`. Raises ReportFailed."""
        return await self._report("unpaid", "--day", str(day), "--as", kind, "--language", language)

    async def bills(self, month: str, payer: str, kind: str, language: Language) -> bytes:
        """The bills of `month` (`2026-10`), or of one `payer`, as `pdf` or `xlsx`. Raises ReportFailed."""
        whose = [f"--payer={payer}"] if payer else []
        return await self._report("bills", "--month", month, *whose, "--as", kind, "--language", language)

    async def till_sheet(self, entry: int, language: Language) -> bytes:
        """The sheet of a till's hand-over, by its ledger entry, as PDF. Raises ReportFailed."""
        return await self._report("till", str(entry), "--language", language)

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

    async def margin(self, first: date, last: date, language: Language) -> Margin:
        """What outside calls of these days brought and cost. Raises ReportFailed."""
        return Margin.from_json(await self.margin_file(first, last, "json", language))

    async def margin_file(self, first: date, last: date, kind: str, language: Language) -> bytes:
        """The same as `pdf`, `xlsx` or `json`. Raises ReportFailed."""
        return await self._of_days("margin", first, last, kind, language)

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

    async def by_name(self, report: str, first: date, last: date, kind: str, language: Language) -> bytes:
        """The report that `nightbell report` calls so, of these days. Raises ReportFailed."""
        match report:
            case "unpaid":
                return await self.unpaid(last, kind, language)
            case "bills":
                return await self.bills(f"{last:%Y-%m}", "", kind, language)
            case _:
                return await self._of_days(report, first, last, kind, language)

    async def _of_days(self, report: str, first: date, last: date, kind: str, language: Language) -> bytes:
        days = ("--from", str(first), "--to", str(last))
        return await self._report(report, *days, "--as", kind, "--language", language)

    async def _report(self, *arguments: str, **environ: str) -> bytes:
        return await self._run("report", *arguments, **environ)

    async def _run(self, *arguments: str, **environ: str) -> bytes:
        try:
            return await self._command.run(*arguments, "--out", "-", environ=environ)
        except CommandFailed as why:
            raise ReportFailed(str(why)) from why
