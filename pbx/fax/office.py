"""Has pages made in a process of its own, one at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.utils import getProcessOutputAndValue
from twisted.logger import Logger
from twisted.python.failure import Failure

HOUSE = Path(__file__).parents[2]
ENVIRONMENT = {"PYTHONPATH": str(HOUSE), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Unfit(Exception):
    """No pages can be made of it."""


class Office:
    """Satisfies `faxes.Pages`."""

    log = Logger()

    def __init__(self, reactor: ReactorBase) -> None:
        # Its zope.interface declarations are invisible to mypy.
        self._reactor: Any = reactor
        self._turn = DeferredLock()

    async def make(self, kind: Literal["pdf", "tiff"], source: Path, target: Path) -> int:
        """Make `target` of `source`; how many pages. Raises Unfit."""
        argv = ("-m", "pbx.fax.pages", kind, str(source), str(target))
        await self._turn.acquire()
        try:
            running: Deferred[tuple[bytes, bytes, int]] = getProcessOutputAndValue(  # type: ignore[no-untyped-call]
                sys.executable, argv, ENVIRONMENT, str(HOUSE), self._reactor
            )
            running.addErrback(_killed)
            said, errors, code = await running
        finally:
            self._turn.release()
        if code:
            target.unlink(missing_ok=True)
            self.log.info("no {kind} could be made: {why}", kind=kind, why=errors.decode("utf-8", "replace")[-300:])
            raise Unfit
        return int(said)


def _killed(failure: Failure) -> Failure | tuple[bytes, bytes, int]:
    """What was ended by a signal, such as that it took too long, fails with a tuple, which cannot be raised."""
    return failure if isinstance(failure.value, CancelledError) else (b"", b"ended by a signal", 1)
