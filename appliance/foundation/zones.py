"""Names of time zones in documents."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from appliance.foundation.config import PlanError


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as why:
        raise PlanError((), "there is no time zone {name!r}", name=name) from why
    return name


ZoneName = Annotated[str, AfterValidator(_known)]
"""One of the time zone database, such as Asia/Shanghai."""
