"""Logs go to standard output, one event a line; supervisord keeps and rotates them."""

from __future__ import annotations

import sys
from typing import Any, cast

from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)


def start(level: LogLevel = LogLevel.info) -> None:
    """Begin to log, from `level` on. Twisted's own protocol chatter is left out."""
    # zope.interface declarations are invisible to mypy.
    wanted: Any = LogLevelFilterPredicate(defaultLogLevel=level)
    wanted.setLogLevelForNamespace("twisted.web", LogLevel.warn)
    wanted.setLogLevelForNamespace("twisted.internet", LogLevel.warn)
    observer: Any = FilteringLogObserver(cast(Any, textFileLogObserver(sys.stdout)), [wanted])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
