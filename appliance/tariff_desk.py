"""Tariffs and regions at the panel. What reads a whole tariff or a month of calls runs in a process of its own."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IReactorProcess

from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language, new_id
from appliance.own_command import CommandFailed, OwnCommand
from billing.tariff import Version, versions
from billing.trial import Outcome
from pbx.regions.store import Imported, imported
from web.tariffs import Ask, Attempt, NotDone

KEPT = 20
"""Trials that can be looked at again; a restart forgets them."""
ROWS = "200"
"""Of a tariff, or of what differs between two, on one page."""


@dataclass
class _Trial:
    attempt: Attempt
    file: Path


class TariffDesk:
    """Satisfies `web.ports.Tariffs`. changed: has the daemon take up what was imported. finished: told each trial that
    is over, well or not.
    """

    def __init__(
        self,
        settings_file: Path,
        scratch: Path,
        reactor: IReactorProcess,
        database: Transactions,
        clock: Clock,
        changed: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self.finished: Callable[[Attempt], object] = lambda attempt: None
        self._command = OwnCommand(settings_file, scratch, reactor)
        self._scratch = scratch
        self._database, self._clock, self._changed = database, clock, changed
        self._tasks = Tasks()
        self._trials: OrderedDict[str, _Trial] = OrderedDict()

    async def versions(self) -> Sequence[Version]:
        """Of every tariff, by name and time."""
        return await versions(self._database)

    async def take_in(self, name: str, valid_from: datetime, content: bytes, by: str, language: Language) -> str:
        """Import a file; what is said of it. Raises NotDone with every bad row."""
        when = ("--valid-from", valid_from.isoformat(), "--by", by)
        return await self._with_file(content, lambda file: ("tariff", "import", *when, "--", name, file), language)

    async def withdraw(self, version: Version, by: str, language: Language) -> None:
        """Take back one that does not count yet. Raises NotDone."""
        await self._run("tariff", "withdraw", version.name, "--version", str(version.id), "--by", by, language=language)
        await self._changed()

    async def rows(self, version: Version, search: str) -> dict[str, Any]:
        """`count`, and the first `rows` by column. Raises NotDone."""
        asked = ("--version", str(version.id), f"--search={search}", "--most", ROWS, "--json")
        found: dict[str, Any] = json.loads(await self._run("tariff", "show", version.name, *asked))
        return found

    async def compare(self, before: Version, after: Version, search: str) -> dict[str, Any]:
        """`added`, `removed`, `changed`, and the first `rows` that differ. Raises NotDone."""
        asked = (before.name, str(before.id), str(after.id), f"--search={search}", "--most", ROWS, "--json")
        found: dict[str, Any] = json.loads(await self._run("tariff", "compare", *asked))
        return found

    async def file(self, version: Version, kind: str) -> bytes:
        """The version as `csv` or `xlsx`. Raises NotDone."""
        out = self._scratch / f"{new_id()}.{kind}"
        try:
            await self._run("tariff", "export", version.name, "--version", str(version.id), "--out", str(out))
            return out.read_bytes()
        finally:
            out.unlink(missing_ok=True)

    def try_out(self, version: Version, first: date, last: date, by: str) -> str:
        """Begin to rate the calls of these days anew; the trial's id."""
        identity = new_id()
        file = self._scratch / f"trial-{identity}.json"
        ask = Ask(version.name, version.id, first, last, by, self._clock.now())
        self._trials[identity] = _Trial(Attempt(identity, ask), file)
        while len(self._trials) > KEPT:
            _, oldest = self._trials.popitem(last=False)
            oldest.file.unlink(missing_ok=True)
        self._tasks.start(self._try(self._trials[identity]), f"trying tariff {version.name}")
        return identity

    def trials(self) -> Sequence[Attempt]:
        """Newest first."""
        return [trial.attempt for trial in reversed(self._trials.values())]

    def trial(self, identity: str) -> Attempt | None:
        """How it stands."""
        found = self._trials.get(identity)
        return found.attempt if found is not None else None

    async def trial_file(self, identity: str, kind: str, language: Language) -> bytes:
        """A trial that is over as `pdf` or `xlsx`. Raises NotDone, KeyError."""
        asked = (str(self._trials[identity].file), "--as", kind, "--language", language, "--out", "-")
        return await self._run("report", "tariff-trial", *asked)

    async def regions(self) -> Imported | None:
        """Which table is in force."""
        return await imported(self._database)

    async def take_in_regions(self, content: bytes, code: str, by: str, language: Language) -> str:
        """Import a table; what is said of it. Raises NotDone with every bad row."""
        how = ("--code", code, "--by", by)
        return await self._with_file(content, lambda file: ("regions", "import", *how, "--", file), language)

    async def regions_file(self) -> bytes:
        """The table in force as CSV."""
        return await self._run("regions", "export", "--out", "-")

    async def whose(self, number: str, language: Language) -> dict[str, str]:
        """`number`, `class`, `carrier`, `region` of a number as it is dialled here. Raises NotDone."""
        found: dict[str, str] = json.loads(
            await self._run("regions", "whose", "--json", "--", number, language=language)
        )
        return found

    def stop(self) -> None:
        """Let go of the trials."""
        self._tasks.stop()

    async def _try(self, trial: _Trial) -> None:
        def told(line: str) -> None:
            done, _, whole = line.partition(" ")
            if done.isdigit() and whole.isdigit():
                trial.attempt = replace(trial.attempt, done=int(done), whole=int(whole))

        ask = trial.attempt.ask
        days = ("--from", str(ask.first), "--to", str(ask.last))
        asked = (ask.name, "--version", str(ask.version), *days, "--as", "json", "--out", str(trial.file))
        try:
            await self._run("tariff", "try", *asked, "--progress", told=told)
            outcome = Outcome.from_json(trial.file.read_bytes())
        except NotDone as why:
            trial.attempt = replace(trial.attempt, fault=str(why))
        else:
            trial.attempt = replace(trial.attempt, outcome=outcome)
        self.finished(trial.attempt)

    async def _with_file(self, content: bytes, command: Callable[[str], tuple[str, ...]], language: Language) -> str:
        file = self._scratch / f"import-{new_id()}"
        file.write_bytes(content)
        try:
            said = await self._run(*command(str(file)), language=language)
        finally:
            file.unlink(missing_ok=True)
        await self._changed()
        return said.decode().strip()

    async def _run(
        self, *arguments: str, language: Language = "en", told: Callable[[str], object] = lambda line: None
    ) -> bytes:
        try:
            return await self._command.run(*arguments, language=language, told=told)
        except CommandFailed as why:
            raise NotDone(why.text) from why
