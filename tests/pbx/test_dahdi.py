"""What cards for E1 and analogue lines are told."""

from __future__ import annotations

from pathlib import Path

from pbx.engine.dahdi import dahdi_files, has_cards
from pbx.engine.dialling import ways
from pbx.plan import PbxPlan

GOLDEN = Path(__file__).parent / "golden"
NAME = {"zh": "名", "en": "name"}
CARDS = PbxPlan.model_validate(
    {
        "trunks": [
            {"id": "sip", "name": NAME, "tariff": "t", "host": "192.0.2.1"},
            {"id": "pri", "name": NAME, "tariff": "t", "kind": "pri", "spans": [1]},
            {"id": "r2", "name": NAME, "tariff": "t", "kind": "r2", "spans": [2], "clock": False},
            {"id": "ss7", "name": NAME, "tariff": "t", "kind": "ss7", "spans": [3, 4], "own": 100, "peer": 200},
            {"id": "fxo", "name": NAME, "tariff": "t", "kind": "fxo", "ports": "125-128", "caller_shown": "dtmf"},
            {"id": "fxs", "name": NAME, "tariff": "t", "kind": "fxs", "ports": "129", "reversal": False},
        ]
    }
)


def test_the_files_are_as_was_checked_by_hand() -> None:
    """Against the documented options of chan_dahdi and dahdi_cfg."""
    for name, text in dahdi_files(CARDS.trunks).items():
        assert text == (GOLDEN / name).read_text(), name


def test_a_house_without_cards_has_no_such_files() -> None:
    """Nor is the module loaded."""
    sip = CARDS.trunks[:1]
    assert dahdi_files(sip) == {}
    assert not has_cards(sip)
    assert has_cards(CARDS.trunks)


def test_a_number_goes_over_the_trunks_group() -> None:
    """Counted as chan_dahdi.conf counts."""
    pri = CARDS.trunks[1]
    assert ways(CARDS.trunks, pri, "8613800138000", "CN") == ("DAHDI/g2/013800138000",)
