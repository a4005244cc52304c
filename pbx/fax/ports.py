"""What faxes need of others."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol


class Pages(Protocol):
    """Makes pages of one kind of the other; `office.Office`. Raises office.Unfit."""

    async def make(self, kind: Literal["pdf", "tiff"], source: Path, target: Path) -> int: ...
