"""The reset asked for at the panel: done by our own command, which outlives the daemon that it stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from appliance.programs import HOUSE
from appliance.reset.resetting import CONFIRM, TIERS, Tier


class ResetDesk:
    """Satisfies `web.ports.Resets`."""

    def __init__(self, settings_file: Path) -> None:
        self._settings_file = settings_file

    def words(self) -> dict[str, str]:
        """What must be typed for each tier."""
        return {tier: CONFIRM[tier] for tier in TIERS}

    def begin(self, tier: str, typed: str, by: str) -> bool:
        """Begin; False where what was typed is not what must be."""
        wanted: Tier | None = next((known for known in TIERS if known == tier), None)
        if wanted is None or typed != CONFIRM[wanted]:
            return False
        command = [sys.executable, "-m", "appliance", "--settings", str(self._settings_file), "reset", wanted]
        subprocess.Popen(
            [*command, "--confirm", typed, "--by", by],
            cwd=HOUSE, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return True
