"""The lamp on the telephone that says messages wait.

This build of Asterisk has no REST interface for mailboxes. Its own MinivmMWI says how many messages there are to
whoever watches a mailbox: a leg that exists for a moment only, and calls nobody, runs it. Telephones hear it by NOTIFY.
"""

from __future__ import annotations

from appliance.foundation.values import new_id
from pbx.engine.dialplan import LAMPS
from pbx.switchboard import Switchboard


class Lamp:
    """Satisfies voicemails.Shows."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def show(self, mailbox: str, new: int, old: int) -> None:
        """Light it where there are new messages, put it out where there are none."""
        await self._board.ari.attempt(
            "POST",
            "channels",
            body={"variables": {"__NEW": str(new), "__OLD": str(old)}},
            endpoint=f"Local/{mailbox}@{LAMPS}/n",
            context=LAMPS,
            extension="done",
            priority="1",
            timeout="5",
            channelId=f"lamp-{new_id()}",
        )
