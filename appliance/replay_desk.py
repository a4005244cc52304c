"""Past calls by another plan, for the panel. A month of the journal is read by a process of its own."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import DeferredLock

from appliance.foundation.values import Language, new_id
from appliance.own_command import CommandFailed, OwnCommand
from web.replays import NotReplayed, Otherwise, Replayed, StepCount, Told

FIRST = 50
"""So many of the calls that differ are shown."""


class ReplayDesk:
    """Satisfies `web.ports.Replays`: one at a time, whoever asks."""

    def __init__(self, command: OwnCommand, scratch: Path) -> None:
        self._command, self._scratch = command, scratch
        self._in_turn = DeferredLock()

    async def replay(self, text: str, language: Language) -> Replayed:
        """The calls of the last 31 days by the plan `text`. Raises NotReplayed."""
        said = await self._in_turn.run(self._run, text, language)
        *calls, sums = [json.loads(line) for line in said.decode().splitlines()]
        return replayed(calls, sums)

    async def _run(self, text: str, language: Language) -> bytes:
        file = self._scratch / f"replay-{new_id()}.toml"
        try:
            file.write_text(text, "utf-8")
            return await self._command.run("journal", "replay", "--plan", str(file), "--json", language=language)
        except CommandFailed as why:
            raise NotReplayed(why.text) from why
        finally:
            file.unlink(missing_ok=True)


def replayed(calls: list[dict[str, Any]], sums: dict[str, Any]) -> Replayed:
    """From what `nightbell journal replay --json` prints."""
    passed_on = sums["passed_on"]
    steps = [StepCount(one["tree"], one["step"], one["by"], one["before"], one["after"]) for one in sums["steps"]]
    first = [
        Otherwise(
            datetime.fromisoformat(one["raised_at"]), one["ward"], one["bed"], one["call_type"],
            _told(one["before"]), _told(one["after"]),
        )
        for one in calls[:FIRST]
    ]  # fmt: skip
    return Replayed(sums["calls"], passed_on["before"], passed_on["after"], steps, len(calls), first)


def _told(steps: list[dict[str, Any]]) -> list[Told]:
    return [
        Told(one["after"], one["by"], tuple(dict.fromkeys(name for name, _ in one["to"])), one["tree"], one["step"])
        for one in steps
    ]
