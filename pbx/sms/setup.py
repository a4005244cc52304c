"""Make a modem ready, whatever of the standard it lacks."""

from __future__ import annotations

import re
from datetime import timedelta

from pbx.sms.conversation import Conversation
from pbx.sms.trouble import Refused, Silent

KNOCK = timedelta(seconds=2)
_INDICATIONS = ("2,1,0,1,0", "2,1,0,2,0", "1,1,0,1,0", "2,1,0,0,0", "1,1")
"""Told of new messages and handed delivery reports; then whatever of it this modem can do."""


class Unusable(Exception):
    """The modem answers, but cannot send. Its text is an English message id."""


async def initialise(talk: Conversation) -> str:
    """Bring the modem into PDU mode; the memory its messages are in, e.g. `SM`. Raises Unusable, Silent, Gone."""
    await _knock(talk)
    await attempt(talk, "ATZ")
    await attempt(talk, "ATE0")
    await attempt(talk, "AT+CMEE=1")
    await check_sim(talk)
    await attempt(talk, "AT+CSMS=0")
    # The operator by its long name.
    await attempt(talk, "AT+COPS=3,0")
    try:
        await talk.ask("AT+CMGF=0")
    except Refused as why:
        raise Unusable("the modem has no PDU mode") from why
    await _indicate(talk)
    return await _memory(talk)


async def attempt(talk: Conversation, line: str) -> tuple[str, ...] | None:
    """Information lines, or None where this modem does not know the command. Raises Silent, Gone."""
    try:
        return await talk.ask(line)
    except Refused:
        return None


async def _knock(talk: Conversation) -> None:
    for _ in range(3):
        try:
            await talk.ask("AT", timeout=KNOCK)
        except Silent:
            continue
        except Refused:
            pass
        return
    raise Silent


async def check_sim(talk: Conversation) -> None:
    """Nothing, if the SIM can be used. Raises Unusable, Silent, Gone."""
    try:
        lines = await talk.ask("AT+CPIN?")
    except Refused as why:
        if why.code is not None:
            raise Unusable(str(why)) from why
        return
    state = next((line.partition(":")[2].strip() for line in lines if line.startswith("+CPIN")), "READY")
    if "PUK" in state:
        raise Unusable("the SIM is blocked and wants its PUK")
    if state != "READY":
        raise Unusable("the SIM wants its PIN: take the PIN off the SIM in a telephone")


async def _indicate(talk: Conversation) -> None:
    for wish in _INDICATIONS:
        if await attempt(talk, f"AT+CNMI={wish}") is not None:
            return


async def _memory(talk: Conversation) -> str:
    lines = await attempt(talk, "AT+CPMS?") or ()
    found = re.search(r'\+CPMS\s*:\s*"(\w+)"', "\n".join(lines))
    return found[1] if found else "SM"
