"""What a dialled star code asks for."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from pbx.features.codes import Asked, asked
from pbx.plan import PbxPlan
from pbx.plan_features import StarCodes


@pytest.mark.parametrize(
    ("dialled", "wanted"),
    [
        ("*8", Asked("pick_up")),
        ("*88005", Asked("pick_up", "8005")),
        ("*57*8002#", Asked("forward_always", "8002")),
        ("*578002", Asked("forward_always", "8002")),
        ("*41*13800138000#", Asked("forward_no_answer", "13800138000")),
        ("#57#", Asked("forward_always", on=False)),
        ("#57", Asked("forward_always", on=False)),
        ("*56#", Asked("do_not_disturb")),
        ("#56#", Asked("do_not_disturb", on=False)),
        ("*70", Asked("park")),
        ("*57", None),
        ("*57*8*2#", None),
        ("*568001", None),
        ("#578001", None),
        ("*708", None),
        ("*99", None),
    ],
)
def test_codes_are_understood(dialled: str, wanted: Asked | None) -> None:
    """As the telephone companies of China have them, with or without the stars and hashes between."""
    assert asked(dialled, StarCodes()) == wanted


def test_a_feature_without_a_code_is_not_reached() -> None:
    """Neither begun nor ended."""
    codes = StarCodes(forward_always="")
    assert asked("*57*8002#", codes) is None
    assert "#57" not in codes.dialled()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[features.codes]\npark = "*8"', "features.codes.park: *8 is dialled for two things"),
        ('[features.codes]\npark = "*571"', "*571 is dialled for two things"),
        ('[features.keys]\nback = "*2"', "*2 is pressed for two things"),
        ('[recording]\nkey = "*2"', "features.keys.consult: *2 is pressed for two things"),
        ('[features.parking]\nslots = "8001-8003"', "8001 is already an extension"),
        ('[features]\noperator = "9999"', "features.operator: there is no extension 9999"),
        ('[features]\ngroups = [["8001-8002"], ["8777"]]', "features.groups[1][0]: there is no extension 8777"),
        ('[outgoing]\nshow_code = "*88"', "to pick up 8001 would be *88 before a number"),
    ],
)
def test_what_cannot_be_is_said(text: str, fault: str) -> None:
    """With its place."""
    with pytest.raises(Faulty) as found:
        parse(f'[[extensions]]\nnumbers = "8001-8009"\nname = {{zh = "甲", en = "A"}}\n{text}', PbxPlan)
    assert fault in str(found.value)
