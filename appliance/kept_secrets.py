"""Passwords that are typed at the panel: each in a file of its own, which the plan names."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from appliance.foundation import durable


@dataclass(frozen=True)
class KeptSecrets:
    """Satisfies `web.ports.Secrets`. A changed one is another file: a plan that is taken back has its own again."""

    directory: Path

    def keep(self, name: str, text: str) -> str:
        """Put a secret away, where only we can read it: the place that the plan is to name, `file:/…`."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.directory.absolute() / f"{name}-{secrets.token_hex(4)}.secret"
        durable.write(file, f"{text.strip()}\n".encode())
        return f"file:{file}"
