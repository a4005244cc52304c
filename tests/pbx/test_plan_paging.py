"""What is wrong with paging zones is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan
from appliance.telephone import spots
from pbx.live_page import Spot
from pbx.plan import PbxPlan

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")
PLAN = """
[[extensions]]
numbers = "8001-8080"
name = { zh = "病区", en = "Ward" }
[paging]
number = "*80"
[[paging.zones]]
code = "1"
name = { zh = "区", en = "Zone" }
by = ["8001"]
"""
PLACES = """
[[nursecall.places]]
id = "corridor"
ward = "ward-a"
kind = "multicast"
address = "239.255.0.10"
interface = "eth1"
[[nursecall.places]]
id = "card"
ward = "ward-a"
kind = "alsa"
device = "plughw:0,0"
[[nursecall.places]]
id = "desk"
ward = "ward-a"
kind = "phone"
extension = "8001"
"""


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("", "a page to 1 would be heard nowhere"),
        ('phones = ["8002-8070"]', "are more than 60 telephones"),
        ('phones = ["8081"]', "there is no extension 8081"),
        ('speakers = [{ address = "10.0.0.1", interface = "eth1" }]', "10.0.0.1 is no multicast address"),
        ('phones = ["8002"]\n' + PLAN.partition('number = "*80"\n')[2] + 'phones = ["8002"]', "'1' is used twice"),
    ],
)
def test_what_is_wrong_with_a_zone(more: str, why: str) -> None:
    """One clear sentence."""
    with pytest.raises(Faulty) as faulty:
        parse(PLAN + more, PbxPlan)
    assert why in str(faulty.value)
    assert "paging.zones[" in str(faulty.value)


def test_a_zone_needs_a_number() -> None:
    """Else nobody could dial it."""
    with pytest.raises(Faulty, match=r"paging\.number: is missing: nobody could dial a zone"):
        parse(PLAN.replace('number = "*80"\n', "") + 'phones = ["8002"]', PbxPlan)


def whole(places: str) -> Plan:
    """The sample hospital with places, the paging zone's among them."""
    return parse(SAMPLE.replace('# places = ["corridor-a"]', places) + PLACES, Plan)


@pytest.mark.parametrize(
    ("places", "why"),
    [('places = ["roof"]', "there is no place 'roof'"), ('places = ["card"]', "'card' is a sound card of this box")],
)
def test_places_are_those_of_the_wards(places: str, why: str) -> None:
    """By their ids; live speech goes to no sound card."""
    with pytest.raises(Faulty) as faulty:
        whole(places)
    assert f"pbx.paging.zones[0].places[0]: {why}" in str(faulty.value)


def test_places_become_spots() -> None:
    """In the network, or a telephone."""
    found = spots(whole('places = ["corridor", "desk"]'))
    assert found == {
        "corridor": Spot("corridor", "239.255.0.10", 4000, "eth1"),
        "desk": Spot("desk", extension="8001"),
    }
