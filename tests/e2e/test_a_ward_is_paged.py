"""The station's telephone pages the bedsides of the sample hospital: bed 2 hears *801, and answers by itself."""

from __future__ import annotations

from pathlib import Path

from appliance.simulator.outside import PHONE_TONE
from tests.e2e.house import House
from tests.e2e.sound import Recording


def test_a_page_is_heard_at_the_bedsides(ward: House) -> None:
    """Live, by telephones that are asked to answer by themselves; who paged is on record; who may not is refused."""
    before, others = ward.journal_end(), set(ward.legs())
    heard = Path(ward.simulate("phone", number="8002", hear=True)["heard"])
    try:
        story = ward.simulate("dial", extension="8001", digits="*801", talk=9)
        made = ward.until_journal("pbx.PageMade", before, by="8001")
        ward.until_hung_up(others)
    finally:
        ward.simulate("phone", number="8002", answer="")
    assert story["outcome"] == "answered"
    assert (made["zone"], made["heard"]) == ("1", 8)
    assert Recording(heard.read_bytes()).seconds_of(PHONE_TONE) >= 1.5
    assert ward.simulate("dial", extension="8011", digits="*801")["outcome"] != "answered"
    ward.until_journal("pbx.PageRefused", before, by="8011")
