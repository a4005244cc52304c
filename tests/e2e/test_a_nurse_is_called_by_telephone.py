"""An emergency rings the nurse's mobile over the carrier; she hears it, presses keys, and speaks with the bed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import House
from tests.e2e.sound import Recording

BED, EXTENSION = "28", "8028"


@pytest.fixture
def answering(ward: House) -> Iterator[str]:
    """Every nurse's mobile answers, takes the call and asks to speak; where what the last of them heard is recorded."""
    plan = ward.plan().nursecall.ward("ward-a")
    assert plan is not None
    mobiles = {duty.mobile for duty in plan.roster}
    heard = {mobile: ward.simulate("phone", number=mobile, keys="WW1WWWWWW3", hear=True)["heard"] for mobile in mobiles}
    yield str(Path(heard.popitem()[1]).parent)
    for mobile in mobiles:
        ward.simulate("phone", number=mobile, answer="")


def test_an_emergency_is_taken_by_key_and_spoken_about(ward: House, answering: str) -> None:
    """No patience first: the tree of a code blue begins with her mobile."""
    before, others = ward.journal_end(), set(ward.legs())
    ward.press(BED, type="code-blue")

    result = ward.until_journal("nursecall.CallStepResult", before, bed=BED, outcome="accepted")
    assert result["by"] == "mobile"
    taken = ward.until_journal("nursecall.CallAcknowledged", before, bed=BED)
    assert (taken["by"], taken["device"]) == (result["who"], "mobile")
    spoken = ward.until_journal("nursecall.CallTalkBegan", before, bed=BED)
    assert (spoken["by"], spoken["device"]) == (result["who"], result["device"])
    ward.simulate("reset", line="ward-a", bed=BED)
    ward.until_journal("nursecall.CallReset", before, bed=BED)
    for leg in set(ward.legs()) - others:
        ward.simulate("hang-up-leg", leg=leg)
    ward.until_hung_up(others)
    recorded = [file for file in Path(answering).glob(f"{result['device'][-8:]}-*.wav") if "mixed" not in file.name]
    assert any(Recording(file.read_bytes()).level > 300 for file in recorded), "she heard a voice"
    said = "".join(log.read_text("utf-8", "replace") for log in ward.logs())
    assert "乐正平" not in said
