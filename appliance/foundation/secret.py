"""Secrets are read where the plan says they are, each time they are needed: a changed one counts at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

Secret = Annotated[str, Field(pattern=r"^(file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)$")]
"""Where a secret is: the first line of an absolute file, or a variable of the environment."""


class SecretMissing(Exception):
    """The secret is not where the plan says. The text names the place, never a secret."""


def secret(place: str | None) -> str:
    """What stands at `file:/…` (its first line) or in `env:NAME`; empty for no place. Raises SecretMissing."""
    if place is None:
        return ""
    kind, _, where = place.partition(":")
    found = os.environ.get(where) if kind == "env" else _first_line(Path(where))
    if not found:
        raise SecretMissing(f"there is no secret in {place}")
    return found


def _first_line(file: Path) -> str:
    try:
        return file.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as why:
        raise SecretMissing(f"the secret in {file} cannot be read") from why
