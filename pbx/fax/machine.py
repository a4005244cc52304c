"""Asterisk's fax machine at the end of a leg. The dialplan runs it, so that a fax goes on while we are not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from appliance.foundation.values import HungUp
from pbx.ari.transport import AriError
from pbx.engine.dialplan import FAX
from pbx.leg import Leg
from pbx.plan_fax import FaxPlan
from pbx.switchboard import Switchboard

LONGEST = timedelta(minutes=60)
"""No fax lasts longer; held by Asterisk."""


@dataclass(frozen=True)
class Came:
    """What became of a fax. whole: all of it came over. mode: T38, audio. why: in the engine's words, where not."""

    whole: bool
    pages: int
    station: str
    mode: str
    why: str


class Machine:
    """The one of the plan."""

    def __init__(self, plan: FaxPlan, board: Switchboard) -> None:
        self._plan, self._board = plan, board

    async def run(self, leg: Leg, what: Literal["receive", "send"], file: Path, longest: timedelta = LONGEST) -> Came:
        """Put `leg`, which is up, to the machine until it is gone. file: TIFF. Raises HungUp."""
        wishes = {"FAX_FILE": str(file), "TIMEOUT(absolute)": f"{longest.total_seconds():.0f}"}
        if self._plan.station:
            wishes["FAXOPT(localstationid)"] = self._plan.station
        if self._plan.header:
            wishes["FAXOPT(headerinfo)"] = self._plan.header
        try:
            for name, value in wishes.items():
                await self._board.set(leg.id, name, value)
            await self._board.ari.request(
                "POST", f"channels/{leg.id}/continue", body=None, context=FAX, extension=what, priority="1"
            )
        except AriError as why:
            raise HungUp(str(why)) from why
        await leg.gone.wait()
        return came(leg.told)


def came(told: dict[str, str]) -> Came:
    """What the engine said of a fax."""
    pages = told.get("FAXPAGES", "")
    return Came(
        told.get("FAXSTATUS") == "SUCCESS",
        int(pages) if pages.isdigit() else 0,
        told.get("REMOTESTATIONID", "").strip()[:32],
        told.get("FAXMODE", "")[:8],
        told.get("FAXERROR", "") or told.get("FAXSTATUSSTRING", ""),
    )
