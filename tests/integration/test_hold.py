"""A phone that is not ours puts somebody on hold: they hear the hospital's music, and nothing but it."""

from __future__ import annotations

from pathlib import Path

from pbx.exchange import Exchange
from tests.integration.asterisk import MUSIC, Telephony
from tests.integration.soft_phone import FIRST, SECOND, phones
from tests.real_reactor import run


def test_who_is_on_hold_hears_music(telephony: Telephony, exchange: Exchange, tmp_path: Path) -> None:
    """8004 talks with 8005, who holds and comes back."""
    with phones(telephony, tmp_path, {"8004": FIRST, "8005": SECOND}) as (caller, desk):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await desk.command("hold")
            await caller.hears(MUSIC)
            await desk.command("resume")
            await caller.hears(SECOND)
            await caller.command("hangup")
            await desk.happens("CALL_CLOSED")

        run(story())
