"""Has Asterisk refuse addresses unread: its list of them, written and read anew. Needs no rights on the machine."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pbx.engine.console import Console
from pbx.engine.files import banned, write
from pbx.engine.program import configured

READ_ANEW = "module reload acl"


class Doorkeeper:
    """directory: of the exchange's Asterisk. What is not in touch now reads the list when it is started."""

    def __init__(self, directory: Path, console: Console) -> None:
        self._directory, self._console = directory, console

    async def keep_out(self, addresses: Collection[str]) -> None:
        """These and no others. Raises OSError and twisted's connection errors when Asterisk cannot be told now."""
        if configured(self._directory).is_dir():
            write(self._directory, {"acl.conf": banned(sorted(addresses))})
            await self._console.ask(READ_ANEW)
