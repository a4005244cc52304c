"""TOML that somebody wrote, as plain tables."""

from __future__ import annotations

import tomllib
from typing import Any

BOM = "\ufeff"
"""Editors on Windows put it at the beginning."""


class TooDeep(tomllib.TOMLDecodeError):
    """Brackets in brackets in brackets: the parser ran out of stack. line: the one with the most of them."""

    def __init__(self, line: int) -> None:
        super().__init__("brackets are nested too deeply")
        self.line = line


def tree(text: str) -> dict[str, Any]:
    """`text` as plain tables. Raises tomllib.TOMLDecodeError, and nothing else."""
    try:
        return tomllib.loads(text.removeprefix(BOM))
    except RecursionError as why:
        rows = text.splitlines()
        raise TooDeep(max(range(len(rows)), key=lambda row: rows[row].count("[") + rows[row].count("{")) + 1) from why
